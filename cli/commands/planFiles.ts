import type { Command } from 'commander';
import { warningsOf } from '../../core/model/planWarnings.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { withTarget, type Launcher, type LocalContext, type SessionContext } from '../launch.ts';
import { differenceDocument, differencesInWords, planFileDifferences } from '../planDiff.ts';
import { requireUnchanged, type PlanFile } from '../planFile.ts';
import { previewPlan } from '../planPreview.ts';
import { unlessEnded } from '../waiting.ts';
import { readNodesInOrder, readPackages } from './nodes.ts';
import { readLibrary } from './packages.ts';
import { boundPlan, definePlan } from './plan.ts';
import { readPlanFile } from './run.ts';

interface Side {
  readonly path?: string | undefined;
  readonly plan: PlanFile;
}

function tellDifferences({ output }: LocalContext, before: Side, after: Side, warnings?: readonly string[]): ExitCode {
  const differences = planFileDifferences(before.plan, after.plan);
  const same = differences.length === 0;
  const side = ({ path, plan }: Side): object => ({
    ...(path === undefined ? {} : { path }),
    ...(plan.bound === undefined ? {} : { digest: plan.bound.digest }),
  });
  output.result(
    {
      ...{ same, before: side(before), after: side(after), differences: differences.map(differenceDocument) },
      ...(warnings === undefined ? {} : { warnings }),
    },
    () =>
      [
        differencesInWords(differences),
        ...(warnings ?? []).map((warning) => `Warning now: ${printable(warning)}`),
      ].join('\n'),
  );
  return same ? EXIT.done : EXIT.failed;
}

/** Tells what two plan files differ in. */
async function diffFiles(context: LocalContext, before: string, after: string): Promise<ExitCode> {
  return tellDifferences(
    context,
    { path: before, plan: await readPlanFile(before) },
    { path: after, plan: await readPlanFile(after) },
  );
}

/** Tells what a plan file says beside what would be done now, reckoned as `plan` does it. */
async function diffNow(context: SessionContext, path: string): Promise<ExitCode> {
  const plan = await readPlanFile(path);
  requireBound(plan, path);
  const nodes = await readNodesInOrder(context);
  const packagesOf = await readPackages(context, nodes);
  const preview = previewPlan(plan, nodes, packagesOf, await readLibrary(context), context.masterNowMs());
  const accepted = new Set<string>(plan.acceptWarnings);
  const warnings = warningsOf(preview.plan).flatMap(({ name, message }) =>
    accepted.has(name) ? [] : [`${message} (${name})`],
  );
  const against = preview.problems.map(({ message, code }) => `${message} (${code})`);
  return tellDifferences(context, { path, plan }, { plan: boundPlan(preview, context) }, [...against, ...warnings]);
}

/** @throws PutError plan-invalid for a file of answers alone: they may come to anything */
function requireBound(plan: PlanFile, path: string): void {
  if (plan.bound) return;
  throw new PutError('plan-invalid', `${path}: it holds answers alone and not what they came to`, { path });
}

/** Approves a plan file at the master, so that a job that somebody else starts with it needs no second person any more. */
async function approvePlanFile(context: SessionContext, path: string): Promise<ExitCode> {
  const { host, session, output } = context;
  const plan = await readPlanFile(path);
  requireBound(plan, path);
  requireUnchanged(plan, path);
  const digest = plan.bound?.digest ?? '';
  const { needed } = await unlessEnded(host, session, session.request('plan.approve', { digest }));
  output.result({ path, digest, approvedBy: session.welcome.user, needed }, () =>
    [
      `${path} is approved by ${session.welcome.user}: ${digest}`,
      needed
        ? `Somebody else runs it: putctl run --plan ${path} --yes. Any change of the file, its settings or answers makes it another one.`
        : 'This system asks for no approval (APPROVAL=no in its Config file), so it makes no difference here.',
    ].join('\n'),
  );
  return EXIT.done;
}

/** Takes one's own approval of a plan file back; a job that was started with it keeps it until that is withdrawn too. */
async function withdrawPlanFile(context: SessionContext, path: string): Promise<ExitCode> {
  const { host, session, output } = context;
  const plan = await readPlanFile(path);
  requireBound(plan, path);
  const digest = plan.bound?.digest ?? '';
  const { withdrawn } = await unlessEnded(host, session, session.request('plan.withdrawApproval', { digest }));
  output.result({ path, digest, withdrawn }, () =>
    withdrawn
      ? `${path} is approved by ${session.welcome.user} no more: ${digest}`
      : `${session.welcome.user} did not approve ${path}, so there is nothing to take back.`,
  );
  return EXIT.done;
}

/** `plan`, `plan diff` and `plan approve`. */
export function definePlans(program: Command, launch: Launcher): void {
  const plan = definePlan(program, launch);
  withTarget(plan.command('diff'))
    .description(
      'tell what two plan files differ in, or one and what would be done now; exit code 0: the same, 1: they differ',
    )
    .argument('<file>', 'plan file')
    .argument('[other]', 'another one (default: what the system would do now)')
    .action((file: string, other: string | undefined, _options: object, command: Command) =>
      other === undefined
        ? launch.withSession(command.optsWithGlobals(), (context) => diffNow(context, file))
        : launch.local(command.optsWithGlobals(), (context) => diffFiles(context, file, other)),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  putctl plan diff monday.yaml tuesday.yaml\n  putctl plan diff plan.yaml --json',
    );
  withTarget(plan.command('approve'))
    .description('approve a plan file for a job that somebody else starts with it, on a system that asks for approval')
    .argument('<file>', 'plan file, as it was made')
    .option('--withdraw', 'take your own approval of it back')
    .action((file: string, options: { withdraw?: boolean }, command: Command) =>
      launch.withSession(command.optsWithGlobals(), (context) =>
        options.withdraw === true ? withdrawPlanFile(context, file) : approvePlanFile(context, file),
      ),
    )
    .addHelpText('after', '\nExamples:\n  putctl plan diff plan.yaml\n  putctl plan approve plan.yaml');
}
