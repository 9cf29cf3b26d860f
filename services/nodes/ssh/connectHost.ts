import type { Duplex } from 'node:stream';
import type { AnyAuthMethod, Client, ParsedKey } from 'ssh2';
import type { SshHost } from '../../../core/model/inventory.ts';
import { NO_WAY_SECRETS } from '../../../core/model/ways.ts';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { Attempts } from '../../../core/node/ssh/sshAttempts.ts';
import { connectSsh } from '../../../core/node/ssh/sshConnect.ts';
import { hostKeyTypesFor } from '../../../core/node/ssh/sshHostKey.ts';
import type { SshHop } from '../../../core/node/ssh/sshHostSettings.ts';

/** An idle connection is asked so often; a node that answers nothing for three times as long is away. */
export const NODE_KEEP_ALIVE_MS = 10_000;

/** What lets the master in: its own key, or a password that is given once. */
export type SignInBy = { readonly key: ParsedKey } | { readonly password: string };

/** The way to a host as the SSH client of core/node knows it; pinned keys stand under the host's name. */
export function hopOf(name: string, { address, port, user }: SshHost, jump: boolean): SshHop {
  const names = { host: address, address, port, user, hostKeyAlias: name, jump };
  return { ...names, keyFiles: [], knownHostsFiles: [] };
}

function oneAttempt(username: string, by: SignInBy): Attempts {
  const methods: AnyAuthMethod[] = [];
  if ('key' in by) methods.push({ type: 'publickey', username, key: by.key });
  else {
    methods.push({ type: 'password', username, password: by.password });
    methods.push({
      ...{ type: 'keyboard-interactive', username },
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => by.password)),
    });
  }
  return { next: () => Promise.resolve(methods.shift()), letIn: () => {} };
}

/**
 * Signs in to a host whose keys are pinned; another key is refused with both shown, and one that was never seen with the key in the details (`hostKey`).
 * @throws PutError as `connectSsh`, with node-host-key-unknown and node-host-key-changed for its keys, and node-key-refused or ssh-sign-in-refused
 */
export async function connectHost(
  name: string,
  host: SshHost,
  by: SignInBy,
  socket: Duplex,
  signal: AbortSignal,
): Promise<Client> {
  const hop = hopOf(name, host, false);
  const knownHosts = host.hostKeys.map((key) => `${name} ${key}`).join('\n');
  const answer = await connectSsh(
    {
      hop,
      socket,
      knownHosts,
      hostKeyTypes: hostKeyTypesFor(hop, knownHosts),
      isAccepted: () => false,
      secrets: NO_WAY_SECRETS,
      attempts: () => oneAttempt(host.user, by),
      keepAliveMs: NODE_KEEP_ALIVE_MS,
    },
    signal,
  ).catch((error: unknown) => {
    throw ofInventory(error);
  });
  if ('client' in answer) return answer.client;
  const where = `${host.address}:${host.port}`;
  const byKey = 'key' in by;
  const what = byKey ? "the master's key" : 'the password';
  throw new PutError(
    byKey ? 'node-key-refused' : 'ssh-sign-in-refused',
    `${where} did not let ${host.user} in by ${what}`,
    {
      host: host.address,
      port: host.port,
      user: host.user,
    },
  );
}

/** Keys of nodes are pinned in the inventory, and what is to be done about them is done there, not in a known_hosts file. */
function ofInventory(error: unknown): unknown {
  if (!(error instanceof PutError)) return error;
  const { host, port, fingerprint, pinned } = error.details;
  const shown = `${host}:${port} shows the SSH host key ${fingerprint}`;
  const of = (code: ErrorCode, what: string): PutError =>
    new PutError(code, `${shown}; ${what}`, error.details, { cause: error });
  if (error.code === 'ssh-host-key-changed') return of('node-host-key-changed', `${pinned} is pinned`);
  if (error.code === 'ssh-host-key-unknown') return of('node-host-key-unknown', 'none is pinned');
  return error;
}
