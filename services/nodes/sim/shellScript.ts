import type { NodeEntry } from '../../../core/model/node.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import type { CommandScript } from './CommandScript.ts';
import { bootOf, PRACTICE_ARCH, PRACTICE_KERNEL, PRACTICE_OS, PRACTICE_SERVICE } from './practiceInventory.ts';
import { withPracticeOs } from './practiceOs.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { shellCommands } from './shellCommands.ts';

/** Where a command runs. */
export interface CommandPlace {
  readonly entry: NodeEntry;
  readonly state: PracticeNodeState;
  /** When the practice system was opened, and when the command begins; the master's clock. */
  readonly startedAtMs: number;
  readonly nowMs: number;
}

/** Exit code of a shell for a command that is not there. */
export const NOT_FOUND = 127;
/** Longest sleep, in seconds; more is the same to everybody. */
const MOST_SLEEP_S = 100_000;

/** What a short command prints and how it ends. */
interface Said {
  readonly lines: readonly string[];
  readonly code: number;
  /** Ends the script. */
  readonly ends?: true;
}

const said = (...lines: string[]): Said => ({ lines, code: 0 });
const ended = (code: number): Said => ({ lines: [], code });

/**
 * What `sh -c TEXT` does on a practice node: short commands joined by `;`, `&&` and line ends. What such a node cannot do is told as a shell tells of a
 * command that is not there, never passed over.
 */
export function writeShell(script: CommandScript, text: string, place: CommandPlace): void {
  const commands = shellCommands(text);
  if (!commands) {
    script.log('sh: syntax error: a quote does not close');
    return script.exit(2);
  }
  if (script.meets('fail', 'pre-script', 'post-script', 'disk-full')) {
    script.log('sh: input/output error');
    return script.exit(1);
  }
  let code = 0;
  let isFirst = true;
  for (const { words, before, after } of commands) {
    if (words.length === 0) continue;
    if (before === '&&' && code !== 0) continue;
    const foreign = [before, after].find((operator) => !['&&', ';', '\n'].includes(operator));
    const { lines, code: now, ends } = foreign === undefined ? run(script, words, place) : unknown(foreign);
    if (lines.length > 0) script.log(...lines);
    code = now;
    // A script that uses what is not there stops at it: the rest would be guessed.
    if (ends) break;
    if (isFirst) script.middle();
    isFirst = false;
  }
  script.exit(code);
}

/** `rpm -q NAME...` and `rpm -qa`, as words. */
export function queryPackages(words: readonly string[], { state }: CommandPlace): Said | undefined {
  const [option, ...names] = words;
  const installed = withPracticeOs(state.packages);
  if (option === '-qa' && names.length === 0) return said(...installed.map((one) => formatNevra(one)));
  if (option !== '-q' || names.length === 0 || names.some((name) => name.startsWith('-'))) return undefined;
  const found = names.map((name) => installed.filter((one) => one.name === name).map((one) => formatNevra(one)));
  const lines = found.flatMap((builds, i) =>
    builds.length > 0 ? builds : [`package ${names[i] ?? ''} is not installed`],
  );
  return { lines, code: found.filter((builds) => builds.length === 0).length };
}

/** `systemctl is-active NAME`. */
export function serviceState(name: string | undefined, { state }: CommandPlace): Said {
  if (name === PRACTICE_SERVICE && state.service === 'up') return said('active');
  return { lines: ['inactive'], code: 3 };
}

function unknown(what: string): Said {
  return { lines: [`sh: ${what}: practice nodes have no such command`], code: NOT_FOUND, ends: true };
}

function run(script: CommandScript, quoted: readonly string[], place: CommandPlace): Said {
  const words = quoted.map(plainWord);
  const strange = words.indexOf(undefined);
  if (strange >= 0) return unknown(quoted[strange] ?? '');
  const [program = '', ...rest] = words as string[];
  const { entry, state } = place;
  const atMs = place.nowMs + script.elapsedMs;
  const { id, uptimeSeconds } = bootOf(entry, state, place.startedAtMs, atMs);
  const number = Number(rest[0] ?? '0');
  const isNumber = rest.length <= 1 && /^\d{1,6}$/.test(rest[0] ?? '0');
  switch (program) {
    case 'true':
    case ':':
      return ended(0);
    case 'false':
      return ended(1);
    case 'echo':
      return said(rest.join(' '));
    case 'exit':
      return isNumber ? { ...ended(number % 256), ends: true } : unknown(quoted.join(' '));
    case 'sleep':
      if (!isNumber || rest.length === 0) return unknown(quoted.join(' '));
      script.pass(Math.min(number, MOST_SLEEP_S) * 1000);
      return ended(0);
    case 'hostname':
      return rest.length === 0 ? said(entry.nodeId) : unknown(quoted.join(' '));
    case 'uname':
      return rest.length <= 1
        ? uname(rest[0] ?? '-s', entry, state.kernel ?? PRACTICE_KERNEL)
        : unknown(quoted.join(' '));
    case 'uptime':
      return said(
        `up ${Math.floor(uptimeSeconds / 86_400)} days, ${Math.floor((uptimeSeconds % 86_400) / 3600)} hours`,
      );
    case 'date': {
      const nodeMs = atMs + (state.clockOffsetMs ?? 0);
      if (rest[0] === '+%s') return said(String(Math.floor(nodeMs / 1000)));
      return rest.length === 0 ? said(new Date(nodeMs).toUTCString()) : unknown(quoted.join(' '));
    }
    case 'cat':
      return concatenate(rest, {
        '/etc/hostname': entry.nodeId,
        '/etc/os-release': `NAME="SLES"\nVERSION="15-SP4"\nPRETTY_NAME="${PRACTICE_OS}"`,
        '/proc/sys/kernel/random/boot_id': id,
        '/proc/uptime': `${uptimeSeconds}.00 ${uptimeSeconds}.00`,
      });
    case 'rpm':
      return queryPackages(rest, place) ?? unknown(quoted.join(' '));
    case 'systemctl':
      return rest[0] === 'is-active' && rest.length === 2 ? serviceState(rest[1], place) : unknown(quoted.join(' '));
    default:
      return unknown(program);
  }
}

function uname(option: string, { nodeId }: NodeEntry, kernel: string): Said {
  const parts: Readonly<Record<string, string>> = {
    ...{ '-s': 'Linux', '-n': nodeId, '-r': kernel, '-m': PRACTICE_ARCH },
    '-a': `Linux ${nodeId} ${kernel} ${PRACTICE_ARCH} GNU/Linux`,
  };
  const found = parts[option];
  return found === undefined ? unknown(`uname ${option}`) : said(found);
}

function concatenate(paths: readonly string[], files: Readonly<Record<string, string>>): Said {
  if (paths.length === 0) return unknown('cat without a file');
  const lines: string[] = [];
  let code = 0;
  for (const path of paths) {
    const text = Object.hasOwn(files, path) ? files[path] : undefined;
    lines.push(text ?? `cat: ${path}: No such file or directory`);
    if (text === undefined) code = 1;
  }
  return { lines, code };
}

/** A word without its quotes; undefined where a shell would put something else in its place, or write to a file. */
function plainWord(word: string): string | undefined {
  let plain = '';
  for (let at = 0; at < word.length; at++) {
    const sign = word[at] as string;
    if (sign === "'") {
      const end = word.indexOf("'", at + 1);
      plain += word.slice(at + 1, end);
      at = end;
    } else if (sign === '"') {
      const end = word.indexOf('"', at + 1);
      const inner = word.slice(at + 1, end);
      if (/[$`\\]/.test(inner)) return undefined;
      plain += inner;
      at = end;
    } else if (sign === '\\' || /[$`*?[\]{}<>~]/.test(sign)) {
      return undefined;
    } else plain += sign;
  }
  return plain;
}
