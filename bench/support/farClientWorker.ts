import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { hostname } from 'node:os';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TargetAddress } from '../../core/client/paths.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';
import { upgradeJob, type JobSeconds } from './upgradeJob.ts';

/* Runs at one end of a slow line: on the master's side it stands for the master inside the lab, on the other it is the client. */

interface Relay {
  readonly address: string;
  readonly port: number;
  /** Socket of the lab that leads to an address and a port of its network. */
  readonly socket: string;
}

interface Far {
  readonly target: TargetAddress & { readonly fingerprint: string };
  readonly user: string;
  readonly password: string;
  readonly files: readonly string[];
}

/** Leads what comes over the line to the same port of the master; the line ends here, TLS does not. */
async function relay({ address, port, socket }: Relay): Promise<number> {
  const server = createServer((near) => {
    const far = connect(socket);
    far.write(`127.0.0.1 ${port}\n`);
    near.setNoDelay(true);
    near.on('error', () => {});
    far.on('error', () => near.destroy());
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
    near.pipe(far).pipe(near);
  }).listen(port, address);
  await once(server, 'listening');
  return port;
}

async function drive({ target, user, password, files }: Far): Promise<JobSeconds> {
  const client = new PutClient({
    ...{ target, pathOrder: ['single-port'], dial: dialNetwork, clock: createSystemClock(), random: Math.random },
    ...{ software: 'bench', clientSystem: hostname(), compression: deflateCompression, onChange: () => {} },
  });
  await client.signIn({ user, password });
  try {
    return await upgradeJob(client, files);
  } finally {
    await client.close();
  }
}

serveTasks({ relay, drive });
