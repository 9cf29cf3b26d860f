import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { formatDurationMs } from '../../core/model/duration.ts';
import { findOperation, OPERATIONS } from '../../core/model/operation.ts';
import { checkOperationFile, operationFaultLines, readOperationSpec } from '../../core/model/operationFile.ts';
import { stepsOf, type OperationSpec, type StepSpec } from '../../core/model/operationSpec.ts';
import type { SettingSpec } from '../../core/model/settingSpec.ts';
import { printableForeignLines } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { MOST_YAML_CHARACTERS } from '../../core/model/yamlTree.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { withJson, withListing, type Launcher, type LocalContext, type OutputOptions, withMeant } from '../launch.ts';
import { readNamedText } from '../namedText.ts';
import { formatPairs, formatTable } from '../output/table.ts';
import { plural } from '../output/words.ts';

/** A text of so many characters has at most so many bytes. */
const MOST_BYTES = MOST_YAML_CHARACTERS * 4;

const readFileText = (path: string): Promise<string> =>
  readNamedText(path, { mostBytes: MOST_BYTES, invalid: 'operation-invalid' });

/** Every fault of files, as compilers tell them; exit code 1 where there is one. */
export async function checkOperations({ output }: LocalContext, paths: readonly string[]): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  for (const path of paths) {
    const reading = checkOperationFile(await readFileText(path));
    if (reading.spec) {
      const { id, version, phases } = reading.spec;
      const steps = stepsOf(reading.spec).length;
      output.line({ path, valid: true, id, version, phases: phases.length, steps, faults: [] }, () =>
        printableForeignLines(
          `${path}: ${id}, version ${version}, ${plural(phases.length, 'phase')}, ${plural(steps, 'step')}`,
        ),
      );
    } else {
      exitCode = EXIT.failed;
      const { faults, more } = reading;
      output.line({ path, valid: false, faults, ...(more > 0 ? { more } : {}) }, () =>
        operationFaultLines(path, faults, more).map(printableForeignLines).join('\n'),
      );
    }
  }
  return exitCode;
}

/** What an operation does, step by step: one of those that are built in by its id, or the one of a file. */
export async function showOperation({ host, output }: LocalContext, named: string): Promise<ExitCode> {
  const spec =
    findOperation(named) ??
    readOperationSpec(
      await readFileText(named).catch((error: unknown) => {
        // A word without a dot or a slash is meant as the id of an operation.
        if (!/^[\w-]+$/.test(named) || existsSync(named)) throw error;
        const known = OPERATIONS.map(({ id }) => id).join(', ');
        throw new PutError('usage', `there is no operation ${named}, and no such file; there are ${known}`);
      }),
      named,
    );
  output.result(documentOf(spec), () => operationText(spec, host.terminal.columns));
  return EXIT.done;
}

export async function listOperations({ output }: LocalContext): Promise<ExitCode> {
  const operations = OPERATIONS.map(({ id, version, title, purpose }) => ({ id, version, title, purpose }));
  output.result({ operations }, () =>
    formatTable(
      [{ title: 'OPERATION' }, { title: 'VERSION', align: 'right' }, { title: 'WHAT IT DOES' }],
      operations.map(({ id, version, purpose }) => [id, String(version), purpose]),
    ),
  );
  return EXIT.done;
}

function documentOf({ id, version, title, purpose, settings, phases, rollback, exit }: OperationSpec): object {
  const stepOf = ({ id, title, use, when, policy: { deadlineMs, silenceMs, irreversible } }: StepSpec): object => ({
    ...{ id, title, use, when, deadlineMs, silenceMs, irreversible },
  });
  return {
    ...{ id, version, title, purpose, exit },
    settings: Object.entries(settings).map(([name, { type, help }]) => ({ name, type, help })),
    phases: phases.map((phase) => ({
      ...{ id: phase.id, title: phase.title, perWave: phase.perWave, steps: phase.steps.map(stepOf) },
    })),
    rollback: rollback.map(stepOf),
  };
}

function operationText(spec: OperationSpec, columns: number | undefined): string {
  const settings = Object.entries(spec.settings).map(
    ([name, setting]) => [name, `${setting.help} ${valueText(setting)}`] as const,
  );
  return [
    formatPairs([
      ['operation', `${spec.id}, version ${spec.version}`],
      ['title', spec.title],
      ['purpose', spec.purpose],
    ]),
    ...(settings.length === 0 ? [] : [`Settings\n${formatPairs(settings)}`]),
    ...spec.phases.map(({ title, perWave, steps }) =>
      [printableForeignLines(`${title}${perWave ? ' (wave by wave)' : ''}`), stepTable(steps, columns)].join('\n'),
    ),
    ...(spec.rollback.length === 0 ? [] : [`The way back\n${stepTable(spec.rollback, columns)}`]),
  ].join('\n\n');
}

function valueText(setting: SettingSpec): string {
  switch (setting.type) {
    case 'integer':
      return `(${setting.least} to ${setting.most}${setting.default === undefined ? '' : `; ${setting.default}`})`;
    case 'choice':
      return `(${setting.of.join(', ')}${setting.default === undefined ? '' : `; ${setting.default}`})`;
    case 'duration':
      return setting.default === undefined ? '(a time)' : `(a time; ${formatDurationMs(setting.default)})`;
    default:
      return `(${setting.type})`;
  }
}

function stepTable(steps: readonly StepSpec[], columns: number | undefined): string {
  return formatTable(
    [
      { title: 'STEP' },
      { title: 'KIND' },
      { title: 'DEADLINE', align: 'right' },
      { title: 'SILENCE', align: 'right' },
      { title: 'ONLY WHERE', shrinks: true },
      { title: 'WHAT IT DOES', shrinks: true },
    ],
    steps.map(({ id, use, when, help, policy: { deadlineMs, silenceMs } }) => [
      ...[id, use],
      deadlineMs === undefined ? '' : formatDurationMs(deadlineMs),
      silenceMs === undefined ? '' : formatDurationMs(silenceMs),
      ...[when ?? '', help],
    ]),
    { columns },
  );
}

export function defineOperation(program: Command, launch: Launcher): void {
  const operation = program.command('operation').description('the operations, and files that add one');
  const list = withMeant(operation.command('list', { isDefault: true }), ([id]) => [
    `operation show ${id}`,
  ]).description('the operations that are built in');
  withListing(withJson(list), { of: 'operations', name: 'id' }).action((options: OutputOptions) =>
    launch.local(options, listOperations),
  );
  withJson(operation.command('show'))
    .description('what an operation does, step by step')
    .argument('<id|file>', 'one that is built in, or a file (YAML or JSON)')
    .action((named: string, options: OutputOptions) =>
      launch.local(options, (context) => showOperation(context, named)),
    );
  withJson(operation.command('check'))
    .description('read files that add an operation, and tell all that is wrong by its line; needs no target')
    .argument('<file...>', 'YAML or JSON')
    .action((paths: string[], options: OutputOptions) =>
      launch.local(options, (context) => checkOperations(context, paths)),
    );
  operation.addHelpText(
    'after',
    `
Examples:
  putctl operation show install-upgrade-software     its phases, steps, deadlines and settings
  putctl operation check disks.yaml                  exit code 1 where something is wrong`,
  );
}
