import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ConnectConfig, type KexAlgorithm } from 'ssh2';
import { PutError } from '../../protocol/errors.ts';
import { TIMES } from '../../protocol/limits.ts';
import { judgeHostKey, sshFingerprintOf } from './sshHostKey.ts';
import type { SshHop } from './sshHostSettings.ts';

/** Keep-alive inside the tunnel is the session's own; this one only keeps idle jump hosts from hanging up. */
const SSH_KEEP_ALIVE_MS = 15_000;
/**
 * Exchanges offered, best first: the post-quantum hybrid that OpenSSH prefers costs over 2 kB and is left out, as in the
 * TLS handshake, since each second counts on a slow line.
 */
const KEY_EXCHANGES: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'diffie-hellman-group14-sha256',
];

/** Let in, or not, with the ways of signing in that the host still takes. */
export type SshAnswer = { readonly client: Client } | { readonly refused: readonly string[] };

/**
 * One connection to a host, over `socket` or a new one: the host key is checked before anything is signed, then the methods
 * are tried in their order. `isAccepted` is asked about a key that known_hosts does not have; `onAnswered` is called when the host took the connection. Rejects with `ssh-host-key-unknown`, `ssh-host-key-changed`, `dial-failed`, `dial-timeout` or
 * `cancelled`.
 */
export function connectSsh(
  hop: SshHop,
  socket: Duplex | undefined,
  methods: readonly AnyAuthMethod[],
  knownHosts: string,
  isAccepted: (fingerprint: string) => boolean,
  signal: AbortSignal,
  onAnswered: () => void = () => {},
): Promise<SshAnswer> {
  const where = `${hop.host}:${hop.port}`;
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let hostKeyFault: PutError | undefined;
    let left: readonly string[] = [];
    const timer = setTimeout(
      () => fail(new PutError('dial-timeout', `${where} did not let in by SSH within ${TIMES.dialMs / 1000} s`)),
      TIMES.dialMs,
    );
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const giveUp = (): void => {
      finish();
      client.on('error', () => {});
      client.destroy();
    };
    const fail = (error: PutError): void => {
      giveUp();
      reject(error);
    };
    const onAbort = (): void => fail(new PutError('cancelled', `the SSH connection to ${where} was given up`));
    signal.addEventListener('abort', onAbort);
    client.once('connect', onAnswered);
    client.once('ready', () => {
      finish();
      // A later fault ends the tunnel's stream, which tells the session.
      client.on('error', () => {});
      resolve({ client });
    });
    client.on('error', (error: Error & { level?: string }) => {
      if (hostKeyFault) fail(hostKeyFault);
      else if (error.level === 'client-authentication') {
        giveUp();
        resolve({ refused: left });
      } else fail(new PutError('dial-failed', `${where}: no SSH connection (${error.message})`, {}, { cause: error }));
    });
    client.on('close', () =>
      fail(new PutError('dial-failed', `${where} closed the connection during the SSH sign-in`)),
    );
    // `none` first where there is nothing else: its refusal tells what the host would take.
    const next: AnyAuthMethod[] = methods.length > 0 ? [...methods] : [{ type: 'none', username: hop.user }];
    const settings: ConnectConfig = {
      ...(socket ? { sock: socket } : { host: hop.address, port: hop.port }),
      username: hop.user,
      readyTimeout: TIMES.dialMs,
      keepaliveInterval: SSH_KEEP_ALIVE_MS,
      algorithms: { kex: KEY_EXCHANGES },
      hostVerifier: (key: Buffer) => {
        hostKeyFault = judgeHostKey(hop, key, knownHosts);
        if (hostKeyFault?.code === 'ssh-host-key-unknown' && isAccepted(sshFingerprintOf(key)))
          hostKeyFault = undefined;
        return hostKeyFault === undefined;
      },
      authHandler: (methodsLeft, _partial, callback) => {
        left = methodsLeft ?? left;
        callback(next.shift() ?? (false as unknown as AnyAuthMethod));
      },
    };
    if (signal.aborted) onAbort();
    else client.connect(settings);
  });
}
