import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { WaySecrets } from '../../model/ways.ts';
import { PutError } from '../../protocol/errors.ts';
import { withinDial } from '../dialDeadline.ts';
import type { SshHop } from './sshHostSettings.ts';
import { signInToHop } from './sshSignIn.ts';

/** A stream to a port that the host reaches, within the deadline of a dial. */
function forward(client: Client, host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  return withinDial(`${host}:${port} through the SSH host`, signal, () => ({
    done: new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        if (!error) return resolve(channel);
        const message = `the SSH host cannot reach ${host}:${port} (${error.message})`;
        reject(new PutError('dial-failed', message, {}, { cause: error }));
      });
    }),
    // A channel that opens later ends with its connection, which a failure closes.
    giveUp: () => {},
  }));
}

/** The first of the hosts that takes the connection; rejects with what every one of them said. */
async function forwardToAny(client: Client, { hosts, port }: TunnelEnd, signal: AbortSignal): Promise<Duplex> {
  const failures: PutError[] = [];
  for (const host of hosts) {
    try {
      return await forward(client, host, port, signal);
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'dial-failed') throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  if (!first) throw new PutError('usage', 'a way by SSH needs a host to lead to');
  throw new PutError('dial-failed', failures.map(({ message }) => message).join('; '), {}, { cause: first });
}

/** Where a tunnel leads, as the last hop reaches it: `hosts` are tried in this order. */
export interface TunnelEnd {
  readonly hosts: readonly string[];
  readonly port: number;
}

/**
 * Opens a stream to `end` from the last hop, through the hops before it. Every host key is checked before anything is signed.
 * `onAnswered` is called when the first hop took the connection. Closing the stream closes every connection of the way.
 * Rejects with `ssh-host-key-unknown`, `ssh-host-key-changed`, `ssh-sign-in-refused`, `ssh-key-locked`, `dial-failed`,
 * `dial-timeout` or `cancelled`.
 */
export async function openSshTunnel(
  hops: readonly SshHop[],
  end: TunnelEnd,
  secrets: WaySecrets,
  signal: AbortSignal,
  onAnswered?: () => void,
): Promise<Duplex> {
  const clients: Client[] = [];
  const closeAll = (): void => {
    for (const client of [...clients].reverse()) client.end();
  };
  try {
    for (const hop of hops) {
      const before = clients.at(-1);
      const openSocket = async (): Promise<Duplex | undefined> =>
        before && (await forward(before, hop.address, hop.port, signal));
      clients.push(await signInToHop(hop, openSocket, secrets, signal, before ? undefined : onAnswered));
    }
    const last = clients.at(-1);
    if (!last) throw new PutError('usage', 'a way by SSH needs a host');
    const stream = await forwardToAny(last, end, signal);
    stream.once('close', closeAll);
    last.once('close', () => stream.destroy());
    return stream;
  } catch (error) {
    closeAll();
    throw error;
  }
}
