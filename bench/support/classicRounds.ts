import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { socketTransport } from '../../core/node/socketTransport.ts';
import type { Hello, Welcome } from '../../core/protocol/handshake.ts';
import { greet } from '../../core/session/handshake.ts';
import { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { handOffHello } from './leaseRounds.ts';

/** CCPORT to CCPORT+9 belong to portmgmt: eight GUI ports, as documented. */
const GUI_PORTS = 8;
/** Two more than the range has. */
const ROUNDS = GUI_PORTS + 2;

export interface ClassicRounds {
  readonly ccPort: number;
  readonly roundsUntilExhausted: number;
  readonly portsOffered: readonly number[];
  /** Distance from CCPORT. */
  readonly beyondRange: readonly number[];
}

/** The documented leak on a putservices that is told to behave so: clients connect, are offered a port, and cancel. */
export async function classicRounds(): Promise<ClassicRounds> {
  const folder = await mkdtemp(join(tmpdir(), 'put-classic-'));
  const configFile = join(folder, 'Config');
  await writeFile(configFile, 'ALLOWOVERFLOW=yes\nLEASEWATCH=off\n');
  let system: PracticeSystem | undefined;
  try {
    system = await PracticeSystem.start({ nodes: 8, configFile });
    const { host, ccPort } = system.target;
    const negotiate = async (hello: Partial<Hello>): Promise<Welcome> => {
      const socket = connect({ host, port: ccPort, rejectUnauthorized: false });
      await once(socket, 'secureConnect');
      const transport = socketTransport(socket, { end: 'client' });
      const { welcome } = await greet(transport, handOffHello(hello), createSystemClock());
      transport.destroy();
      return welcome;
    };
    const portsOffered: number[] = [];
    let roundsUntilExhausted = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const { lease } = await negotiate({ password: { user: system.user, password: system.password } });
      if (!lease) break;
      portsOffered.push(lease.port);
      if (portsOffered.length === GUI_PORTS) roundsUntilExhausted = round;
    }
    const beyondRange = portsOffered.map((port) => port - ccPort).filter((at) => at > GUI_PORTS + 1);
    return { ccPort, roundsUntilExhausted, portsOffered, beyondRange };
  } finally {
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
