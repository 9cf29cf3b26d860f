import { type CellCause, labelOf, type PlannedPackage } from '../../../core/model/job.ts';
import { archFit } from '../../../core/model/architectures.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import type { ActionOutcome, NodeAction } from '../NodeDriver.ts';
import { type ActionRun, causeOf, type SimPackageHeader } from './ActionRun.ts';
import { beginTransaction, endTransaction, outcomeOfDone, packageStanding } from './nodePackages.ts';
import { PRACTICE_ARCH, PRACTICE_RPM } from './practiceInventory.ts';
import { withPracticeOs } from './practiceOs.ts';
import { scriptletFails } from './scriptletVerdict.ts';
import { between } from './seededRandom.ts';
import { obsoletedBy, transactionProblems } from './transactionCheck.ts';

type InstallAction = Extract<NodeAction, { kind: 'install' }>;

/** Why one package was not installed; the others go on. */
class PackageFailure extends Error {
  readonly problem: CellCause;

  constructor(code: ErrorCode, message: string, packageName: string) {
    super(message);
    this.name = 'PackageFailure';
    this.problem = causeOf(code, message, packageName);
  }
}

/** Where a file lies in the spool area. */
export function spoolPath(spoolArea: string, fileName: string): string {
  return `${spoolArea.replace(/\/+$/, '')}/${fileName}`;
}

/** The planned packages in the order of the changes; what the changes do not name comes last. */
function inOrderOfChanges(action: InstallAction): PlannedPackage[] {
  const rank = new Map(action.changes.map((change, i) => [change.packageName, i]));
  const rankOf = (planned: PlannedPackage): number => rank.get(labelOf(planned)) ?? action.changes.length;
  return [...action.packages].sort((a, b) => rankOf(a) - rankOf(b));
}

/**
 * Installs the packages as one transaction, with rpm's own habits: what rpm's check of the whole finds is refused before anything is
 * changed; new versions come first, beside the old ones, and what they replace is erased at the end, so that a cut leaves both and the
 * run after it repairs that; a package whose %pre fails stays as it was while the others go on, those that need it too; a failing
 * %post leaves the new version and is only a warning. A package that is done already is not run again.
 */
export async function install(run: ActionRun, action: InstallAction): Promise<ActionOutcome> {
  const { context } = run.ports;
  const planned = inOrderOfChanges(action);
  const headers = await headersOf(run, planned);
  const todo: PlannedPackage[] = [];
  for (const wanted of planned) {
    if (packageStanding(run.ports.state(), wanted) !== 'done') {
      todo.push(wanted);
      continue;
    }
    context.onPackage(labelOf(wanted), outcomeOfDone(action.changes, labelOf(wanted)));
    run.log(`${formatNevra(wanted)} is already installed`);
  }
  if (todo.length === 0) await run.middle();
  const refused = refusals(run, action, todo, headers);
  if (refused.length > 0) {
    for (const problem of refused) {
      if (problem.packageName !== undefined) context.onPackage(problem.packageName, 'fail', problem);
      run.log(`error: ${problem.message}`);
    }
    run.log('nothing was installed: rpm takes a transaction as a whole or not at all');
    return { state: 'failed', cause: refused[0], found: run.ports.state().packages };
  }
  const { failures, warnings } = await runTransaction(run, todo, headers);
  return {
    state: failures.length > 0 ? 'failed' : warnings.length > 0 ? 'warned' : 'ok',
    cause: failures[0] ?? warnings[0],
    found: run.ports.state().packages,
  };
}

/** Installing takes this share of the time of a transaction, the erasing of what is replaced the rest. */
const INSTALLING_SHARE = 0.85;

async function runTransaction(
  run: ActionRun,
  todo: readonly PlannedPackage[],
  headers: Headers,
): Promise<{ failures: CellCause[]; warnings: CellCause[] }> {
  const { context, random } = run.ports;
  const failures: CellCause[] = [];
  const warnings: CellCause[] = [];
  const warningOf = new Map<string, CellCause>();
  const come: PlannedPackage[] = [];
  const repairs = todo.some((wanted) => packageStanding(run.ports.state(), wanted) === 'half');
  if (todo.length > 0) {
    run.log(`rpm -U --percent ${repairs ? '--replacepkgs ' : ''}${todo.map(({ fileName }) => fileName).join(' ')}`);
  }
  const totalBytes = Math.max(
    1,
    todo.reduce((sum, wanted) => sum + wanted.fileBytes, 0),
  );
  let doneBytes = 0;
  for (const [i, wanted] of todo.entries()) {
    const from = (doneBytes / totalBytes) * 100 * INSTALLING_SHARE;
    doneBytes += wanted.fileBytes;
    const to = (doneBytes / totalBytes) * 100 * INSTALLING_SHARE;
    context.onPackage(labelOf(wanted), 'running');
    try {
      const middle = i === Math.floor(todo.length / 2);
      const share = { from, to, middle, durationMs: between(random, 500, 1600) * INSTALLING_SHARE };
      const warning = await installOne(run, wanted, headerOf(headers, wanted), share);
      if (warning) {
        warnings.push(warning);
        warningOf.set(labelOf(wanted), warning);
      }
      come.push(wanted);
    } catch (error) {
      if (!(error instanceof PackageFailure)) throw error;
      failures.push(error.problem);
      context.onPackage(labelOf(wanted), 'fail', error.problem);
      run.log(`error: ${error.message}`);
      run.progress(to);
    }
  }
  for (const [i, wanted] of come.entries()) {
    const rest = 100 * (1 - INSTALLING_SHARE);
    const from = 100 - rest + (rest * i) / come.length;
    await run.pass(between(random, 80, 240), from, from + rest / come.length, 1);
    await eraseReplaced(run, wanted, headerOf(headers, wanted));
    context.onPackage(labelOf(wanted), 'successful', warningOf.get(labelOf(wanted)));
  }
  return { failures, warnings };
}

type Headers = ReadonlyMap<string, SimPackageHeader | PackageFailure>;

async function headersOf(run: ActionRun, planned: readonly PlannedPackage[]): Promise<Headers> {
  const headers = new Map<string, SimPackageHeader | PackageFailure>();
  for (const wanted of planned) {
    try {
      headers.set(wanted.fileName, await run.ports.packages.headerOf(wanted.fileName));
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      headers.set(wanted.fileName, new PackageFailure(error.code, error.message, labelOf(wanted)));
    }
  }
  return headers;
}

function headerOf(headers: Headers, wanted: PlannedPackage): SimPackageHeader {
  const header = headers.get(wanted.fileName);
  if (header && !(header instanceof PackageFailure)) return header;
  throw header ?? new PackageFailure('package-unknown', `${wanted.fileName} is not in the library`, labelOf(wanted));
}

/** What rpm refuses before it changes anything. */
function refusals(
  run: ActionRun,
  action: InstallAction,
  todo: readonly PlannedPackage[],
  headers: Headers,
): CellCause[] {
  const problems: CellCause[] = [];
  const incoming: SimPackageHeader[] = [];
  const { nodeId } = run;
  for (const wanted of todo) {
    const refuse = (code: ErrorCode, message: string): void =>
      void problems.push(causeOf(code, message, labelOf(wanted)));
    const header = headers.get(wanted.fileName);
    if (!header || header instanceof PackageFailure) {
      problems.push(
        header?.problem ?? causeOf('package-unknown', `${wanted.fileName} is not in the library`, labelOf(wanted)),
      );
      continue;
    }
    incoming.push(header);
    const path = spoolPath(action.spoolArea, wanted.fileName);
    if (run.ports.state().spooled[path] !== wanted.sha256) refuse('action-failed', `${path} is not on ${nodeId}`);
    if (formatNevra(header) !== formatNevra(wanted)) {
      refuse('action-failed', `${wanted.fileName} holds ${formatNevra(header)}, not ${formatNevra(wanted)}`);
    }
    if (archFit(header.arch, PRACTICE_ARCH) === undefined) {
      refuse('package-wrong-arch', `${formatNevra(header)} is for ${header.arch}; ${nodeId} is ${PRACTICE_ARCH}`);
    }
  }
  const first = todo[0];
  if (first && run.meets('disk-full')) {
    const message = `installing ${formatNevra(first)} needs more space on the / file system of ${nodeId}`;
    problems.push(causeOf('disk-full', message, labelOf(first)));
  }
  if (problems.length > 0) return problems;
  const installed = withPracticeOs(run.ports.state().packages);
  const relations = run.ports.packages.relationsOf(installed);
  return transactionProblems({ installed, relations, incoming, rpm: PRACTICE_RPM }).map(({ packageName, message }) =>
    causeOf('dependency-failed', `${nodeId}: ${message}`, packageName),
  );
}

/** Puts one package beside the version before it. Answers the warning of a failing %post. */
async function installOne(
  run: ActionRun,
  wanted: PlannedPackage,
  header: SimPackageHeader,
  share: { readonly from: number; readonly to: number; readonly middle: boolean; readonly durationMs: number },
): Promise<CellCause | undefined> {
  const build = formatNevra(wanted);
  const third = (share.to - share.from) / 3;
  const repairs = packageStanding(run.ports.state(), wanted) === 'half';
  await run.pass(share.durationMs / 3, share.from, share.from + third, 2);
  if (run.meets('fail')) {
    throw new PackageFailure('action-failed', `unpacking of ${build} failed; what was there stays`, labelOf(wanted));
  }
  if (run.meets('pre-script') || scriptletFails(header.pre)) {
    run.log(`error: %prein(${build}) scriptlet failed, exit status 1`);
    throw new PackageFailure('script-pre-failed', `%pre of ${build} failed; what was there stays`, labelOf(wanted));
  }
  await run.ports.journal({ event: 'package-begun', package: build, repairs });
  await run.ports.update((state) => beginTransaction(state, wanted));
  if (share.middle) await run.middle();
  await run.pass((share.durationMs * 2) / 3, share.from + third, share.to);
  if (run.meets('post-script') === undefined && !scriptletFails(header.post)) return undefined;
  run.log(`warning: %post(${build}) scriptlet failed, exit status 1`);
  return causeOf('script-post-failed', `%post of ${build} failed; the new version is on the node`, labelOf(wanted));
}

/** The end of a transaction for one package: what it replaces and obsoletes goes. */
async function eraseReplaced(run: ActionRun, wanted: PlannedPackage, header: SimPackageHeader): Promise<void> {
  const build = formatNevra(wanted);
  const obsoleted = obsoletedBy(header, run.ports.state().packages);
  for (const installed of obsoleted) run.log(`${formatNevra(installed)} is obsoleted by ${build} and removed`);
  await run.ports.update((state) => endTransaction(state, wanted, obsoleted));
  await run.ports.journal({ event: 'package-ended', package: build });
}
