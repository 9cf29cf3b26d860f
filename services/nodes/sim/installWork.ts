import type { CellCause, PlannedPackage } from '../../../core/model/job.ts';
import { formatEvr, formatNevra, provideSatisfies } from '../../../core/model/rpmVersion.ts';
import { archFit } from '../../../core/model/architectures.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import type { ActionOutcome, NodeAction } from '../NodeDriver.ts';
import { type ActionRun, causeOf, type SimPackageHeader } from './ActionRun.ts';
import { beginTransaction, endTransaction, outcomeOfDone, packageStanding } from './nodePackages.ts';
import { PRACTICE_ARCH } from './practiceInventory.ts';
import { scriptletFails } from './scriptletVerdict.ts';
import { between } from './seededRandom.ts';

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
  const rankOf = (planned: PlannedPackage): number => rank.get(planned.name) ?? action.changes.length;
  return [...action.packages].sort((a, b) => rankOf(a) - rankOf(b));
}

/**
 * Installs the packages one transaction after the other, with rpm's own habits: a failing %pre leaves the old version, a
 * failing %post leaves the new one and is only a warning, a cut transaction leaves both, and the run after it repairs that.
 * A package that is done already is not run again.
 */
export async function install(run: ActionRun, action: InstallAction): Promise<ActionOutcome> {
  const { context, random } = run.ports;
  const planned = inOrderOfChanges(action);
  const headers = await headersOf(run, planned);
  const failures: CellCause[] = [];
  const warnings: CellCause[] = [];
  const todo: PlannedPackage[] = [];
  for (const wanted of planned) {
    if (packageStanding(run.ports.state(), wanted) !== 'done') {
      todo.push(wanted);
      continue;
    }
    context.onPackage(wanted.name, outcomeOfDone(action.changes, wanted.name));
    run.log(`${formatNevra(wanted)} is already installed`);
  }
  if (todo.length === 0) await run.middle();
  const totalBytes = Math.max(
    1,
    todo.reduce((sum, wanted) => sum + wanted.fileBytes, 0),
  );
  let doneBytes = 0;
  for (const [i, wanted] of todo.entries()) {
    const from = (doneBytes / totalBytes) * 100;
    doneBytes += wanted.fileBytes;
    const to = (doneBytes / totalBytes) * 100;
    const middle = i === Math.floor(todo.length / 2);
    context.onPackage(wanted.name, 'running');
    try {
      const header = headers.get(wanted.fileName);
      if (header instanceof PackageFailure) throw header;
      if (!header) throw new PackageFailure('package-unknown', `${wanted.fileName} is not in the library`, wanted.name);
      checkInstallable(run, action, wanted, header, headers, failures);
      const warning = await installOne(run, wanted, header, {
        from,
        to,
        middle,
        durationMs: between(random, 500, 1600),
      });
      if (warning) warnings.push(warning);
      context.onPackage(wanted.name, 'successful', warning);
    } catch (error) {
      if (!(error instanceof PackageFailure)) throw error;
      failures.push(error.problem);
      context.onPackage(wanted.name, 'fail', error.problem);
      run.log(`error: ${error.message}`);
      run.progress(to);
    }
  }
  const cause = failures[0] ?? warnings[0];
  return {
    state: failures.length > 0 ? 'failed' : warnings.length > 0 ? 'warned' : 'ok',
    cause,
    found: run.ports.state().packages,
  };
}

type Headers = ReadonlyMap<string, SimPackageHeader | PackageFailure>;

async function headersOf(run: ActionRun, planned: readonly PlannedPackage[]): Promise<Headers> {
  const headers = new Map<string, SimPackageHeader | PackageFailure>();
  for (const wanted of planned) {
    try {
      headers.set(wanted.fileName, await run.ports.packages.headerOf(wanted.fileName));
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      headers.set(wanted.fileName, new PackageFailure(error.code, error.message, wanted.name));
    }
  }
  return headers;
}

/** What rpm refuses before it changes anything. */
function checkInstallable(
  run: ActionRun,
  action: InstallAction,
  wanted: PlannedPackage,
  header: SimPackageHeader,
  headers: Headers,
  failures: readonly CellCause[],
): void {
  const refuse = (code: ErrorCode, message: string): never => {
    throw new PackageFailure(code, message, wanted.name);
  };
  const path = spoolPath(action.spoolArea, wanted.fileName);
  if (run.ports.state().spooled[path] !== wanted.sha256) refuse('action-failed', `${path} is not on ${run.nodeId}`);
  if (formatNevra(header) !== formatNevra(wanted)) {
    refuse('action-failed', `${wanted.fileName} holds ${formatNevra(header)}, not ${formatNevra(wanted)}`);
  }
  if (archFit(header.arch, PRACTICE_ARCH) === undefined) {
    refuse('package-wrong-arch', `${formatNevra(header)} is for ${header.arch}; ${run.nodeId} is ${PRACTICE_ARCH}`);
  }
  const met = run.meets('fail', 'disk-full');
  if (met === 'disk-full')
    refuse('disk-full', `installing ${formatNevra(wanted)} needs more space on the / file system`);
  if (met === 'fail') refuse('action-failed', `rpm ended with code 1 at ${formatNevra(wanted)}`);
  const failed = failures.map((failure) => failure.packageName);
  for (const requirement of header.requires) {
    const provider = action.packages.find((other) => {
      const known = headers.get(other.fileName);
      return known && 'provides' in known && known.provides.some((provide) => provideSatisfies(provide, requirement));
    });
    if (!provider || !failed.includes(provider.name)) continue;
    const onNode = run.ports
      .state()
      .packages.some((installed) =>
        provideSatisfies({ name: installed.name, sense: '=', version: formatEvr(installed) }, requirement),
      );
    if (!onNode) refuse('dependency-failed', `${wanted.name} requires ${requirement.name}, whose package failed`);
  }
}

/** One transaction. Answers the warning of a failing %post. */
async function installOne(
  run: ActionRun,
  wanted: PlannedPackage,
  header: SimPackageHeader,
  share: { readonly from: number; readonly to: number; readonly middle: boolean; readonly durationMs: number },
): Promise<CellCause | undefined> {
  const build = formatNevra(wanted);
  const third = (share.to - share.from) / 3;
  const repairs = packageStanding(run.ports.state(), wanted) === 'half';
  run.log(`rpm -U --percent ${repairs ? '--replacepkgs ' : ''}${wanted.fileName}`);
  await run.pass(share.durationMs / 3, share.from, share.from + third, 2);
  if (run.meets('pre-script') || scriptletFails(header.pre)) {
    run.log(`error: %prein(${build}) scriptlet failed, exit status 1`);
    throw new PackageFailure('script-pre-failed', `%pre of ${build} failed; the old version stays`, wanted.name);
  }
  await run.ports.journal({ event: 'package-begun', package: build, repairs });
  await run.ports.update((state) => beginTransaction(state, wanted));
  if (share.middle) await run.middle();
  await run.pass((share.durationMs * 2) / 3, share.from + third, share.to);
  const postFails = run.meets('post-script') !== undefined || scriptletFails(header.post);
  const obsoleted = run.ports
    .state()
    .packages.filter((installed) =>
      header.obsoletes.some(
        (relation) =>
          relation.name !== wanted.name &&
          provideSatisfies({ name: installed.name, sense: '=', version: formatEvr(installed) }, relation),
      ),
    );
  for (const installed of obsoleted) run.log(`${formatNevra(installed)} is obsoleted by ${build} and removed`);
  await run.ports.update((state) => endTransaction(state, wanted, obsoleted));
  await run.ports.journal({ event: 'package-ended', package: build });
  if (!postFails) return undefined;
  run.log(`warning: %post(${build}) scriptlet failed, exit status 1`);
  return causeOf('script-post-failed', `%post of ${build} failed; the new version is on the node`, wanted.name);
}
