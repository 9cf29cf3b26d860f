import { InvalidArgumentError, Option, type Command } from 'commander';
import { shellWord } from '../core/model/shellWords.ts';
import { MOST_DURATION_MS, parseDurationMs } from '../core/model/duration.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import { EXIT } from './exitCodes.ts';
import { OUTPUT_FORMS, type Listing, type OutputForm } from './output/forms.ts';
import { parsePathOrder, parsePort, splitList, type TargetOptions } from './target.ts';
import { withSecretFiles, withWays } from './wayOptions.ts';

/** Turns a parser that throws `usage` into one that commander tells of with the option's name. */
export function parsedBy<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(reportOf(error).message);
    }
  };
}

/** A whole number in a range, from the command line. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return parsedBy((text) => {
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < least || value > most) {
      throw new PutError('usage', `${text} is not a whole number from ${least} to ${most}`);
    }
    return value;
  });
}

/** A list joined by commas with at least one part. */
export const list = parsedBy((text: string): string[] => {
  const parts = splitList(text);
  if (parts.length === 0) throw new PutError('usage', 'the list is empty; join names by commas');
  return parts;
});

const TARGET_GROUP = 'Target system:';
const OUTPUT_GROUP = 'Output:';
const WAYS_GROUP = 'Ways:';
const SECRETS_GROUP = 'Secrets of the ways:';

const duration = parsedBy((text: string): number => {
  const durationMs = /^\d+$/.test(text) ? Number(text) * 1000 : parseDurationMs(text);
  if (durationMs !== undefined && durationMs > 0 && durationMs <= MOST_DURATION_MS) return durationMs;
  throw new PutError('usage', `${text} is not a time such as 90s, 10min or 2h`);
});

/** The options that every command has: the form of its output, how much it says, how long it may take. */
export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly output?: OutputForm | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  /** In ms. */
  readonly timeout?: number | undefined;
  readonly detailedExitcode?: boolean | undefined;
}

export interface CommonOptions extends TargetOptions, OutputOptions {}

/** Groups of options that a command has beside its own. */
const sharedGroups = new WeakMap<Command, readonly string[]>();
const listings = new WeakMap<Command, Listing>();
const ownTables = new WeakSet<Command>();

/** Whether an option is one that a command has as every other one has it; its help leaves those out. */
export function isShared(command: Command, option: Option): boolean {
  return sharedGroups.get(command)?.includes(option.helpGroupHeading ?? '') === true;
}

/** Names the list of a command's document, for `-o name` and `-o csv`. */
export function withListing(command: Command, listing: Listing): Command {
  listings.set(command, listing);
  return command;
}

/** Adds `--csv` to a command that makes a table of its own of what it reads; `-o csv` means the same. */
export function withOwnCsv(command: Command, help: string): Command {
  ownTables.add(command);
  return command.option('--csv', help);
}

export const hasOwnCsv = (command: Command): boolean => ownTables.has(command);

/** Whether such a table is wanted. */
export const wantsCsv = ({ csv, output, json }: OutputOptions & { readonly csv?: boolean | undefined }): boolean =>
  (csv === true && json !== true) || output === 'csv';

export const listingOf = (command: Command): Listing | undefined => listings.get(command);

/** Commands that a person may have meant by words that a command does not take, as they are typed behind `putctl`; `words` are quoted for a shell, `raw` not. */
type MeantBy = (words: readonly string[], raw: readonly string[]) => readonly string[];
const meantBy = new WeakMap<Command, MeantBy>();

/** Says what a person may have meant who gives a command more words than it takes. */
export function withMeant(command: Command, meant: MeantBy): Command {
  meantBy.set(command, meant);
  return command;
}

export const meantByExcess = (command: Command, words: readonly string[]): readonly string[] =>
  meantBy.get(command)?.(words.map(shellWord), words) ?? [];

/** Adds `--detailed-exitcode` to a command that answers `EXIT.nothingToDo`. */
export function withDetailedExit(command: Command): Command {
  return command.option('--detailed-exitcode', `exit code ${EXIT.nothingToDo} where nothing was to do`);
}

/** Adds what every command has for its output. */
export function withJson(command: Command): Command {
  sharedGroups.set(command, [OUTPUT_GROUP]);
  return command
    .optionsGroup(OUTPUT_GROUP)
    .option('--json', 'one JSON document on the standard output instead of text; the same as -o json')
    .addOption(
      new Option('-o, --output <form>', 'form of the result: name and csv for commands that list').choices(
        OUTPUT_FORMS,
      ),
    )
    .option('-q, --quiet', 'results and errors alone: no hints, no progress')
    .option('-v, --verbose', 'what is done and how long it took, on the error output')
    .option('--timeout <time>', `give up after this time (90s, 10min, 2h): exit code ${EXIT.timeout}`, duration)
    .optionsGroup('Options:');
}

/** What `--path` takes. */
export const PATH_HELP = 'ways to try in this order: single-port,hand-off,websocket,ssh,direct';

/** Adds the options that say which target system, by which ways, and who. */
export function withTarget(command: Command): Command {
  withJson(command)
    .optionsGroup(TARGET_GROUP)
    .option('-s, --system <name>', 'a saved system (see `putctl systems`); also PUT_SYSTEM')
    .option('--practice', 'the practice system of this machine, as its user')
    .option('--host <host>', 'a system that is not saved, by name or address of its master node')
    .addOption(
      new Option('--cc-port <port>', 'CCPORT, where negotiation listens (default 9000)').argParser(
        parsedBy((text) => parsePort(text, '--cc-port')),
      ),
    )
    .addOption(
      new Option('--ssl-port <port>', 'SSLPORT, for the way by WebSocket (default 8443)').argParser(
        parsedBy((text) => parsePort(text, '--ssl-port')),
      ),
    )
    .addOption(
      new Option('--service-port <port>', 'SERVICEPORT, for the way direct (default 8992)').argParser(
        parsedBy((text) => parsePort(text, '--service-port')),
      ),
    )
    .addOption(
      new Option('--chat-port <port>', 'CHATPORT, for the way direct (default 11111)').argParser(
        parsedBy((text) => parsePort(text, '--chat-port')),
      ),
    )
    .option('--path <ways>', PATH_HELP, parsedBy(parsePathOrder))
    .option('--fingerprint <F>', 'with --host: the certificate that may be shown')
    .option('--accept-fingerprint <F>', 'accept this certificate of a saved system and remember it')
    .option('-u, --user <name>', 'user; also PUT_USER')
    .option(
      '--password-file <file>',
      'file whose first line is the password, - for the standard input; also PUT_PASSWORD; else it is asked for',
    )
    .optionsGroup('Options:');
  withSecretFiles(withWays(command));
  sharedGroups.set(command, [OUTPUT_GROUP, TARGET_GROUP, WAYS_GROUP, SECRETS_GROUP]);
  return command;
}
