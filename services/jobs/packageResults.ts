import {
  PACKAGE_STATES,
  type CellState,
  type JobPlan,
  type PackageOutcome,
  type PackageRow,
  type PackageState,
} from '../../core/model/job.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { acceptedPlan } from '../steps/plan.ts';
import { WENT_BACK } from '../steps/guard.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { cellAt, type CellTable } from '../sequencer/cells.ts';
import { differences, emptyColumn, entriesOf, valueAt, withValues, type Column } from '../sequencer/column.ts';
import type { ItemOutcome, JobEvent, Skips } from '../sequencer/events.ts';
import { cellOf, currentStep, flightOf, nodesHere, stepSpec, type SequencerState } from '../sequencer/state.ts';

/*
 * One row a package: what became of it on each node. Made from the events of a job beside the machine, that knows no packages.
 */

/** Step kinds whose work has packages as its items. */
const ITEM_KINDS: readonly string[] = ['rpm-install'];

/** Step kinds at which a person may give up a package. */
const GIVE_UP_KINDS: readonly string[] = [...ITEM_KINDS, 'rpm-test'];

/** The step kind that takes them back. */
const BACK_KIND = 'rpm-back';

type Outcomes = Readonly<Record<string, PackageOutcome>>;

export interface PackageResults {
  /** By node, of the packages that the plan has for it. */
  readonly outcomes: Column<Outcomes>;
  readonly rows: readonly PackageRow[];
}

export const NO_RESULTS: PackageResults = { outcomes: emptyColumn(0), rows: [] };

const NONE = Object.fromEntries(PACKAGE_STATES.map((state) => [state, 0])) as Record<PackageState, number>;

const PACKAGE_STATE_OF = {
  ...{ ok: 'successful', warned: 'warned', ignored: 'ignored' },
  ...{ skipped: 'skipped', unreachable: 'unreachable', unknown: 'unknown' },
} as const satisfies Partial<Record<CellState, PackageState>>;

/** Rows and outcomes of an accepted plan: everything waits. */
function resultsOfPlan(plan: JobPlan, nodeIds: readonly string[]): PackageResults {
  const counts = new Map<string, number>();
  /** What the changes call a file's package: its name, or with its architecture where two builds go to a node. */
  const labels = new Map<string, Set<string>>();
  const outcomes = nodeIds.map((nodeId, index): readonly [number, Outcomes] => {
    const ofNode: Record<string, PackageOutcome> = {};
    for (const { action, packageName, fileName } of plan.nodes[nodeId] ?? []) {
      const changes = action !== 'keep';
      ofNode[packageName] = changes ? 'waiting' : 'unchanged';
      if (fileName !== undefined) labels.set(fileName, (labels.get(fileName) ?? new Set()).add(packageName));
      if (changes) counts.set(packageName, (counts.get(packageName) ?? 0) + 1);
    }
    return [index, ofNode];
  });
  const seen = new Set<string>();
  const rows = plan.packages
    .flatMap((planned) => [...(labels.get(planned.fileName) ?? [planned.name])].map((label) => ({ label, planned })))
    .filter(({ label }) => !seen.has(label) && seen.add(label))
    .map(({ label, planned }): PackageRow => {
      const nodes = counts.get(label) ?? 0;
      return { packageName: label, version: formatEvr(planned), nodes, ...NONE, waiting: nodes };
    });
  return { outcomes: withValues(emptyColumn(nodeIds.length), outcomes), rows };
}

/** The results with other outcomes of one node; packages outside its plan are left alone. */
export function withOutcomes(
  results: PackageResults,
  index: number,
  change: (before: PackageOutcome, packageName: string) => PackageOutcome,
): PackageResults {
  const before = valueAt(results.outcomes, index);
  if (!before) return results;
  const after: Record<string, PackageOutcome> = {};
  const moved: [name: string, from: PackageOutcome, to: PackageOutcome][] = [];
  for (const [name, outcome] of Object.entries(before)) {
    const to = outcome === 'unchanged' ? outcome : change(outcome, name);
    after[name] = to;
    if (to !== outcome) moved.push([name, outcome, to]);
  }
  if (moved.length === 0) return results;
  const byName = new Map(moved.map((move) => [move[0], move]));
  const rows = results.rows.map((row) => {
    const move = byName.get(row.packageName);
    if (!move) return row;
    // What is unchanged neither was nor becomes anything else.
    const [, from, to] = move as [string, PackageState, PackageState];
    return { ...row, [from]: row[from] - 1, [to]: row[to] + 1 };
  });
  return { outcomes: withValues(results.outcomes, [[index, after]]), rows };
}

const moving =
  (from: readonly PackageOutcome[], to: PackageOutcome) =>
  (before: PackageOutcome): PackageOutcome =>
    from.includes(before) ? to : before;

/** A person gave it up, or its node went back to the version before. */
const isOut = (outcome: PackageOutcome): boolean => outcome === 'ignored' || outcome === 'rolled-back';

/** The node is back at the versions before, by a person's word or by itself; a package that was given up before never came. */
const wentBack = moving(['waiting', 'running', 'fail', 'successful'], 'rolled-back');

/** The results with what was seen of one package on a node; one that a person gave up stays so. */
export function withItem(
  results: PackageResults,
  index: number,
  packageName: string,
  outcome: PackageOutcome,
): PackageResults {
  return withOutcomes(results, index, (known, name) => (name === packageName && !isOut(known) ? outcome : known));
}

/** The results with what others have of one node. */
export function withNodeOf(results: PackageResults, others: PackageResults, index: number): PackageResults {
  const wanted = valueAt(others.outcomes, index);
  if (results === others || !wanted) return results;
  return withOutcomes(results, index, (before, name) => wanted[name] ?? before);
}

/** What the packages of a node are by themselves: a state that they have from their node alone is one of work to come. */
function ownOutcomes(
  results: PackageResults,
  index: number,
  change: (before: PackageOutcome, packageName: string) => PackageOutcome,
): PackageResults {
  return withOutcomes(results, index, (known, name) => change(ownOutcome(known), name));
}

function ownOutcome(outcome: PackageOutcome): PackageOutcome {
  if (outcome === 'warned') return 'successful';
  return outcome === 'skipped' || outcome === 'unreachable' || outcome === 'unknown' ? 'waiting' : outcome;
}

function settled(
  results: PackageResults,
  index: number,
  outcome: {
    readonly state: string;
    readonly items?: Readonly<Record<string, ItemOutcome>> | undefined;
    readonly cause?: { readonly packageName?: string | undefined } | undefined;
  },
): PackageResults {
  if (outcome.state === 'ok' || outcome.state === 'warned') {
    return ownOutcomes(results, index, moving(['waiting', 'running', 'fail'], 'successful'));
  }
  const failedOne = outcome.cause?.packageName;
  return ownOutcomes(results, index, (before, name) => {
    if (isOut(before)) return before;
    const item = outcome.items?.[name];
    if (outcome.state === 'failed' && (name === failedOne || item === 'fail')) return 'fail';
    if (item === 'successful') return 'successful';
    // Whatever did not come to its end waits for the next attempt, also where the work failed and names no package.
    return before === 'running' ? 'waiting' : before;
  });
}

function forAll(
  results: PackageResults,
  indices: Iterable<number>,
  change: (before: PackageOutcome, packageName: string) => PackageOutcome,
): PackageResults {
  let next = results;
  for (const index of indices) next = ownOutcomes(next, index, change);
  return next;
}

function isGivenUp({ ignoredItems }: SequencerState, index: number, name: string): boolean {
  return (valueAt(ignoredItems, index) ?? []).some(({ item }) => item === name);
}

/** A step that brings items begins: nodes that it leaves alone get none of them, except those that come back; the others have them to come, also where they missed them before. */
function openedResults(results: PackageResults, skips: readonly Skips[], after: SequencerState): PackageResults {
  const skipped = new Set(skips.flatMap(({ nodeIds }) => nodeIds.map((nodeId) => after.nodes.indexOf[nodeId] ?? -1)));
  let next = results;
  for (const index of nodesHere(after)) {
    if (valueAt(after.leftOut, index)?.returns) continue;
    next = ownOutcomes(next, index, (known, name) => {
      if (skipped.has(index)) return ['waiting', 'running', 'fail'].includes(known) ? 'ignored' : known;
      return isOut(known) && !isGivenUp(after, index, name) ? 'waiting' : known;
    });
  }
  return next;
}

/** What became of the packages themselves by an event, without what their nodes are. */
function applyToPackages(
  results: PackageResults,
  event: JobEvent,
  before: SequencerState,
  after: SequencerState,
): PackageResults {
  if (event.kind === 'answered' && stepSpec(after.spec, event.stepId).use === 'plan') {
    const plan = acceptedPlan(jobSoFar(after));
    return plan ? resultsOfPlan(plan, after.nodes.ids) : results;
  }
  if (results.rows.length === 0 && results.outcomes.length === 0) return results;
  const indexOf = (nodeId: string): number => after.nodes.indexOf[nodeId] ?? -1;
  const isItems = (stepId: string): boolean => ITEM_KINDS.includes(stepSpec(after.spec, stepId).use);
  const isGivenUpAt = (stepId: string): boolean => GIVE_UP_KINDS.includes(stepSpec(after.spec, stepId).use);
  const bringsBack = (stepId: string): boolean => stepSpec(after.spec, stepId).use === BACK_KIND;
  switch (event.kind) {
    case 'went-back': {
      const undone = stepsOf(after.spec).slice(after.at.step);
      return undone.some((step) => step.use === 'plan') ? NO_RESULTS : results;
    }
    case 'step-opened':
      if (!event.skips || !isItems(event.stepId)) return results;
      return openedResults(results, event.skips, after);
    case 'step-restarted':
      if (!isItems(event.stepId)) return results;
      return forAll(
        results,
        nodesHere(after),
        moving(['running', 'fail', 'ignored', 'rolled-back', 'successful'], 'waiting'),
      );
    case 'service-restarted':
      return forAll(
        results,
        [...entriesOf(before.flights)].map(([index]) => index),
        moving(['running'], 'waiting'),
      );
    case 'item-seen': {
      const found = flightOf(before, event);
      return !found || found.flight.aborted ? results : withItem(results, found.index, event.item, event.outcome);
    }
    case 'nodes-confirmed':
      return forAll(results, (event.wentBack ?? []).map(indexOf), wentBack);
    case 'cell-ended': {
      const { state, cause } = event.outcome;
      if (cause?.code === WENT_BACK || (bringsBack(event.stepId) && state === 'ok')) {
        return ownOutcomes(results, indexOf(event.nodeId), wentBack);
      }
      if (!isItems(event.stepId)) return results;
      const index = indexOf(event.nodeId);
      const was = valueAt(before.flights, index);
      return !was || was.aborted ? results : settled(results, index, event.outcome);
    }
    case 'cell-probed': {
      if (bringsBack(event.stepId) && event.outcome.done === 'yes') {
        return ownOutcomes(results, indexOf(event.nodeId), wentBack);
      }
      if (!isItems(event.stepId)) return results;
      const index = indexOf(event.nodeId);
      if (event.outcome.done === 'yes') return settled(results, index, { state: 'ok' });
      if (event.outcome.done !== 'no' && event.outcome.done !== 'partly') return results;
      const back = ownOutcomes(results, index, moving(['running', 'fail'], 'waiting'));
      return ownOutcomes(back, index, (known, name) =>
        !isOut(known) && event.outcome.items?.[name] === 'successful' ? 'successful' : known,
      );
    }
    case 'work-lingers':
      return isItems(event.stepId)
        ? ownOutcomes(results, indexOf(event.nodeId), moving(['running'], 'waiting'))
        : results;
    case 'released':
    case 'retried': {
      if (!isItems(currentStep(after).id)) return results;
      return event.nodeIds.reduce((next, nodeId) => {
        const index = indexOf(nodeId);
        const was = valueAt(before.leftOut, index);
        // One that catches up later has them to come then.
        if (was && valueAt(after.leftOut, index)) return next;
        return ownOutcomes(next, index, (known, name) => {
          if (known === 'fail') return 'waiting';
          return was && isOut(known) && !isGivenUp(after, index, name) ? 'waiting' : known;
        });
      }, results);
    }
    case 'ignore-undone':
      if (!isGivenUpAt(event.stepId)) return results;
      return event.nodeIds.reduce((next, nodeId) => {
        const index = indexOf(nodeId);
        const cell = cellOf(after, event.stepId, index);
        const failed =
          isItems(event.stepId) && cell?.state === 'failed'
            ? [...(cell.failedItems ?? []), cell.cause?.packageName]
            : [];
        return ownOutcomes(next, index, (known, name) => {
          const back = event.item === undefined ? !isGivenUp(after, index, name) : name === event.item;
          if (known !== 'ignored' || !back) return known;
          return failed.includes(name) ? 'fail' : 'waiting';
        });
      }, results);
    case 'ignored':
      if (!isGivenUpAt(event.stepId)) return results;
      return forAll(results, event.nodeIds.map(indexOf), (known, name) => {
        if (event.item === undefined) return known === 'successful' || isOut(known) ? known : 'ignored';
        return name === event.item ? 'ignored' : known;
      });
    default:
      return results;
  }
}

/** The results after an event; `before` and `after` are the states of the job around it. */
export function applyToResults(
  results: PackageResults,
  event: JobEvent,
  before: SequencerState,
  after: SequencerState,
): PackageResults {
  const next = applyToPackages(results, event, before, after);
  if (next.outcomes.length === 0) return next;
  const over = event.kind === 'job-ended';
  const changed = over ? after.nodes.ids.keys() : changedNodes(results, next, before, after);
  return asNodesAre(next, after, changed, over);
}

/** The results of a job that ends as `state` says. */
export function closedResults(results: PackageResults, state: SequencerState): PackageResults {
  return asNodesAre(results, state, state.nodes.ids.keys(), true);
}

/** Tables of the steps that bring packages, as far as they were begun. */
function itemTables({ spec, cells }: SequencerState): readonly CellTable[] {
  return stepsOf(spec).flatMap(({ id, use }) => (ITEM_KINDS.includes(use) && cells[id] ? [cells[id]] : []));
}

/** Nodes whose own outcomes or install are others than before; of the shards that changed alone. */
function* changedNodes(
  results: PackageResults,
  next: PackageResults,
  before: SequencerState,
  after: SequencerState,
): Generator<number> {
  const found = new Set(differences(results.outcomes, next.outcomes));
  const tablesBefore = itemTables(before);
  for (const [at, { column }] of itemTables(after).entries())
    for (const index of differences(tablesBefore[at]?.column, column)) found.add(index);
  yield* found;
}

/**
 * A package that has not ended by itself is as its node is: the cell of the last install that was begun. Where a node failed, the
 * packages beside those that stopped it were left out; where none of them did, all of them failed with it.
 */
function asNodesAre(
  results: PackageResults,
  state: SequencerState,
  indices: Iterable<number>,
  over: boolean,
): PackageResults {
  const table = itemTables(state).at(-1);
  let next = results;
  for (const index of indices) {
    const cell = table && cellAt(table, index);
    const ofNode = valueAt(next.outcomes, index);
    const culprit = cell?.cause?.packageName ?? Object.keys(ofNode ?? {}).find((name) => ofNode?.[name] === 'fail');
    next = ownOutcomes(next, index, (own, name) => {
      if (own === 'fail' && (cell === undefined || cell.state === 'running' || cell.state === 'failed')) return own;
      if (own === 'rolled-back') return own;
      if (own === 'ignored') return cell?.state === 'skipped' && !isGivenUp(state, index, name) ? 'skipped' : own;
      if (own === 'successful') {
        const { packageName = name } = cell?.cause ?? {};
        return cell?.state === 'warned' && packageName === name ? 'warned' : own;
      }
      if (cell === undefined || cell.state === 'waiting' || cell.state === 'running') return over ? 'skipped' : own;
      if (cell.state === 'failed') return culprit === undefined ? 'fail' : 'skipped';
      return PACKAGE_STATE_OF[cell.state];
    });
  }
  return next;
}
