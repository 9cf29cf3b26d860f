import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import SSHConfig from 'ssh-config';
import { PutError, reportOf } from '../../protocol/errors.ts';

/** A host as it is named to ssh, with what the entry says in place of the configuration. */
export interface SshDestination {
  readonly host: string;
  readonly user?: string | undefined;
  readonly port?: number | undefined;
}

/** What the ssh configuration says of one host. */
export interface SshConfiguration {
  /** Values by keyword in lower case, as `ssh -G` prints them. */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** Keywords that stand in the file and could change the way, but are not understood without an ssh program. */
  readonly notUnderstood: readonly string[];
}

/** What of the machine decides; passed in so that tests need no home folder. */
export interface SshSurroundings {
  /** In place of the user's file and the system's; for tests. */
  readonly configFile?: string | undefined;
  /** The machine's own OpenSSH client; undefined: none is to be used. */
  readonly program: string | undefined;
  readonly home: string;
  readonly localUser: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `ssh -G` opens no connection; only a `Match exec` of the site can make it slow. */
const ANSWER_MS = 10_000;
const LARGEST_ANSWER_BYTES = 1024 * 1024;

/** Those of this machine. */
export function ownSurroundings(): SshSurroundings {
  return { program: 'ssh', home: homedir(), localUser: userInfo().username, env: process.env };
}

/** The lines of `ssh -G`: a keyword, a blank, the rest; a keyword may come several times. */
export function parseSshAnswer(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const match = /^([a-z0-9]+) (.*)$/i.exec(line);
    if (!match) continue;
    const keyword = (match[1] ?? '').toLowerCase();
    values.set(keyword, [...(values.get(keyword) ?? []), match[2] ?? '']);
  }
  return values;
}

/** Keywords that are taken from the file where there is no ssh; none of them has a condition of its own. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  ...['host', 'hostname', 'port', 'user', 'identityfile', 'identitiesonly', 'identityagent', 'proxyjump'],
  ...['proxycommand', 'userknownhostsfile', 'globalknownhostsfile', 'hostkeyalias'],
]);
/** Keywords that can change which host is reached, who is let in, or what is trusted. */
const MATTERS: ReadonlySet<string> = new Set([
  ...['include', 'match', 'certificatefile', 'pkcs11provider', 'securitykeyprovider', 'knownhostscommand'],
  ...['canonicalizehostname', 'canonicaldomains', 'proxyusefdpass', 'tag', 'bindaddress', 'bindinterface'],
]);

function textsOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/**
 * Reads a file by itself, for machines without ssh: `Host` sections with patterns, first value wins. Everything with a
 * condition (`Match`) or that leads to other files (`Include`) is left out and named. Throws `ssh-config-unusable`.
 */
export function readSshConfigText(text: string, host: string, path: string): SshConfiguration {
  let config: SSHConfig;
  try {
    config = SSHConfig.parse(text);
  } catch (error) {
    const reason = reportOf(error).message;
    throw new PutError('ssh-config-unusable', `${path}: ${reason}`, { path }, { cause: error });
  }
  const notUnderstood = new Set<string>();
  // The library would run commands for conditions and canonical names, inside the event loop.
  const leaveOut = (lines: SSHConfig): void => {
    for (let at = lines.length - 1; at >= 0; at--) {
      const line = lines[at];
      if (line === undefined || !('param' in line)) continue;
      if ('config' in line) leaveOut(line.config);
      if (!MATTERS.has(line.param.toLowerCase())) continue;
      notUnderstood.add(line.param);
      lines.splice(at, 1);
    }
  };
  leaveOut(config);
  const values = new Map<string, string[]>();
  for (const [keyword, value] of Object.entries(config.compute(host, { ignoreCase: true, matchExec: false }))) {
    if (UNDERSTOOD.has(keyword.toLowerCase())) values.set(keyword.toLowerCase(), textsOf(value));
  }
  return { values, notUnderstood: [...notUnderstood] };
}

function ask(program: string, args: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { signal, timeout: ANSWER_MS, maxBuffer: LARGEST_ANSWER_BYTES, windowsHide: true },
      (error, out, err) => {
        if (!error) return resolve(out);
        if (signal.aborted) return reject(new PutError('cancelled', 'reading the ssh configuration was given up'));
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(undefined);
        const said = err.trim().split(/\r?\n/).slice(-3).join('; ').slice(0, 500);
        const why = error.killed === true ? `no answer within ${ANSWER_MS / 1000} s` : said || error.message;
        reject(new PutError('ssh-config-unusable', `${program} -G: ${why}`, {}, { cause: error }));
      },
    );
  });
}

/** Whether the OpenSSH client is on this machine. */
export async function hasSshProgram(program: string, signal: AbortSignal): Promise<boolean> {
  return (await ask(program, ['-V'], signal).catch(() => undefined)) !== undefined;
}

/**
 * What the ssh configuration says of a host: the answer of `ssh -G`, which knows every keyword; where there is no ssh, the
 * user's file read here. Rejects with `ssh-config-unusable` or `cancelled`.
 */
export async function askSshConfiguration(
  { host, user, port }: SshDestination,
  surroundings: SshSurroundings,
  signal: AbortSignal,
): Promise<SshConfiguration> {
  const { program, configFile, home } = surroundings;
  if (host.startsWith('-')) throw new PutError('usage', `${host} is not a name of an SSH host`);
  if (program !== undefined) {
    const answer = await ask(
      program,
      [
        ...(configFile === undefined ? [] : ['-F', configFile]),
        ...(user === undefined ? [] : ['-l', user]),
        ...(port === undefined ? [] : ['-p', String(port)]),
        ...['-G', '--', host],
      ],
      signal,
    );
    if (answer !== undefined) return { values: parseSshAnswer(answer), notUnderstood: [] };
  }
  const path = configFile ?? join(home, '.ssh', 'config');
  return readSshConfigText(await readFile(path, 'utf8').catch(() => ''), host, path);
}
