import { PutError } from '../../core/protocol/errors.ts';

/** What `npm run bench` was asked for. */
export interface BenchCommand {
  readonly name: string | undefined;
  readonly json: boolean;
  readonly help: boolean;
  /** The benchmark's own options; one that stands alone is `true`. */
  readonly options: Readonly<Record<string, string | boolean>>;
}

const FLAGS: ReadonlySet<string> = new Set(['json', 'help']);

/**
 * Reads `NAME [--json] [--help] [--option VALUE | --option=VALUE | --option]`. Which options a benchmark has, it says itself.
 * Throws `usage` for a second name.
 */
export function readBenchCommand(args: readonly string[]): BenchCommand {
  const options: Record<string, string | boolean> = {};
  const flags = new Set<string>();
  let name: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    const option = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(word === '-h' ? '--help' : word);
    if (!option) {
      if (name !== undefined) throw new PutError('usage', `${name} or ${word}? One benchmark runs at a time`);
      name = word;
      continue;
    }
    const [, key = '', value] = option;
    const next = args[at + 1];
    if (FLAGS.has(key)) flags.add(key);
    else if (value !== undefined) options[key] = value;
    else if (next !== undefined && !next.startsWith('--')) {
      options[key] = next;
      at++;
    } else options[key] = true;
  }
  return { name, json: flags.has('json'), help: flags.has('help'), options };
}
