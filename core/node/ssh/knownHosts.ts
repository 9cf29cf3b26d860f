import { createHmac, timingSafeEqual } from 'node:crypto';

/** What known_hosts says of a host's key. `changed`: another key of the same type is known for it, in base64, but not this one. */
export type KnownHostVerdict =
  { readonly kind: 'known' | 'unknown' | 'revoked' } | { readonly kind: 'changed'; readonly knownKey: string };

interface KnownHostLine {
  readonly marker: string;
  readonly hosts: string;
  readonly keyType: string;
  readonly key: string;
}

/** Files larger than this are read up to here only. */
const MOST_LINES = 100_000;

function parseLine(line: string): KnownHostLine | undefined {
  const fields = line.trim().split(/\s+/);
  if (fields[0] === undefined || fields[0] === '' || fields[0].startsWith('#')) return undefined;
  const marker = fields[0].startsWith('@') ? (fields.shift() ?? '') : '';
  const [hosts, keyType, key] = fields;
  return hosts !== undefined && keyType !== undefined && key !== undefined
    ? { marker, hosts, keyType, key }
    : undefined;
}

/** `|1|salt|hash`: the name under HMAC-SHA-1, as ssh-keygen -H writes it. */
function fitsHashed(pattern: string, name: string): boolean {
  const [, , salt, hash] = pattern.split('|');
  if (salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, 'base64');
  const actual = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function fitsPattern(pattern: string, name: string): boolean {
  const regex = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${regex}$`, 'i').test(name);
}

function fitsHosts(hosts: string, names: readonly string[]): boolean {
  if (hosts.startsWith('|1|')) return names.some((name) => fitsHashed(hosts, name));
  let fits = false;
  for (const pattern of hosts.split(',').slice(0, 100)) {
    const negated = pattern.startsWith('!');
    if (!names.some((name) => fitsPattern(negated ? pattern.slice(1) : pattern, name))) continue;
    if (negated) return false;
    fits = true;
  }
  return fits;
}

/** A name as known_hosts has it: with the port where that is not 22. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

function* linesOf(text: string, names: readonly string[]): Generator<KnownHostLine> {
  for (const raw of text.split('\n').slice(0, MOST_LINES)) {
    const line = parseLine(raw);
    if (line && fitsHosts(line.hosts, names)) yield line;
  }
}

/**
 * Looks a host's key up in the text of known_hosts files (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). Hashed names, patterns,
 * `[host]:port` and @revoked are understood; for certificate authorities see `hasHostAuthority`.
 */
export function checkKnownHosts(
  text: string,
  names: readonly string[],
  keyType: string,
  keyBase64: string,
): KnownHostVerdict {
  let verdict: KnownHostVerdict = { kind: 'unknown' };
  for (const line of linesOf(text, names)) {
    if (line.marker === '@cert-authority') continue;
    const same = line.key === keyBase64;
    if (line.marker === '@revoked') {
      if (same) return { kind: 'revoked' };
      continue;
    }
    if (same) verdict = { kind: 'known' };
    else if (line.keyType === keyType && verdict.kind === 'unknown') verdict = { kind: 'changed', knownKey: line.key };
  }
  return verdict;
}

/** Types of the keys that are known for a host, in their order in the file. */
export function knownKeyTypes(text: string, names: readonly string[]): string[] {
  const types = [...linesOf(text, names)].flatMap(({ marker, keyType }) => (marker === '' ? [keyType] : []));
  return [...new Set(types)];
}

/** Whether certificates of an authority vouch for the host (`@cert-authority`). */
export function hasHostAuthority(text: string, names: readonly string[]): boolean {
  for (const { marker } of linesOf(text, names)) if (marker === '@cert-authority') return true;
  return false;
}
