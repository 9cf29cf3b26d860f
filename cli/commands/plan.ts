import { writeFile } from 'node:fs/promises';
import { Option, type Command } from 'commander';
import { NODE_TYPES, type NodeRow, type NodeType } from '../../core/model/node.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { list, parsedBy, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { checkPlan, formatPlan, type PlanFile } from '../planFile.ts';
import { previewPlan, type PlanPreview } from '../planPreview.ts';
import { splitList } from '../target.ts';
import { planText } from '../jobText.ts';
import { pickNodes, readNodes } from './nodes.ts';
import { readLibrary } from './packages.ts';

interface PlanOptions extends CommonOptions {
  readonly release?: string;
  readonly certList?: string;
  readonly packages?: string[];
  readonly nodes?: string[];
  readonly type?: NodeType[];
  readonly mode?: 'typical' | 'custom';
  readonly spool?: string;
  readonly out?: string;
}

export const nodeTypes = parsedBy((text: string): NodeType[] =>
  splitList(text.toUpperCase()).map((type) => {
    const known = NODE_TYPES.find((one) => one === type);
    if (!known) throw new PutError('usage', `${type} is not a node type; there are ${NODE_TYPES.join(', ')}`);
    return known;
  }),
);

function without<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

/** The plan file that the options ask for. Checked as a file would be, so that what is written can be read back. */
export function planOfOptions(
  options: Pick<PlanOptions, 'release' | 'certList' | 'packages' | 'nodes' | 'type' | 'mode' | 'spool'>,
): PlanFile {
  const given = without({
    version: 1,
    operation: 'install-upgrade-software',
    mode: options.mode,
    nodes: options.nodes,
    nodeTypes: options.type,
    certList:
      options.certList ??
      (options.release !== undefined && /\.certlist$/i.test(options.release) ? options.release : undefined),
    release: options.release !== undefined && !/\.certlist$/i.test(options.release) ? options.release : undefined,
    packages: options.packages,
    spoolArea: options.spool,
  });
  return checkPlan(given, 'the options');
}

function previewText(preview: PlanPreview, context: SessionContext): string {
  const problems = preview.problems.map((problem) => `  ${problem.message} (${problem.code})`);
  return [
    planText(preview.plan, context.host.terminal),
    ...(problems.length === 0 ? [] : ['What stands against it:', ...problems]),
    'This is reckoned here from what the master last saw of the nodes. `putctl run --until plan` asks the nodes themselves.',
  ].join('\n');
}

/** Makes a plan file and shows what it would do; starts nothing. */
export async function makePlan(context: SessionContext, options: PlanOptions): Promise<ExitCode> {
  const plan = planOfOptions(options);
  const nodes: NodeRow[] = await readNodes(context);
  if (plan.nodes) pickNodes(nodes, plan.nodes);
  const library = await readLibrary(context);
  const preview = previewPlan(plan, nodes, library, context.masterNowMs());
  if (options.out !== undefined) {
    const path = options.out;
    await writeFile(path, formatPlan(plan, path)).catch((error: unknown) => {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new PutError(
        'file-unreadable',
        `--out ${path}: cannot be written (${code})`,
        { path, systemCode: code },
        { cause: error },
      );
    });
  }
  context.output.result({ ...(options.out === undefined ? {} : { path: options.out }), plan, preview }, () =>
    [
      previewText(preview, context),
      ...(options.out === undefined
        ? ['', 'Plan file (keep it with --out FILE):', formatPlan(plan, 'plan.yaml').trimEnd()]
        : ['', `Written: ${options.out}. Next: putctl run --plan ${options.out} --yes`]),
    ].join('\n'),
  );
  return preview.problems.length === 0 ? EXIT.done : EXIT.failed;
}

export function definePlan(program: Command, launch: Launcher): void {
  withTarget(program.command('plan'))
    .description('make a plan file: the answers to the steps of Install/Upgrade Software; starts nothing')
    .option('--release <name>', 'cert list of the library, by release or file name (default: the newest complete one)')
    .addOption(new Option('--cert-list <file>', 'the same by file name').hideHelp())
    .option('--packages <f,f>', 'these files of the library, and no cert list', list)
    .option('--nodes <a,b>', 'these nodes (default: as Select Nodes proposes)', list)
    .option('--type <T,T>', `every node of these types: ${NODE_TYPES.join(', ')}`, nodeTypes)
    .addOption(
      new Option('--mode <mode>', 'typical switches versions by itself, custom asks').choices(['typical', 'custom']),
    )
    .option('--spool <path>', 'file system of the nodes that holds local copies')
    .option('-o, --out <file>', 'write the plan file; JSON where the name ends in .json, YAML otherwise')
    .action((options: PlanOptions) => launch.withSession(options, (context) => makePlan(context, options)))
    .addHelpText(
      'after',
      `
Examples:
  putctl plan --release 17.20.03 --out plan.yaml
  putctl plan --release 17.20.03 --type TPA,HSN --mode typical --out plan.json
  putctl plan --packages ptools-17.20.03.01-1.noarch.rpm --nodes tpa-01 --out one.yaml
  putctl run --plan plan.yaml --yes

A plan file holds answers, not results: nodes, packages, mode, spool area. What it leaves out is answered as the step's screen
proposes. Because nothing is started here, what would happen on each node is reckoned from the list of nodes that the master
keeps. For the plan of the master itself, with facts read from the nodes a moment ago:

  putctl run --plan plan.yaml --until plan     walks to the step Plan, prints it, and exits the operation
  putctl run --plan plan.yaml --until plan --keep     the same and leaves the operation waiting there

A plan that cannot be used is told with its place (plan-invalid), and the exit code is 1.`,
    );
}
