import type { Command } from 'commander';
import { shellWord } from '../core/model/shellWords.ts';
import { aimingOptions } from './commonOptions.ts';
import type { TargetOptions } from './target.ts';

/**
 * What a command that is told as the next one needs behind it so that it goes to the same system, by the same ways, as the same user: ` -s lab`,
 * ` --practice`; '' where no option of `command` said it, since the next command then finds the system as this one did.
 */
export function aimOf(options: Partial<TargetOptions>, command: Command | undefined): string {
  const given: Readonly<Record<string, string | number | boolean | readonly string[] | undefined>> = { ...options };
  const words = (command ? aimingOptions(command) : []).flatMap((option) => {
    const value = given[option.attributeName()];
    const flag = option.short ?? option.long ?? '';
    if (value === undefined || value === false) return [];
    return value === true ? [flag] : [flag, shellWord(String(value))];
  });
  return words.map((word) => ` ${word}`).join('');
}

/** Commands as they are told (`putctl retry 3   tries the failed nodes again`), with that behind each. */
export const aimed = (commands: readonly string[], aim: string): string[] =>
  commands.map((line) => {
    if (!line.startsWith('putctl ')) return line;
    const end = line.indexOf('   ');
    return end === -1 ? line + aim : line.slice(0, end) + aim + line.slice(end);
  });
