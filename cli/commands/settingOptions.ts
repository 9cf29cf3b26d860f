import { Option, type Command } from 'commander';
import { isInstantFault, parseInstant } from '../../core/model/instant.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { list } from '../launch.ts';

/** Settings of a job as options of a command. */
export interface SettingOptions {
  readonly nodesAtOnce?: string | undefined;
  readonly stopAt?: string | undefined;
  readonly waves?: string | undefined;
  readonly canary?: string[] | undefined;
  readonly stopBefore?: string[] | undefined;
  readonly gateCommand?: string | undefined;
  readonly gateService?: string | undefined;
  readonly gatePort?: string | undefined;
  readonly gateWait?: string | undefined;
  readonly confirmWithin?: string | undefined;
  readonly oldFiles?: string | undefined;
  readonly notBefore?: string | undefined;
  readonly notAfter?: string | undefined;
}

/** One number of nodes, or names. */
function canaryOf(canary: readonly string[]): number | readonly string[] {
  const [first = ''] = canary;
  return canary.length === 1 && /^\d+$/.test(first) ? Number(first) : canary;
}

function waveNumber(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new PutError('usage', `--stop-before ${text}: waves are numbers, such as 2`);
}

/** The waves that the options say over those of a plan file; undefined where they say nothing of waves. */
function wavesOf(before: unknown, { waves, canary, stopBefore }: SettingOptions): object | undefined {
  if (waves === undefined && canary === undefined && stopBefore === undefined) return undefined;
  return {
    ...(typeof before === 'object' ? before : before === undefined ? {} : { by: before }),
    ...(waves === undefined ? {} : { by: waves }),
    ...(canary === undefined ? {} : { canary: canaryOf(canary) }),
    ...(stopBefore === undefined ? {} : { stopBefore: stopBefore.map(waveNumber) }),
  };
}

/** An instant in UTC; a time without a zone is one of this machine's. */
/** A time that an option names, with its zone, else that of this machine. @throws PutError usage */
export function instant(option: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const read = parseInstant(text, timeZone);
  if (isInstantFault(read)) throw new PutError('usage', `${option} ${text}: ${read.message}`);
  return read;
}

/** Settings of a job: those of the plan file, and over them those of the command line. */
export function settingsOf(
  planned: Readonly<Record<string, unknown>> | undefined,
  options: SettingOptions,
): Record<string, unknown> {
  const { nodesAtOnce, stopAt, gateCommand, gateService, gatePort, gateWait, confirmWithin, oldFiles } = options;
  const said = {
    ...{ nodesAtOnce, stopAt, gateCommand, gateService, gatePort, gateWait, confirmWithin, oldFiles },
    waves: wavesOf(planned?.['waves'], options),
    notBefore: instant('--not-before', options.notBefore),
    notAfter: instant('--not-after', options.notAfter),
  };
  return { ...planned, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

/** Adds the options of waves to a command. */
export function withWaves(command: Command): Command {
  return command
    .option('--waves <groups>', 'work on the nodes in groups: system, type, clique, so many (10) or a share ("25 %")')
    .option('--canary <n|names>', 'so many nodes, or these, go first, in a wave of their own', list)
    .option('--stop-before <waves>', 'wait for a person before these waves, such as 2 or 2,3', list);
}

/** Adds the options of the time in which a job may begin to a command. */
export function withRunWindow(command: Command): Command {
  return command
    .option(
      '--not-before <time>',
      'change nothing before: 2026-11-27T01:00 (here), with Z, +01:00 or "2026-11-27T01:00 Europe/Berlin"',
    )
    .option('--not-after <time>', 'begin no wave after this time, and ask a person instead');
}

/** Adds the options of all settings to a command. */
export function withSettings(command: Command): Command {
  const limited = command
    .option('--nodes-at-once <n>', 'nodes that are worked on at the same time (default: NODESATONCE of the master)')
    .option(
      '--stop-at <limit>',
      'begin no further node at so many failed and unreachable ones: 3, "10 %", or "job 10 %, wave 2"',
    );
  return withRunWindow(withWaves(limited))
    .addOption(
      new Option('--gate-command <command>', 'has to end with 0 on each node of a wave before the next one begins'),
    )
    .option('--gate-service <name>', 'has to be active on each node of a wave before the next one begins')
    .option('--gate-port <port>', 'something has to listen there on each node of a wave before the next one begins')
    .option('--gate-wait <time>', 'how long a wave runs before the next one begins, such as 10 min')
    .option(
      '--confirm-within <time>',
      'dead-man: a node goes back by itself unless it is confirmed in this time, such as 2 h',
    )
    .addOption(
      new Option(
        '--old-files <policy>',
        'packages in the spool area that the job does not need: kept, or removed before Spooling (default: keep)',
      ).choices(['keep', 'remove']),
    );
}
