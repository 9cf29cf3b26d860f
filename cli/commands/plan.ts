import { shellWord } from '../../core/model/shellWords.ts';
import { Option, type Command } from 'commander';
import type { NodeRow, NodeType } from '../../core/model/node.ts';
import { NODE_TYPES_HELP } from '../../core/model/nodeTypeWords.ts';
import { DEFAULT_OPERATION, findOperation } from '../../core/model/operation.ts';
import { foldProblems } from '../../core/model/selectionFolding.ts';
import { someOf } from '../../core/model/selectionRules.ts';
import { printable } from '../../core/model/strangerText.ts';
import { foldNames, unfoldNames } from '../../core/model/nodeNames.ts';
import { bindPlan } from '../../core/model/planBinding.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import {
  list,
  withDetailedExit,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { checkPlan, formatPlan, planDigest, type PlanFile } from '../planFile.ts';
import { canPreview, previewPlan, type PlanPreview } from '../planPreview.ts';
import { changesSomething, planText } from '../planText.ts';
import { NODES_HELP } from '../nodeSelection.ts';
import { FAILED_HELP, forbidTwo, nodeTypes, selectedNodes } from '../nodeSelectors.ts';
import { WARNING_HELP, warningNames } from '../warningNames.ts';
import { writeResultFile } from '../resultFile.ts';
import { pickNodes, readNodesInOrder, readPackages } from './nodes.ts';
import { readLibrary } from './packages.ts';
import { settingsOf, withSettings, type SettingOptions } from './settingOptions.ts';

interface PlanOptions extends CommonOptions, SettingOptions {
  readonly operation?: string;
  readonly release?: string;
  readonly certList?: string;
  readonly packages?: string[];
  readonly nodes?: string[];
  readonly type?: NodeType[];
  readonly mode?: 'typical' | 'custom';
  readonly spool?: string;
  readonly acceptWarning?: string[];
  readonly all?: boolean;
  readonly failed?: boolean;
  readonly out?: string;
  readonly each?: boolean;
}

function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** The plan file that the options ask for. Checked as a file would be, so that what is written can be read back. */
export function planOfOptions(
  options: Pick<
    PlanOptions,
    | 'operation'
    | 'release'
    | 'certList'
    | 'packages'
    | 'nodes'
    | 'type'
    | 'mode'
    | 'spool'
    | 'acceptWarning'
    | keyof SettingOptions
  >,
): PlanFile {
  const settings = settingsOf(undefined, options);
  const given = without({
    version: 1,
    operation: options.operation ?? DEFAULT_OPERATION.id,
    mode: options.mode,
    nodes: options.nodes,
    nodeTypes: options.type,
    certList:
      options.certList ??
      (options.release !== undefined && /\.certlist$/i.test(options.release) ? options.release : undefined),
    release: options.release !== undefined && !/\.certlist$/i.test(options.release) ? options.release : undefined,
    packages: options.packages,
    spoolArea: options.spool,
    acceptWarnings: options.acceptWarning,
    settings: Object.keys(settings).length > 0 ? settings : undefined,
  });
  return checkPlan(given, 'the options');
}

function previewText(preview: PlanPreview, context: SessionContext, options: Pick<PlanOptions, 'each'>): string {
  const problems = foldProblems(preview.problems).flatMap(({ message, code, offers }) => [
    `  ${printable(message)} (${code})`,
    ...(offers.length === 0 ? [] : [`    the library has: ${someOf(offers.map(printable))}`]),
  ]);
  return [
    planText(preview.plan, context.host.terminal, options),
    ...(problems.length === 0 ? [] : ['What stands against it:', ...problems]),
    'This is reckoned here from what the master last saw of the nodes. `putctl run --until plan` asks the nodes themselves.',
  ].join('\n');
}

/** Makes a plan file and shows what it would do; starts nothing. */
export async function makePlan(context: SessionContext, options: PlanOptions): Promise<ExitCode> {
  const asked = planOfOptions(options);
  forbidTwo(options, '--nodes, --type, --failed and --all');
  const nodes: NodeRow[] = await readNodesInOrder(context);
  // Types stay what they are in the file: nodes that come later belong to them.
  const selectors = { nodes: options.nodes, all: options.all, failed: options.failed };
  const meant = await selectedNodes(context, selectors, () => Promise.resolve(nodes));
  const plan = meant ? { ...asked, nodes: pickNodes(nodes, meant).map(({ nodeId }) => nodeId) } : asked;
  const spec = findOperation(plan.operation);
  if (!spec || !canPreview(spec)) return writeAnswers(context, plan, options.out);
  const library = await readLibrary(context);
  const preview = previewPlan(plan, nodes, await readPackages(context, nodes), library, context.masterNowMs());
  const made = boundPlan(preview, context);
  const good = preview.problems.length === 0;
  const path = options.out;
  // A plan that cannot be run is no plan: nothing is left that could be taken for one.
  if (path !== undefined && good) await writeResultFile(path, formatPlan(made, path));
  const { bound, ...answers } = made;
  const shown = {
    plan: answers,
    ...(good ? { bound } : {}),
    preview: { plan: preview.plan, problems: preview.problems },
  };
  context.output.result({ ...(path === undefined || !good ? {} : { path }), ...shown }, () => {
    const text = [previewText(preview, context, options)];
    if (!good)
      text.push(
        '',
        `No plan file ${path === undefined ? 'is shown' : 'was written'}: mend what stands against it first.`,
      );
    else if (path === undefined) {
      text.push('', 'Plan file (keep it with --out FILE):', formatPlan(made, 'plan.yaml').trimEnd());
    } else
      text.push(
        '',
        `Written: ${path} (${bound?.digest}). Next: putctl run --plan ${shellWord(path)} --yes${context.output.aim}${toAccept(preview)}`,
      );
    return text.join('\n');
  });
  if (!good) return EXIT.failed;
  return changesSomething(preview.plan) ? EXIT.done : EXIT.nothingToDo;
}

/** The plan file of an operation whose doings are not reckoned here: its answers. */
async function writeAnswers(context: SessionContext, plan: PlanFile, path: string | undefined): Promise<ExitCode> {
  const text = formatPlan(plan, path ?? 'plan.yaml');
  if (path !== undefined) await writeResultFile(path, text);
  context.output.result({ ...(path === undefined ? {} : { path }), plan }, () =>
    [
      text.trimEnd(),
      'What it does is shown by the operation itself, before anything is done.',
      path === undefined
        ? 'Keep it with --out FILE.'
        : `Written: ${path}. Next: putctl run --plan ${shellWord(path)}${context.output.aim}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** What to add to the next command so that the warnings, which were read here, count as accepted. */
function toAccept({ answers, plan }: PlanPreview): string {
  const open = new Set(plan.warnings.map(({ name }) => name as string));
  for (const name of answers.acceptWarnings ?? []) open.delete(name);
  if (open.size === 0) return '';
  return `\nIt will end with exit code 4 for the warnings, unless they are accepted: --accept-warning ${[...open].join(',')}`;
}

const inFileOrder = (names: string[]): string[] => unfoldNames(foldNames(names), names.length) ?? names;

/** The plan file of a preview: every proposal written out, and what it came to. */
export function boundPlan({ answers, plan }: PlanPreview, context: SessionContext): PlanFile {
  const made = { at: new Date(context.masterNowMs()).toISOString(), system: context.session.welcome.systemName };
  const binding = bindPlan(plan, made);
  const groups = binding.nodes.map((group) => ({ ...group, nodes: inFileOrder(group.nodes) }));
  const bound = { ...binding, nodes: groups };
  // The master divides nodes by the order of its inventory: here they stand as the file reads them from what is bound.
  const all = groups.flatMap((group) => group.nodes);
  const nodes = answers.nodes && new Set(all).size === answers.nodes.length ? all : answers.nodes;
  const bare = without<PlanFile>({ ...answers, nodes, bound: { ...bound, digest: 'none' } });
  return { ...bare, bound: { ...bound, digest: planDigest(bare) } };
}

/** A plan is made from options; what is given behind is most likely the file of one, else nodes. */
const meantOfPlan = ([word = 'FILE', ...more]: readonly string[]): string[] =>
  /\.(?:ya?ml|json)'?$/i.test(word) || /[/\\]/.test(word)
    ? [`run ${word}`, `plan diff ${word}`, `plan approve ${word}`, `plan --out ${word}`]
    : [`plan --nodes ${[word, ...more].join(',')}`, `plan --release ${word}`];

export function definePlan(program: Command, launch: Launcher): Command {
  const command = withMeant(withDetailedExit(withSettings(withTarget(program.command('plan')))), meantOfPlan);
  command
    .description('make a plan file: the answers to the steps of an operation; starts nothing')
    .option('--operation <id>', `operation that it is for (default: ${DEFAULT_OPERATION.id})`)
    .option('--release <name>', 'cert list of the library, by release or file name (default: the newest complete one)')
    .addOption(new Option('--cert-list <file>', 'the same by file name').hideHelp())
    .option('--packages <f,f>', 'these files of the library, and no cert list', list)
    .option('--nodes <a,b>', `these nodes (default: as Select Nodes proposes): ${NODES_HELP}`, list)
    .option('--all', 'every node of the system')
    .option('--failed', FAILED_HELP)
    .option('--type <T,T>', `every node of these types: ${NODE_TYPES_HELP}`, nodeTypes)
    .addOption(
      new Option('--mode <mode>', 'typical switches versions by itself, custom asks').choices(['typical', 'custom']),
    )
    .option('--spool <path>', 'file system of the nodes that holds local copies')
    .option('--accept-warning <w,w>', WARNING_HELP, warningNames)
    .option('--each', 'what becomes of the nodes one by one, also where they are many')
    .option('--out <file>', 'write the plan file; JSON where the name ends in .json, YAML otherwise')
    .action((options: PlanOptions) => launch.withSession(options, (context) => makePlan(context, options)))
    .addHelpText(
      'after',
      `
Examples:
  putctl plan --release 17.20.03 --out plan.yaml
  putctl plan --release 17.20.03 --type TPA,HSN --mode typical --out plan.json
  putctl plan --packages ptools-17.20.03.01-1.noarch.rpm --nodes tpa-01 --out one.yaml
  putctl plan --waves '25 %' --canary 2 --stop-at '10 %' --not-before 2026-11-27T01:00 --out night.yaml
  putctl run plan.yaml --yes

A plan file holds the answers to the steps, every proposal written out, and what they came to: release, files with digests, nodes with
their versions as they were, the settings (waves, limits, the time in which it runs), and a digest over it all. A run that would differ stops with plan-stale and names the differences. Files
made by hand may hold answers alone; what they leave out is answered as the step's screen proposes. Because nothing is started here, what would happen on each node is reckoned from the list of nodes that the master
keeps. For the plan of the master itself, with facts read from the nodes a moment ago:

  putctl run --plan plan.yaml --until plan     walks to the step Plan, prints it, and exits the operation
  putctl run --plan plan.yaml --until plan --keep     the same and leaves the operation waiting there

A plan that something stands against is not written, and the exit code is 1. Warnings have a name; those that were read and are accepted
are named with --accept-warning, here or at the run; with others a run ends with exit code 4.`,
    );
  return command;
}
