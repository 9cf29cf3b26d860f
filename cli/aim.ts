import { shellWord } from '../core/model/shellWords.ts';
import type { TargetOptions } from './target.ts';

/** Options of a command line that say which system and who, in the order in which they are told. */
const AIMING = [
  ['system', '-s'],
  ['host', '--host'],
  ['ccPort', '--cc-port'],
  ['sslPort', '--ssl-port'],
  ['servicePort', '--service-port'],
  ['chatPort', '--chat-port'],
  ['fingerprint', '--fingerprint'],
  ['user', '-u'],
] as const;

/**
 * What a command that is told as the next one needs behind it so that it goes to the same system as the same user: ` -s lab`,
 * ` --practice`; '' where no option said it, since the next command then finds the system as this one did.
 */
export function aimOf(options: Partial<TargetOptions>): string {
  const words = AIMING.flatMap(([option, flag]) => {
    const value = options[option];
    return value === undefined ? [] : [flag, shellWord(String(value))];
  });
  return [...(options.practice === true ? ['--practice'] : []), ...words].map((word) => ` ${word}`).join('');
}

/** Commands as they are told (`putctl retry 3   tries the failed nodes again`), with that behind each. */
export const aimed = (commands: readonly string[], aim: string): string[] =>
  commands.map((line) => {
    if (!line.startsWith('putctl ')) return line;
    const end = line.indexOf('   ');
    return end === -1 ? line + aim : line.slice(0, end) + aim + line.slice(end);
  });
