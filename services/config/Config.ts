import { open } from 'node:fs/promises';
import { decodeText } from '../../core/model/decodeText.ts';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import { CONFIG_KEYS, type ConfigKey, type ConfigValues } from './configKeys.ts';

/** What the Config file says, defaults filled in. */
export type Config = ConfigValues;

const LARGEST_FILE_BYTES = 1024 * 1024;
const LONGEST_LINE = 4096;

type Name = keyof ConfigValues;
const NAMES = Object.keys(CONFIG_KEYS) as Name[];

function fault(file: string, line: number, message: string): PutError {
  return new PutError('config-invalid', `${file}, line ${line}: ${message}`, { file, line });
}

/** The defaults: what an empty Config file means. */
export function defaultConfig(): Config {
  return Object.fromEntries(NAMES.map((name) => [name, CONFIG_KEYS[name].defaultValue])) as Config;
}

/**
 * Reads the text of a Config file: `KEY=VALUE` lines; blank lines and lines that begin with # are skipped; spaces around key
 * and value do not count. Throws `config-invalid` naming file and line.
 */
export function parseConfig(text: string, file: string): Config {
  const values: Partial<Record<Name, unknown>> = {};
  const lineOf = new Map<Name, number>();
  for (const [i, raw] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    const line = i + 1;
    if (raw.length > LONGEST_LINE) throw fault(file, line, `${raw.length} signs; at most ${LONGEST_LINE} are read`);
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const equals = trimmed.indexOf('=');
    if (equals < 0) throw fault(file, line, `KEY=VALUE is needed, found "${shorten(trimmed)}"`);
    const key = trimmed.slice(0, equals).trim();
    const value = trimmed.slice(equals + 1).trim();
    const name = NAMES.find((known) => CONFIG_KEYS[known].key === key);
    if (name === undefined) throw fault(file, line, unknownKey(key));
    const earlier = lineOf.get(name);
    if (earlier !== undefined) throw fault(file, line, `${key} stands in line ${earlier} already`);
    if (value === '') throw fault(file, line, `${key} has no value; leave the line out for the default`);
    const definition: ConfigKey<unknown> = CONFIG_KEYS[name];
    const parsed = definition.parse(value);
    if (typeof parsed === 'string') throw fault(file, line, `${key}=${shorten(value)}: ${parsed}`);
    values[name] = parsed.value;
    lineOf.set(name, line);
  }
  const config: Config = { ...defaultConfig(), ...(values as Partial<Config>) };
  const clash = findClash(config);
  if (clash) throw fault(file, Math.max(1, ...clash.names.map((name) => lineOf.get(name) ?? 0)), clash.message);
  return config;
}

/** Reads a Config file. Throws `config-unreadable`, `config-invalid`. */
export async function readConfig(file: string): Promise<Config> {
  let text: string;
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      if (size > LARGEST_FILE_BYTES) throw fault(file, 1, `${size} bytes; this is not a Config file`);
      const decoded = decodeText(await handle.readFile());
      if ('problem' in decoded) throw fault(file, 1, decoded.problem);
      text = decoded.text;
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof PutError) throw error;
    throw new PutError('config-unreadable', `${file}: ${reportOf(error).message}`, { file }, { cause: error });
  }
  return parseConfig(text, file);
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}...` : text);

function unknownKey(key: string): string {
  const nearest = nearestKey(key);
  return `there is no key "${shorten(key)}"${nearest === undefined ? '' : `; is ${nearest} meant?`}`;
}

/** The key that is at most two slips of the pen away. */
export function nearestKey(key: string): string | undefined {
  if (key.length > 40) return undefined;
  const upper = key.toUpperCase().replace(/[_\s-]/g, '');
  const ranked = NAMES.map((name) => ({
    name: CONFIG_KEYS[name].key,
    slips: slipsBetween(upper, CONFIG_KEYS[name].key),
  }));
  const best = ranked.sort((a, b) => a.slips - b.slips)[0];
  return best !== undefined && best.slips <= 2 ? best.name : undefined;
}

/** Signs to add, drop or change to come from one word to the other (Levenshtein). */
function slipsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Values that do not fit together, and the keys of the lines to look at. */
function findClash(config: Config): { readonly names: readonly Name[]; readonly message: string } | undefined {
  const { ccPort, ccPortCount, tlsCert, tlsKey } = config;
  const lastOfRange = ccPort + ccPortCount - 1;
  if (lastOfRange > 65_535) {
    return { names: ['ccPort', 'ccPortCount'], message: `the ports from ${ccPort} to ${lastOfRange} end beyond 65535` };
  }
  const singles = ['servicePort', 'chatPort', 'sslPort'] as const;
  for (const [i, name] of singles.entries()) {
    const value = config[name];
    const { key } = CONFIG_KEYS[name];
    if (value >= ccPort && value <= lastOfRange) {
      const message = `${key}=${value} lies in the range of portmgmt, ${ccPort} to ${lastOfRange}`;
      return { names: [name, 'ccPort', 'ccPortCount'], message };
    }
    const same = singles.slice(0, i).find((other) => config[other] === value);
    if (same) return { names: [name, same], message: `${key} and ${CONFIG_KEYS[same].key} are both ${value}` };
  }
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    return { names: ['tlsCert', 'tlsKey'], message: 'TLSCERT and TLSKEY belong together; one of them is missing' };
  }
  return undefined;
}

/** The Config with other ports, 0 included, for tests and for a practice system beside another one. */
export function withPorts(
  config: Config,
  ports: Partial<Pick<Config, 'ccPort' | 'ccPortCount' | 'servicePort' | 'chatPort' | 'sslPort'>>,
): Config {
  return { ...config, ...ports };
}
