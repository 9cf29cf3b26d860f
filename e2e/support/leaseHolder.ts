import { dialNetwork } from '../../core/node/dial.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import { PROTOCOL_VERSIONS, type Hello, type Welcome } from '../../core/protocol/handshake.ts';
import { greet } from '../../core/session/handshake.ts';

/*
 * A client in a process of its own that takes a GUI port and then does nothing: for tests that kill it. It is told what to do
 * as JSON in its first argument, and prints one line of JSON when it is done.
 */

/** `offered`: it negotiated. `watched`: the watch connection stands too. `attached`: it uses the port, or comes back to it. */
export interface HolderTask {
  readonly stage: 'offered' | 'watched' | 'attached';
  readonly target: TargetAddress;
  readonly user: string;
  readonly password: string;
}

export interface HolderDone {
  readonly port: number;
  readonly sessionToken: string;
}

const clock = createSystemClock();
const nobody = { onData: () => {}, onDrain: () => {}, onClose: () => {} };

async function greeted(target: TargetAddress, port: number, hello: Partial<Hello>): Promise<Welcome> {
  const transport = await dialNetwork(
    { host: target.host, port, carrier: 'tls', fingerprint: target.fingerprint },
    new AbortController().signal,
  );
  const { welcome } = await greet(
    transport,
    {
      versions: [...PROTOCOL_VERSIONS],
      software: 'tests',
      capabilities: [],
      purpose: 'negotiate',
      path: 'hand-off',
      clientSystem: 'laptop-7',
      ...hello,
    },
    clock,
  );
  transport.setHandlers(nobody);
  return welcome;
}

async function attach({ target, user, password }: HolderTask): Promise<HolderDone> {
  const client = new PutClient({
    target,
    pathOrder: ['hand-off'],
    dial: dialNetwork,
    clock,
    random: Math.random,
    software: 'tests',
    clientSystem: 'laptop-7',
    onChange: () => {},
  });
  await client.signIn({ user, password });
  await client.request('nodes.refresh', {});
  return { port: client.line?.port ?? 0, sessionToken: client.sessionToken ?? '' };
}

async function hold(task: HolderTask): Promise<HolderDone> {
  if (task.stage === 'attached') return attach(task);
  const { target, user, password } = task;
  const { lease, sessionToken } = await greeted(target, target.ccPort, { password: { user, password } });
  if (!lease) throw new Error('no GUI port was offered');
  if (task.stage === 'watched')
    await greeted(target, target.ccPort + 1, { purpose: 'watch', leaseToken: lease.leaseToken });
  return { port: lease.port, sessionToken: sessionToken ?? '' };
}

const done = await hold(JSON.parse(process.argv[2] ?? '{}') as HolderTask);
process.stdout.write(`${JSON.stringify(done)}\n`);
// Until it is killed.
setInterval(() => {}, 60_000);
