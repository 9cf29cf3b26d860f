import type { Dial } from '../../core/client/paths.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { createRandom } from '../../core/testing/random.ts';
import type { Wire, WireOptions } from '../../core/testing/Wire.ts';
import type { PortRole } from '../../services/portmgmt/Portmgmt.ts';
import { createMasterRig, type MasterRig } from '../../services/testing/masterRig.ts';
import { ANNA } from '../../services/testing/clients.ts';

/** What a firewall does to a port. */
export type Blocking = 'refused' | 'filtered';

function roleOf(port: number): PortRole {
  switch (port) {
    case 9000:
      return 'negotiation';
    case 9001:
      return 'watch';
    case 8992:
      return 'service';
    case 11_111:
      return 'chat';
    case 8443:
      return 'web';
    default:
      return 'gui';
  }
}

/** A line that a client dialled. */
export interface DialledLine {
  readonly port: number;
  readonly wire: Wire;
}

export interface MemoryMaster {
  readonly rig: MasterRig;
  readonly client: PutClient;
  readonly dial: Dial;
  /** Every line dialled so far. */
  readonly lines: DialledLine[];
  /** What becomes of dials to a port; absent: they work. */
  readonly blocked: Map<number, Blocking>;
  /** Called with every new line, before its first byte. */
  onLine: (line: DialledLine) => void;
  signIn(): Promise<void>;
}

/** The real client and the real portmgmt over in-memory wires and a clock that the test moves. */
export function createMemoryMaster(
  options: { pathOrder?: readonly PathKind[]; wire?: Partial<WireOptions>; seed?: number } = {},
): MemoryMaster {
  const rig = createMasterRig();
  const lines: DialledLine[] = [];
  const blocked = new Map<number, Blocking>();
  const dial: Dial = ({ port, host }, signal) => {
    const blocking = blocked.get(port);
    if (blocking === 'refused')
      return Promise.reject(new PutError('port-closed', `${host}:${port}: the port is closed`));
    if (blocking === 'filtered') {
      return new Promise((_resolve, reject) => {
        const stop = rig.clock.setTimer(TIMES.dialMs, () =>
          reject(new PutError('dial-timeout', `${host}:${port} did not answer within ${TIMES.dialMs / 1000} s`)),
        );
        signal.addEventListener('abort', () => {
          stop();
          reject(new PutError('cancelled', `the connection to ${host}:${port} was given up`));
        });
      });
    }
    const { transport, wire } = rig.dial(roleOf(port), port, { latencyMs: 10, ...options.wire });
    const line = { port, wire };
    lines.push(line);
    master.onLine(line);
    return Promise.resolve(transport);
  };
  const client = new PutClient({
    target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
    pathOrder: options.pathOrder ?? ['direct'],
    dial,
    clock: rig.clock,
    random: createRandom(options.seed ?? 1),
    software: 'test',
    clientSystem: 'laptop',
    compression: deflateCompression,
    onChange: () => {},
  });
  const master: MemoryMaster = {
    rig,
    client,
    dial,
    lines,
    blocked,
    onLine: () => {},
    async signIn() {
      const done = client.signIn(ANNA);
      done.catch(() => {});
      await rig.clock.advance(1_000);
      await done;
    },
  };
  return master;
}
