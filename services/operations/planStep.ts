import type { JobPlan, PlannedChange, PlannedPackage, StepInput, StepScreen } from '../../core/model/job.ts';
import { planDifferences } from '../../core/model/planBinding.ts';
import { systemWarnings, type PlanWarning } from '../../core/model/planWarnings.ts';
import type { PlannedNodes } from '../../core/model/selection.ts';
import { runAtOnce, type Slices } from '../../core/model/slices.ts';
import { archFit } from '../../core/model/architectures.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { SelectionLibrary } from '../jobs/ports.ts';
import type { SequencerState } from '../jobs/sequencerState.ts';
import { takingPart } from './leftOut.ts';
import { selectionContext } from './packagesStep.ts';
import { plannedOf, verdictOf } from './selectionMemory.ts';

/** The answer given at a step. Throws `internal` when the step was not answered. */
export function inputOf<S extends StepInput['stepId']>(state: SequencerState, stepId: S): StepInput & { stepId: S } {
  const input = state.view.inputs[stepId];
  if (!input) throw new PutError('internal', `step ${stepId} was not answered`);
  return input as StepInput & { stepId: S };
}

function changesOfSelection(state: SequencerState, library: SelectionLibrary): PlannedNodes {
  return runAtOnce(changesInSlices(state, library));
}

/** What the selection comes to on each node, with places to pause; asked once more for the same, it answers at once. */
export function* changesInSlices(state: SequencerState, library: SelectionLibrary): Slices<PlannedNodes> {
  return yield* plannedOf(selectionContext(state, library), inputOf(state, 'select-packages').fileNames);
}

/** Files that a node needs for its changes, in order of installation. */
export function filesOfNode(
  state: SequencerState,
  packages: readonly PlannedPackage[],
  changes: readonly PlannedChange[],
  nodeId: string,
): PlannedPackage[] {
  const changed = changes.filter((change) => change.action !== 'keep');
  return buildsOfNode(state, packages, changed, nodeId);
}

/** The builds that a node has after the plan, those that it keeps too. Of builds for several architectures the best fitting one. */
export function buildsOfNode(
  state: SequencerState,
  packages: readonly PlannedPackage[],
  changes: readonly PlannedChange[],
  nodeId: string,
): PlannedPackage[] {
  const arch = state.facts[nodeId]?.arch ?? '';
  const { byFileName, byName } = indexOf(packages);
  return changes.flatMap((change) => {
    const named = change.fileName === undefined ? undefined : byFileName.get(change.fileName);
    if (named && formatEvr(named) === change.to)
      return [named.name === change.packageName ? named : { ...named, label: change.packageName }];
    const fit = (planned: PlannedPackage): number => archFit(planned.arch, arch) ?? Infinity;
    const builds = (byName.get(change.packageName) ?? []).filter((planned) => formatEvr(planned) === change.to);
    return builds.sort((a, b) => fit(a) - fit(b)).slice(0, 1);
  });
}

interface PlannedIndex {
  readonly byFileName: ReadonlyMap<string, PlannedPackage>;
  readonly byName: ReadonlyMap<string, readonly PlannedPackage[]>;
}

const indexes = new WeakMap<readonly PlannedPackage[], PlannedIndex>();

/** The packages of a plan by what changes name; made once a plan, since every node asks. */
function indexOf(packages: readonly PlannedPackage[]): PlannedIndex {
  const known = indexes.get(packages) ?? {
    byFileName: new Map(packages.map((planned) => [planned.fileName, planned])),
    byName: Map.groupBy(packages, (planned) => planned.name),
  };
  indexes.set(packages, known);
  return known;
}

/**
 * File systems that every node has, with the least free space among the nodes and the most bytes that one node needs. The proposal is
 * /var/opt/teradata where it has room, as is usual on these systems, otherwise the one with most room.
 */
export function spoolAreaScreen(
  state: SequencerState,
  library: SelectionLibrary,
): StepScreen & { stepId: 'spool-area' } {
  const { packages, nodes } = changesOfSelection(state, library);
  let neededBytes = 0;
  const least = new Map<string, { free: number; nodes: number }>();
  const nodeIds = takingPart(state);
  // Nodes that are alike have one list of changes.
  const seen = new Set<readonly PlannedChange[]>();
  for (const nodeId of nodeIds) {
    const changes = nodes[nodeId] ?? [];
    if (!seen.has(changes)) {
      seen.add(changes);
      const files = filesOfNode(state, packages, changes, nodeId);
      neededBytes = Math.max(
        neededBytes,
        files.reduce((sum, file) => sum + file.fileBytes, 0),
      );
    }
    for (const { path, freeBytes } of state.facts[nodeId]?.fileSystems ?? []) {
      const known = least.get(path);
      if (known) least.set(path, { free: Math.min(known.free, freeBytes), nodes: known.nodes + 1 });
      else least.set(path, { free: freeBytes, nodes: 1 });
    }
  }
  const areas = [...least]
    .filter(([, space]) => space.nodes === nodeIds.length)
    .map(([path, { free }]) => ({ path, leastFreeBytes: free, neededBytes, enough: free >= neededBytes }))
    .sort((a, b) => b.leastFreeBytes - a.leastFreeBytes || (a.path < b.path ? -1 : 1));
  const usual = areas.find((area) => area.path === '/var/opt/teradata' && area.enough);
  return { stepId: 'spool-area', areas, proposal: (usual ?? areas[0])?.path ?? '' };
}

/** The plan of everything answered so far. */
export function makePlan(state: SequencerState, library: SelectionLibrary, nowMs: number): JobPlan {
  const { packages, nodes, warnings } = changesOfSelection(state, library);
  const { fileNames } = inputOf(state, 'select-packages');
  const { leftToRpm } = runAtOnce(verdictOf(selectionContext(state, library), fileNames));
  const { mode } = inputOf(state, 'configuration-mode');
  const { certList } = inputOf(state, 'package-source');
  const plan: JobPlan = {
    createdAtMs: nowMs,
    release: certList === undefined ? undefined : library.certLists[certList]?.release,
    mode,
    spoolArea: inputOf(state, 'spool-area').path,
    packages,
    nodes,
    skips: mode === 'typical' ? [{ stepId: 'switch-versions', reason: TYPICAL_SWITCHES }] : [],
    pointOfNoReturn: 'shutdown',
    notes: leftToRpm,
    warnings: [
      ...warnings,
      ...systemWarnings({
        warnings,
        nodes,
        taking: takingPart(state).flatMap((nodeId) => state.view.nodes[nodeId] ?? []),
        all: state.inventory,
      }),
    ],
  };
  const bound = state.answers?.answers.bound;
  const differences = bound === undefined ? [] : planDifferences(bound, plan);
  return differences.length === 0 ? plan : { ...plan, warnings: [...plan.warnings, differsWarning(differences)] };
}

/** Differences that one warning names. */
const MOST_DIFFERENCES = 50;

function differsWarning(differences: readonly string[]): PlanWarning {
  const more = differences.length > MOST_DIFFERENCES ? [`and ${differences.length - MOST_DIFFERENCES} more`] : [];
  const lines = [...differences.slice(0, MOST_DIFFERENCES), ...more];
  return {
    name: 'differs-from-plan-file',
    message: `It is another plan than the plan file agreed on: ${lines.join('; ')}.`,
  };
}

/** Why Switch Versions is skipped in Typical mode. */
export const TYPICAL_SWITCHES = 'Typical mode switches to the new versions by itself';
