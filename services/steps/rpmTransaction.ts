import { labelOf, type CellCause, type PlannedChange, type PlannedPackage } from '../../core/model/job.ts';
import type { InstalledPackage, NodeFacts } from '../../core/model/node.ts';
import { isMultilibPair } from '../../core/model/packageIdentity.ts';
import { formatEvr, formatNevra } from '../../core/model/rpmVersion.ts';
import type { NodeAnswer, NodeCommand, NodeHandle } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { outcomeOfTrouble } from './detached.ts';
import type { JobSoFar } from './JobSoFar.ts';
import { outcomeOfDone, packageStanding } from './packageStanding.ts';
import { changesOn, filesOfNode, requirePlan } from './plan.ts';
import { pathIn } from './putFiles.ts';
import type { StepIo } from './StepKind.ts';

/*
 * What rpm is asked to do on a node: the same words where it is only tested and where it is done.
 */

/** How long a lock of rpm that another transaction holds is waited for, unless a step says otherwise. */
export const LOCK_WAIT_MS = 5 * 60_000;

/** Packages that come to a node. */
export interface InstallWork {
  readonly spoolArea: string;
  readonly packages: readonly PlannedPackage[];
  readonly changes: readonly PlannedChange[];
  /** Packages of the node as the job read them last; absent: not known. */
  readonly seen?: readonly InstalledPackage[] | undefined;
  readonly lockWaitMs?: number | undefined;
  /** Packages whose scriptlets are run once more although they are there: a person retries what came with a warning. */
  readonly again?: readonly string[] | undefined;
}

/** What the plan brings to a node. */
export function installWorkOf(
  job: JobSoFar,
  nodeId: string,
  lockWaitMs?: number,
  again?: readonly string[],
): InstallWork {
  const { spoolArea, packages } = requirePlan(job);
  const changes = changesOn(job, nodeId);
  return {
    spoolArea,
    packages: filesOfNode(job, packages, changes, nodeId),
    changes: changes.filter((change) => change.action !== 'keep'),
    seen: job.member(nodeId)?.found,
    lockWaitMs,
    ...(again && again.length > 0 ? { again } : {}),
  };
}

/** The planned packages in the order of the changes; what the changes do not name comes last. */
export function inOrderOfChanges({ changes, packages }: InstallWork): PlannedPackage[] {
  const rank = new Map(changes.map((change, i) => [change.packageName, i]));
  const rankOf = (planned: PlannedPackage): number => rank.get(labelOf(planned)) ?? changes.length;
  return [...packages].sort((a, b) => rankOf(a) - rankOf(b));
}

export interface Todo {
  readonly todo: readonly PlannedPackage[];
  /** Some of it lies beside what it replaces, since its transaction was cut. */
  readonly repairs: boolean;
}

/** One run of rpm. `part` tells it apart from the other of the same attempt. */
export interface Transaction {
  readonly part: 'beside' | undefined;
  readonly todo: readonly PlannedPackage[];
  readonly words: readonly string[];
  readonly command: NodeCommand;
}

/** A kernel or its like, which is put beside those that are there. */
export const isBeside = ({ beside }: PlannedPackage): boolean => beside === true;

/**
 * The runs of rpm that bring packages: one upgrade of all that take the place of others; then, where there are any, one that puts kernels and their like
 * beside those that are there (`rpm -i`: an upgrade would take the running kernel away). Kernels come last, since their scriptlets use the tools that the
 * upgrade brings. `test`: rpm judges them and changes nothing; kernels together with the rest, which is not there yet.
 */
export function transactionsOf(work: InstallWork, { todo, repairs }: Todo, test = false): Transaction[] {
  const made = (part: Transaction['part'], packages: readonly PlannedPackage[], options: string[]): Transaction => {
    const words = [...options, ...(repairs ? ['--replacepkgs'] : []), ...(test ? ['--test'] : [])];
    const paths = packages.map(({ fileName }) => pathIn(work.spoolArea, fileName));
    const command: NodeCommand = {
      ...{ argv: ['rpm', ...words, ...paths], env: { LC_ALL: 'C' }, rpmLockWaitMs: work.lockWaitMs ?? LOCK_WAIT_MS },
      ...(test ? { leavesNothing: true } : { live: true }),
    };
    return { part, todo: packages, words, command };
  };
  const beside = todo.filter(isBeside);
  const others = todo.filter((one) => !isBeside(one));
  const withRest = test && others.length > 0;
  return [
    ...(others.length > 0 ? [made(undefined, others, ['-Uv', '--percent'])] : []),
    ...(beside.length > 0
      ? [
          made('beside', withRest ? [...others, ...beside] : beside, [
            '-iv',
            '--percent',
            ...(withRest ? ['--replacefiles'] : []),
          ]),
        ]
      : []),
  ];
}

/**
 * A package that somebody else changed since the job read the node last: from what, and what is there now. Names alone that the plan changes are looked at;
 * what is there as planned already is no drift.
 */
export function driftOf(
  planned: readonly PlannedPackage[],
  seen: readonly InstalledPackage[],
  found: readonly InstalledPackage[],
): { readonly wanted: PlannedPackage; readonly message: string } | undefined {
  const text = (builds: readonly InstalledPackage[]): string =>
    builds.length === 0 ? 'not there' : builds.map((build) => formatEvr(build)).join(' and ');
  for (const wanted of planned) {
    if (isBeside(wanted)) continue;
    const build = formatNevra(wanted);
    const others = (packages: readonly InstalledPackage[]): InstalledPackage[] =>
      packages.filter((one) => one.name === wanted.name && !isMultilibPair(wanted, one) && formatNevra(one) !== build);
    const [before, now] = [others(seen), others(found)];
    const known = new Set(before.map(formatNevra));
    const isThere = found.some((one) => formatNevra(one) === build);
    if (now.some((one) => !known.has(formatNevra(one))) || (now.length < before.length && !isThere)) {
      return { wanted, message: `${labelOf(wanted)} was ${text(before)} when it was planned, and is ${text(now)} now` };
    }
  }
  return undefined;
}

/** How a node is before anything is done: the files in the spool area and the packages, asked for at the same moment, which a driver may answer by one look. */
export function standingOf(node: NodeHandle, work: InstallWork, io: StepIo): Standing {
  const names = work.packages.map(({ fileName }) => fileName);
  return Promise.all([node.digests(work.spoolArea, names, io.signal), node.facts(['packages'], io.signal)]);
}

type Standing = Promise<readonly [NodeAnswer<Readonly<Record<string, string>>>, NodeAnswer<NodeFacts>]>;

/** What is still to be installed, as the node is now (`standingOf`); a package that is done already is not run again. */
export async function whatIsToDo(
  node: NodeHandle,
  work: InstallWork,
  io: StepIo,
  standing: Standing,
): Promise<Todo | WorkOutcome> {
  const planned = inOrderOfChanges(work);
  const [spooled, before] = await standing;
  if (!spooled.ok) return outcomeOfTrouble(spooled.trouble, io.signal);
  if (!before.ok) return outcomeOfTrouble(before.trouble, io.signal);
  const found = before.value.packages;
  const drift = work.seen && driftOf(planned, work.seen, found);
  if (drift) {
    const message = `${node.nodeId}: ${drift.message}; somebody changed it meanwhile`;
    io.onLog(`error: ${message}`);
    // What was found is known to the job from now on: the next attempt goes on from it.
    return { state: 'failed', cause: { code: 'node-drifted', message, packageName: labelOf(drift.wanted) }, found };
  }
  // A package that is installed once more stands there as one whose transaction was cut: rpm is told to replace it.
  const again = new Set(work.again);
  const states = new Map(
    planned.map((wanted) => {
      const is = packageStanding(found, wanted);
      return [wanted, is === 'done' && again.has(labelOf(wanted)) ? 'half' : is] as const;
    }),
  );
  for (const wanted of planned) {
    if (states.get(wanted) !== 'done') continue;
    io.onItem(labelOf(wanted), outcomeOfDone(work.changes, wanted));
    io.onLog(`${formatNevra(wanted)} is already installed`);
  }
  const todo = planned.filter((wanted) => states.get(wanted) !== 'done');
  const missing = todo.filter(({ fileName, sha256 }) => spooled.value[fileName] !== sha256);
  const causes = missing.map((wanted): CellCause => {
    const path = pathIn(work.spoolArea, wanted.fileName);
    return { code: 'action-failed', message: `${path} is not on ${node.nodeId}`, packageName: labelOf(wanted) };
  });
  for (const cause of causes) {
    io.onItem(cause.packageName as string, 'fail', cause);
    io.onLog(`error: ${cause.message}`);
  }
  if (causes[0]) return { state: 'failed', cause: causes[0], found };
  return { todo, repairs: todo.some((wanted) => states.get(wanted) === 'half') };
}
