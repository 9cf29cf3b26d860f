import type { Command, Option } from 'commander';

/** A text as roff: no sign of it is a command. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

export const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];

export function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

/** Options as entries of a list; hidden ones are left out. */
export function optionsOf(options: readonly Option[]): string[] {
  return options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ flags, description, defaultValue }) => {
      const told: unknown = defaultValue;
      const shown = typeof told === 'string' || typeof told === 'number' ? ` Default: ${told}.` : '';
      return ['.TP', `.B ${roff(flags)}`, roff(`${description}.${shown}`)];
    });
}
