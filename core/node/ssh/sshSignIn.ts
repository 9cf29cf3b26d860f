import { open } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import ssh2, { type AnyAuthMethod, type Client, type ParsedKey } from 'ssh2';
import { MOST_ANSWERS, type WayQuestion, type WaySecrets } from '../../model/ways.ts';
import { PutError } from '../../protocol/errors.ts';
import { connectSsh, type SshAnswer } from './sshConnect.ts';
import type { SshHop } from './sshHostSettings.ts';

/** A key or known_hosts file beyond this is passed over. */
const LARGEST_FILE_BYTES = 4 * 1024 * 1024;

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    const handle = await open(path, 'r');
    try {
      return (await handle.stat()).size > LARGEST_FILE_BYTES ? undefined : await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch {
    // A key or known_hosts file that is absent or unreadable is passed over, as ssh does.
    return undefined;
  }
}

interface LockedKey {
  readonly file: string;
  readonly bytes: Buffer;
}

/** Keys of a hop that can be used, unlocked where the passphrase is known. */
async function loadKeys(hop: SshHop, secrets: WaySecrets): Promise<{ keys: ParsedKey[]; locked: LockedKey[] }> {
  const keys: ParsedKey[] = [];
  const locked: LockedKey[] = [];
  for (const file of hop.keyFiles) {
    const bytes = await readIfThere(file);
    if (!bytes) continue;
    let parsed = ssh2.utils.parseKey(bytes);
    const isLocked = parsed instanceof Error && /encrypted|passphrase/i.test(parsed.message);
    if (isLocked) {
      const question: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: file };
      const passphrase = secrets.known(question);
      if (passphrase !== undefined) parsed = ssh2.utils.parseKey(bytes, passphrase);
      if (parsed instanceof Error) locked.push({ file, bytes });
      if (passphrase !== undefined) secrets.told(question, !(parsed instanceof Error));
    }
    if (!(parsed instanceof Error)) keys.push(...(Array.isArray(parsed) ? parsed : [parsed]));
  }
  return { keys, locked };
}

/** Asks for the passphrase of a key; undefined when it was not given or stayed wrong. */
async function unlock(key: LockedKey, secrets: WaySecrets, signal: AbortSignal): Promise<ParsedKey | undefined> {
  const question: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: key.file };
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const passphrase = await secrets.ask(question, answers > 0, signal);
    if (passphrase === undefined) return undefined;
    const parsed = ssh2.utils.parseKey(key.bytes, passphrase);
    secrets.told(question, !(parsed instanceof Error));
    if (!(parsed instanceof Error)) return [parsed].flat()[0];
  }
  return undefined;
}

function passwordMethods(hop: SshHop, password: string): AnyAuthMethod[] {
  return [
    { type: 'password', username: hop.user, password },
    {
      type: 'keyboard-interactive',
      username: hop.user,
      prompt: (_name, _instructions, _language, prompts, finish) => finish(prompts.map(() => password)),
    },
  ];
}

const takesPassword = (left: readonly string[]): boolean =>
  left.includes('password') || left.includes('keyboard-interactive');

/**
 * Signs in to a host in the order that ssh uses: agent, keys, encrypted keys, password. What is known is tried first, then a
 * person is asked, between connections, so that no host hangs up while somebody types. `openSocket` answers a new stream to
 * the host, or undefined for a connection of its own. Rejects with `ssh-host-key-unknown`, `ssh-host-key-changed`,
 * `ssh-key-locked`, `ssh-sign-in-refused`, `dial-failed`, `dial-timeout` or `cancelled`.
 */
export async function signInToHop(
  hop: SshHop,
  openSocket: () => Promise<Duplex | undefined>,
  secrets: WaySecrets,
  signal: AbortSignal,
  onAnswered?: () => void,
): Promise<Client> {
  const where = `${hop.host}:${hop.port}`;
  const files = await Promise.all(hop.knownHostsFiles.map(readIfThere));
  const knownHosts = files.map((bytes) => bytes?.toString('utf8') ?? '').join('\n');
  const questionOf = (fingerprint: string): WayQuestion => {
    const { host, port, jump } = hop;
    return { kind: 'ssh-host-key', host, port, fingerprint, jump };
  };
  let accepted: string | undefined;
  const isAccepted = (fingerprint: string): boolean =>
    fingerprint === accepted || secrets.known(questionOf(fingerprint)) !== undefined;

  const connect = async (methods: readonly AnyAuthMethod[]): Promise<SshAnswer> => {
    try {
      return await connectSsh(hop, await openSocket(), methods, knownHosts, isAccepted, signal, onAnswered);
    } catch (error) {
      if (!(error instanceof PutError) || error.code !== 'ssh-host-key-unknown') throw error;
      const fingerprint = String(error.details['fingerprint']);
      const question = questionOf(fingerprint);
      if ((await secrets.ask(question, false, signal)) === undefined) throw error;
      secrets.told(question, true);
      accepted = fingerprint;
      return await connectSsh(hop, await openSocket(), methods, knownHosts, isAccepted, signal);
    }
  };

  const { keys, locked } = await loadKeys(hop, secrets);
  const passwordQuestion: WayQuestion = { kind: 'ssh-password', user: hop.user, host: hop.host };
  const knownPassword = secrets.known(passwordQuestion);
  const known: AnyAuthMethod[] = [
    ...(hop.agent === undefined ? [] : [{ type: 'agent' as const, username: hop.user, agent: hop.agent }]),
    ...keys.map((key) => ({ type: 'publickey' as const, username: hop.user, key })),
    ...(knownPassword === undefined ? [] : passwordMethods(hop, knownPassword)),
  ];
  let left: readonly string[] = [];
  // Nothing but encrypted keys: a connection without one would only be refused.
  if (known.length > 0 || locked.length === 0) {
    const answer = await connect(known);
    if ('client' in answer) return answer.client;
    left = answer.refused;
    if (knownPassword !== undefined && takesPassword(left)) secrets.told(passwordQuestion, false);
  }
  const stillLocked: string[] = [];
  for (const lockedKey of locked) {
    const key = await unlock(lockedKey, secrets, signal);
    if (!key) {
      stillLocked.push(lockedKey.file);
      continue;
    }
    const answer = await connect([{ type: 'publickey', username: hop.user, key }]);
    if ('client' in answer) return answer.client;
    left = answer.refused;
  }
  for (let answers = 0; takesPassword(left) && answers < MOST_ANSWERS; answers++) {
    const password = await secrets.ask(passwordQuestion, answers > 0 || knownPassword !== undefined, signal);
    if (password === undefined) break;
    const answer = await connect(passwordMethods(hop, password));
    secrets.told(passwordQuestion, 'client' in answer);
    if ('client' in answer) return answer.client;
  }
  if (signal.aborted) throw new PutError('cancelled', `the SSH connection to ${where} was given up`);
  const details = { host: hop.host, user: hop.user };
  throw stillLocked.length > 0
    ? new PutError(
        'ssh-key-locked',
        `${where}: ${stillLocked.join(', ')} could not be unlocked, and nothing else let ${hop.user} in`,
        details,
      )
    : new PutError('ssh-sign-in-refused', `${where} did not let ${hop.user} in`, details);
}
