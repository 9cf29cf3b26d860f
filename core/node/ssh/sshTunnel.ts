import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import type { WaySecrets } from '../../model/ways.ts';
import { PutError } from '../../protocol/errors.ts';
import { connectTcp, type TcpOptions } from '../connectTcp.ts';
import { withinDial } from '../dialDeadline.ts';
import { openProxyCommand } from './proxyCommand.ts';
import { notUnderstoodNote, type SshHop } from './sshHostSettings.ts';
import { prepareHop, signInToHop } from './sshSignIn.ts';

/** RFC 4254, 5.1: reasons of a channel that was not opened. */
const ADMINISTRATIVELY_PROHIBITED = 1;
const CONNECT_FAILED = 2;
const RESOURCE_SHORTAGE = 4;

/** Why a host did not lead on: it may not, or the other end did not take the connection. */
function forwardError(through: SshHop, host: string, port: number, error: Error & { reason?: unknown }): PutError {
  const gate = `${through.host}:${through.port}`;
  const details = { host, port, through: gate };
  switch (error.reason) {
    case ADMINISTRATIVELY_PROHIBITED:
      return new PutError('ssh-forwarding-denied', `${gate} may not lead on to ${host}:${port}`, details, {
        cause: error,
      });
    case CONNECT_FAILED:
      return new PutError(
        'ssh-target-unreachable',
        `${gate} cannot reach ${host}:${port} (${error.message})`,
        details,
        { cause: error },
      );
    case RESOURCE_SHORTAGE:
      return new PutError(
        'ssh-host-busy',
        `${gate} has no room to lead on to ${host}:${port} (${error.message})`,
        details,
        { cause: error },
      );
    default:
      return new PutError('dial-failed', `${gate} did not lead on to ${host}:${port} (${error.message})`, details, {
        cause: error,
      });
  }
}

/** A stream to a port that the host reaches, within the deadline of a dial. */
export function forward(
  client: Client,
  through: SshHop,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const gate = `${through.host}:${through.port}`;
  const timedOut = (): PutError =>
    new PutError('ssh-target-unreachable', `${gate} did not reach ${host}:${port} in time`, {
      host,
      port,
      through: gate,
    });
  const open = (): { done: Promise<Duplex>; giveUp: () => void } => ({
    done: new Promise((resolve, reject) => {
      client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
        if (error) reject(forwardError(through, host, port, error));
        else resolve(channel);
      });
    }),
    // A channel that opens later ends with its connection, which a failure closes.
    giveUp: () => {},
  });
  return withinDial(`${host}:${port} through ${gate}`, signal, open, { timedOut });
}

/** Another address of the target may work where one failed so. */
export const NEXT_ADDRESS_AFTER: ReadonlySet<string> = new Set([
  'dial-failed',
  'ssh-target-unreachable',
  'ssh-forwarding-denied',
]);

/** The first of the hosts that takes the connection; rejects with what every one of them said. */
async function forwardToAny(
  client: Client,
  through: SshHop,
  { hosts, port }: TunnelEnd,
  signal: AbortSignal,
): Promise<Duplex> {
  const failures: PutError[] = [];
  for (const host of hosts) {
    try {
      return await forward(client, through, host, port, signal);
    } catch (error) {
      if (!(error instanceof PutError) || !NEXT_ADDRESS_AFTER.has(error.code)) throw error;
      failures.push(error);
    }
  }
  throw joinFailures(failures);
}

/** One error of several addresses: where only some were forbidden, the others tell more. */
export function joinFailures(failures: readonly PutError[]): PutError {
  const telling = failures.find(({ code }) => code !== 'ssh-forwarding-denied') ?? failures[0];
  if (!telling) return new PutError('usage', 'a way by SSH needs a host to lead to');
  const message = failures.map(({ message }) => message).join('; ');
  return new PutError(telling.code, message, telling.details, { cause: telling });
}

/** A name that is an alias elsewhere: says that the configuration of this machine does not have it. */
function withoutAlias({ host, address }: SshHop, error: PutError): PutError {
  if (error.code !== 'host-unknown' || host !== address) return error;
  const message = `${error.message}; the ssh configuration of this machine has no HostName for ${host} either`;
  return new PutError(error.code, message, error.details, { cause: error });
}

/** Where a tunnel leads, as the last hop reaches it: `hosts` are tried in this order. */
export interface TunnelEnd {
  readonly hosts: readonly string[];
  readonly port: number;
}

export interface TunnelOptions extends TcpOptions {
  /** Whether the way is left to OpenSSH's own client, by what only it can use. Asked before anything is sent. */
  readonly leavesToOpenSsh?: (onlyOpenSsh: readonly string[]) => boolean;
  /** Waits before a busy host is tried again; for tests. */
  readonly busyWaitsMs?: readonly number[];
}

/**
 * Opens a stream to `end` from the last hop, through the hops before it. Every host key is checked before anything is signed.
 * `onAnswered` is called when the first hop took the connection. Closing the stream closes every connection of the way.
 * Rejects with the errors of `signInToHop`, `ssh-program-needed`, `ssh-forwarding-denied`, `ssh-target-unreachable`, or those of a dial.
 */
export async function openSshTunnel(
  hops: readonly SshHop[],
  end: TunnelEnd,
  secrets: WaySecrets,
  signal: AbortSignal,
  onAnswered: () => void = () => {},
  options: TunnelOptions = {},
): Promise<Duplex> {
  let answered = false;
  const onFirstAnswer = (): void => {
    if (!answered) onAnswered();
    answered = true;
  };
  const prepared = await Promise.all(hops.map((hop) => prepareHop(hop, secrets)));
  const onlyOpenSsh = [...new Set(prepared.flatMap((one) => one.onlyOpenSsh))];
  if (options.leavesToOpenSsh?.(onlyOpenSsh) === true)
    throw new PutError('ssh-program-needed', `only OpenSSH's own client can use ${onlyOpenSsh.join(', ')}`);
  const clients: Client[] = [];
  const closeAll = (): void => {
    for (const client of [...clients].reverse()) client.end();
  };
  try {
    let before: { client: Client; hop: SshHop } | undefined;
    for (const one of prepared) {
      const { hop } = one;
      const last = before;
      const openSocket = async (): Promise<Duplex> => {
        if (last) return forward(last.client, last.hop, hop.address, hop.port, signal);
        if (hop.proxyCommand !== undefined) return openProxyCommand(hop.proxyCommand);
        return connectTcp({ host: hop.address, port: hop.port }, signal, onFirstAnswer, options).catch(
          (error: unknown) => {
            throw error instanceof PutError ? withoutAlias(hop, error) : error;
          },
        );
      };
      const client = await signInToHop(one, openSocket, secrets, signal, options.busyWaitsMs);
      if (!last && hop.proxyCommand !== undefined) onFirstAnswer();
      clients.push(client);
      before = { client, hop };
    }
    if (!before) throw new PutError('usage', 'a way by SSH needs a host');
    const stream = await forwardToAny(before.client, before.hop, end, signal);
    stream.once('close', closeAll);
    before.client.once('close', () => stream.destroy());
    return stream;
  } catch (error) {
    closeAll();
    const unused = onlyOpenSsh.length === 0 ? '' : `; without an ssh program ${onlyOpenSsh.join(', ')} cannot be used`;
    const note = notUnderstoodNote(hops) + unused;
    if (!(error instanceof PutError) || note === '') throw error;
    throw new PutError(error.code, error.message + note, error.details, { cause: error });
  }
}
