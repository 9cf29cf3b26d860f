import ssh2, { type ParsedKey } from 'ssh2';
import { MOST_ANSWERS, type WayQuestion, type WaySecrets } from '../../model/ways.ts';
import { toPutError, type PutError } from '../../protocol/errors.ts';
import { listAgentKeys, type AgentKey } from './sshAgent.ts';
import { readIfThere } from './smallFile.ts';
import { WINDOWS_AGENT_PIPE, type SshHop } from './sshHostSettings.ts';

/** A key that can sign. */
export type UsableKey =
  | { readonly in: 'file'; readonly key: ParsedKey; readonly blob: string }
  | { readonly in: 'agent'; readonly key: ParsedKey; readonly blob: string; readonly agent: string };

/** An encrypted key file that no passphrase is known for yet. */
export interface LockedKey {
  readonly file: string;
  readonly bytes: Buffer;
  /** Its public half, where a `.pub` file tells it; base64 of the wire form. */
  readonly blob?: string | undefined;
}

/** What a hop may sign with, in the order to offer it. */
export interface HopKeys {
  /** Those of files first where they are named, then the agent's, then standard files. */
  readonly usable: readonly UsableKey[];
  readonly locked: readonly LockedKey[];
  /** Why the agent's keys are not known. */
  readonly agentFault?: PutError | undefined;
  /** What is there and only OpenSSH's own client can use: certificates, keys on a token. */
  readonly onlyOpenSsh: readonly string[];
}

const blobOf = (key: ParsedKey): string => key.getPublicSSH().toString('base64');

function parseOne(bytes: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(bytes, passphrase);
  return [parsed].flat()[0] ?? new Error('no key');
}

function isLocked(error: Error): boolean {
  return /encrypted|passphrase/i.test(error.message);
}

/** Type and blob of a public key file: `type base64 comment`. */
function publicKeyIn(bytes: Buffer | undefined): { type: string; blob: string } | undefined {
  const [type, blob] = bytes?.toString('latin1').trim().split(/\s+/) ?? [];
  return type !== undefined && blob !== undefined && /^[a-z][\w@.-]*$/.test(type) ? { type, blob } : undefined;
}

const isCertificate = (type: string): boolean => type.includes('-cert-v');
const isOnToken = (type: string): boolean => type.startsWith('sk-');

interface FoundKey {
  readonly key?: ParsedKey;
  readonly locked?: LockedKey;
  /** Public half, where it is known. */
  readonly blob?: string;
  readonly onlyOpenSsh: readonly string[];
}

async function lookAtFile(file: string, secrets: WaySecrets): Promise<FoundKey> {
  const [bytes, beside, certificate] = await Promise.all([
    readIfThere(file),
    readIfThere(`${file}.pub`),
    readIfThere(`${file}-cert.pub`),
  ]);
  const told = publicKeyIn(file.endsWith('.pub') ? bytes : beside);
  const onlyOpenSsh = [
    ...(certificate ? [`the certificate ${file}-cert.pub`] : []),
    ...(told && isOnToken(told.type) ? [`the key on a token ${file}`] : []),
  ];
  const blob = told?.blob;
  if (!bytes || file.endsWith('.pub')) return { onlyOpenSsh, ...(blob === undefined ? {} : { blob }) };
  let parsed = parseOne(bytes);
  if (parsed instanceof Error && isLocked(parsed)) {
    const question: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: file };
    const passphrase = secrets.known(question);
    if (passphrase !== undefined) {
      parsed = parseOne(bytes, passphrase);
      secrets.told(question, !(parsed instanceof Error));
    }
    if (parsed instanceof Error)
      return { locked: { file, bytes, blob }, onlyOpenSsh, ...(blob === undefined ? {} : { blob }) };
  }
  return parsed instanceof Error ? { onlyOpenSsh } : { key: parsed, blob: blobOf(parsed), onlyOpenSsh };
}

/**
 * The keys of a hop. The agent has a deadline; without an answer the files go on alone. With IdentitiesOnly the agent is
 * asked for those of the key files only, a file that ends in `.pub` names one of the agent's.
 */
export async function findHopKeys(hop: SshHop, secrets: WaySecrets): Promise<HopKeys> {
  let agentFault: PutError | undefined;
  const listed: Promise<AgentKey[]> =
    hop.agent === undefined
      ? Promise.resolve([])
      : listAgentKeys(hop.agent).catch((error: unknown) => {
          // The agent of Windows is asked without having been named; most machines run none.
          if (hop.agent !== WINDOWS_AGENT_PIPE) agentFault = toPutError(error);
          return [];
        });
  const [files, agentKeys] = await Promise.all([
    Promise.all(hop.keyFiles.map((file) => lookAtFile(file, secrets))),
    listed,
  ]);
  const named = files.flatMap(({ blob }) => (blob === undefined ? [] : [blob]));
  const rank = ({ blob }: AgentKey): number => {
    const at = named.indexOf(blob.toString('base64'));
    return at < 0 ? named.length : at;
  };
  const allowed = agentKeys.filter((key) => hop.identitiesOnly !== true || rank(key) < named.length);
  const onlyOpenSsh = [
    ...files.flatMap((file) => file.onlyOpenSsh),
    ...allowed
      .filter(({ type }) => isCertificate(type) || isOnToken(type))
      .map(({ type }) => `a key of the agent (${type})`),
  ];
  const inAgent = allowed
    .sort((a, b) => rank(a) - rank(b))
    .flatMap(({ blob }): UsableKey[] => {
      const key = parseOne(blob);
      return key instanceof Error || hop.agent === undefined
        ? []
        : [{ in: 'agent', key, blob: blob.toString('base64'), agent: hop.agent }];
    });
  const inFiles = files.flatMap(({ key, blob }): UsableKey[] =>
    key && blob !== undefined ? [{ in: 'file', key, blob }] : [],
  );
  const seen = new Set<string>();
  const usable = (hop.defaultKeys === true ? [...inAgent, ...inFiles] : [...inFiles, ...inAgent]).filter(({ blob }) => {
    if (seen.has(blob)) return false;
    seen.add(blob);
    return true;
  });
  const locked = files.flatMap((file) => (file.locked && !seen.has(file.locked.blob ?? '') ? [file.locked] : []));
  return { usable, locked, agentFault, onlyOpenSsh };
}

/** Asks for the passphrase of a key; undefined when it was not given or stayed wrong. */
export async function unlockKey(
  { file, bytes }: LockedKey,
  secrets: WaySecrets,
  ask: (question: WayQuestion, wrong: boolean) => Promise<string | undefined>,
): Promise<ParsedKey | undefined> {
  const question: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: file };
  for (let answers = 0; answers < MOST_ANSWERS; answers++) {
    const passphrase = await ask(question, answers > 0);
    if (passphrase === undefined) return undefined;
    const parsed = parseOne(bytes, passphrase);
    secrets.told(question, !(parsed instanceof Error));
    if (!(parsed instanceof Error)) return parsed;
  }
  return undefined;
}
