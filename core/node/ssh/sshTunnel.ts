import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ConnectConfig, type KexAlgorithm, type ParsedKey } from 'ssh2';
import { PutError } from '../../protocol/errors.ts';
import { TIMES } from '../../protocol/limits.ts';
import { checkKnownHosts } from './knownHosts.ts';
import type { SshHop } from './sshHostSettings.ts';

/** Secrets that a person gives; asked only when the way needs them. Undefined: not given. */
export interface SshSecrets {
  passphrase(keyFile: string): Promise<string | undefined>;
  password(user: string, host: string): Promise<string | undefined>;
}

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

/** `SHA256:` and the digest of a host key in base64 without padding, as ssh-keygen -lf prints it. */
export function sshFingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    // A key or known_hosts file that is absent or unreadable is passed over, as ssh does.
    return undefined;
  }
}

/** Type of a public key in wire form: a length and its name. */
function keyTypeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/** Why a host's key is not trusted; undefined where it is. */
function judgeHostKey(hop: SshHop, key: Buffer, knownHosts: string): PutError | undefined {
  const fingerprint = sshFingerprintOf(key);
  const where = `${hop.host}:${hop.port}`;
  const details = { host: hop.host, fingerprint };
  if (hop.hostKey !== undefined) {
    return hop.hostKey === fingerprint
      ? undefined
      : new PutError(
          'ssh-host-key-changed',
          `${where} shows the SSH host key ${fingerprint}; ${hop.hostKey} was accepted before`,
          { ...details, pinned: hop.hostKey },
        );
  }
  const names = hop.host === hop.address ? [hop.host] : [hop.host, hop.address];
  const verdicts = names.map((name) =>
    checkKnownHosts(knownHosts, name, hop.port, keyTypeOf(key), key.toString('base64')),
  );
  if (verdicts.includes('revoked'))
    return new PutError(
      'ssh-host-key-changed',
      `${where} shows the SSH host key ${fingerprint}, which known_hosts revokes`,
      details,
    );
  if (verdicts.includes('known')) return undefined;
  if (verdicts.includes('changed'))
    return new PutError(
      'ssh-host-key-changed',
      `${where} shows the SSH host key ${fingerprint}; known_hosts has another one`,
      details,
    );
  return new PutError(
    'ssh-host-key-unknown',
    `${where} shows the SSH host key ${fingerprint}, which known_hosts does not have`,
    details,
  );
}

/** Keys of a hop that can be used, unlocked where a passphrase was given. */
async function loadKeys(hop: SshHop, secrets: SshSecrets): Promise<{ keys: ParsedKey[]; locked: string[] }> {
  const keys: ParsedKey[] = [];
  const locked: string[] = [];
  for (const file of hop.keyFiles) {
    const bytes = await readIfThere(file);
    if (!bytes) continue;
    let parsed = ssh2.utils.parseKey(bytes);
    if (parsed instanceof Error && /encrypted|passphrase/i.test(parsed.message)) {
      const passphrase = await secrets.passphrase(file);
      if (passphrase !== undefined) parsed = ssh2.utils.parseKey(bytes, passphrase);
    }
    if (parsed instanceof Error) locked.push(file);
    else keys.push(...(Array.isArray(parsed) ? parsed : [parsed]));
  }
  return { keys, locked };
}

/** One connection at a time, in the order that ssh uses: agent, keys, password. */
async function signInMethods(
  hop: SshHop,
  secrets: SshSecrets,
): Promise<{ methods: AnyAuthMethod[]; locked: string[] }> {
  const { keys, locked } = await loadKeys(hop, secrets);
  const methods: AnyAuthMethod[] = [];
  if (hop.agent !== undefined) methods.push({ type: 'agent', username: hop.user, agent: hop.agent });
  for (const key of keys) methods.push({ type: 'publickey', username: hop.user, key });
  const password = await secrets.password(hop.user, hop.host);
  if (password !== undefined) {
    methods.push({ type: 'password', username: hop.user, password });
    methods.push({
      type: 'keyboard-interactive',
      username: hop.user,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    });
  }
  return { methods, locked };
}

function connectHop(
  hop: SshHop,
  socket: Duplex | undefined,
  methods: AnyAuthMethod[],
  locked: readonly string[],
  knownHosts: string,
  signal: AbortSignal,
): Promise<Client> {
  const where = `${hop.host}:${hop.port}`;
  return new Promise((resolve, reject) => {
    const client = new ssh2.Client();
    let hostKeyFault: PutError | undefined;
    const timer = setTimeout(
      () => fail(new PutError('dial-timeout', `${where} did not let in by SSH within ${TIMES.dialMs / 1000} s`)),
      TIMES.dialMs,
    );
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: PutError): void => {
      finish();
      client.on('error', () => {});
      client.destroy();
      reject(error);
    };
    const onAbort = (): void => fail(new PutError('cancelled', `the SSH connection to ${where} was given up`));
    signal.addEventListener('abort', onAbort);
    client.once('ready', () => {
      finish();
      // A later fault ends the tunnel's stream, which tells the session.
      client.on('error', () => {});
      resolve(client);
    });
    client.on('error', (error: Error & { level?: string }) => {
      if (hostKeyFault) fail(hostKeyFault);
      else if (error.level === 'client-authentication') {
        fail(
          locked.length > 0
            ? new PutError(
                'ssh-key-locked',
                `${where}: ${locked.join(', ')} could not be unlocked, and nothing else let ${hop.user} in`,
                { host: hop.host },
              )
            : new PutError('ssh-sign-in-refused', `${where} did not let ${hop.user} in`, {
                host: hop.host,
                user: hop.user,
              }),
        );
      } else fail(new PutError('dial-failed', `${where}: no SSH connection (${error.message})`, {}, { cause: error }));
    });
    const next = [...methods];
    const settings: ConnectConfig = {
      ...(socket ? { sock: socket } : { host: hop.address, port: hop.port }),
      username: hop.user,
      readyTimeout: TIMES.dialMs,
      keepaliveInterval: SSH_KEEP_ALIVE_MS,
      algorithms: { kex: KEY_EXCHANGES },
      hostVerifier: (key: Buffer) => {
        hostKeyFault = judgeHostKey(hop, key, knownHosts);
        return hostKeyFault === undefined;
      },
      authHandler: (_left, _partial, callback) => {
        const method = next.shift();
        callback(method ?? (false as unknown as AnyAuthMethod));
      },
    };
    if (signal.aborted) onAbort();
    else client.connect(settings);
  });
}

function forward(client: Client, host: string, port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error)
        reject(
          new PutError(
            'dial-failed',
            `the SSH host cannot reach ${host}:${port} (${error.message})`,
            {},
            { cause: error },
          ),
        );
      else resolve(channel);
    });
  });
}

/**
 * Opens a stream to `127.0.0.1:port` of the last hop, through the hops before it. Every host key is checked before anything
 * is signed. Closing the stream closes every connection of the way. Rejects with `ssh-host-key-unknown`,
 * `ssh-host-key-changed`, `ssh-sign-in-refused`, `ssh-key-locked`, `dial-failed`, `dial-timeout` or `cancelled`.
 */
export async function openSshTunnel(
  hops: readonly SshHop[],
  port: number,
  secrets: SshSecrets,
  signal: AbortSignal,
): Promise<Duplex> {
  const clients: Client[] = [];
  const closeAll = (): void => {
    for (const client of [...clients].reverse()) client.end();
  };
  try {
    let socket: Duplex | undefined;
    for (const [i, hop] of hops.entries()) {
      const knownHosts = (
        await Promise.all(hop.knownHostsFiles.map(async (file) => (await readIfThere(file))?.toString('utf8') ?? ''))
      ).join('\n');
      const { methods, locked } = await signInMethods(hop, secrets);
      if (methods.length === 0 && locked.length > 0)
        throw new PutError('ssh-key-locked', `${locked.join(', ')} could not be unlocked`, { host: hop.host });
      const client = await connectHop(hop, socket, methods, locked, knownHosts, signal);
      clients.push(client);
      const further = hops[i + 1];
      if (further) socket = await forward(client, further.address, further.port);
    }
    const last = clients.at(-1);
    if (!last) throw new PutError('usage', 'a way by SSH needs a host');
    const stream = await forward(last, '127.0.0.1', port);
    stream.once('close', closeAll);
    last.once('close', () => stream.destroy());
    return stream;
  } catch (error) {
    closeAll();
    throw error;
  }
}
