import type { Cell, CellState, JobNode, JobPlan, PackageOutcome } from '../../core/model/job.ts';
import {
  parsePart,
  type HeldNode,
  type JobHead,
  type JobNodeRow,
  type JobPart,
  type JobPartName,
  type JobParts,
  type JobPartsOf,
  type LiveCell,
  type NodePart,
  type PackagesPart,
  type ServiceNotUp,
} from '../../core/model/jobParts.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import type { StepPaces } from '../../core/model/timeLeft.ts';
import { sameDeep } from '../../core/replica/patch.ts';
import { cellAt, mayHaveBegun } from '../sequencer/cells.ts';
import { SHARD_NODES, valueAt } from '../sequencer/column.ts';
import { goesBackAt } from '../sequencer/goingBack.ts';
import { currentStep, isNodeOf, type KnownNode, type SequencerState } from '../sequencer/state.ts';
import { shownAnswers } from '../steps/openStep.ts';
import { heldNode } from './heldView.ts';
import { createHeadMaker, screenOf, screenVersions, type ScreenVersions } from './jobView.ts';
import { planOfJob } from './planOfJob.ts';
import { shownReport } from './reportShown.ts';
import { shardedView } from './shardedView.ts';
import type { JobSource } from './JobSource.ts';

/** Makes one part; what did not change is the same object as before, so that a difference costs what changed. */
type PartMaker<T> = (source: JobSource) => T;

/** Parts of which there is one for each package, node or step that are kept made, so that watchers share them. */
const KEPT_MAKERS = 200;

/** The head and the parts of one job, made from its source when somebody looks; all watchers of a part get the same objects. */
export interface JobPartsMaker {
  readonly head: () => JobHead;
  /** Undefined: there is no part of that name. */
  readonly part: (name: string) => (() => object) | undefined;
  /** For who names a part that there is. */
  readonly read: <P extends JobPartName>(name: P) => JobPart<P>;
}

/** `source` answers the same object until something changes; `history` has how long steps took in jobs before. */
export function createJobParts(source: () => JobSource, history?: () => StepPaces): JobPartsMaker {
  const versionOf = screenVersions();
  const makers = new Map<string, () => object>();
  const head = onceEach(source, createHeadMaker(versionOf, history));
  const makerOf = (name: string): (() => object) | undefined => {
    const part = parsePart(name);
    if (!part) return undefined;
    const make: PartMaker<object> = 'of' in part ? MAKERS_OF[part.kind](part.of, versionOf) : MAKERS[part.kind]();
    return onceEach(source, make);
  };
  const keptMaker = (name: string): (() => object) | undefined => {
    const known = makers.get(name);
    if (known) return known;
    const made = makerOf(name);
    if (made) makers.set(name, made);
    const oldest = makers.keys().next().value;
    if (makers.size > KEPT_MAKERS && oldest !== undefined) makers.delete(oldest);
    return made;
  };
  return {
    head,
    part: keptMaker,
    // A report reads more parts than are kept: it takes none away from watchers.
    read: <P extends JobPartName>(name: P) => (makers.get(name) ?? makerOf(name))?.() as JobPart<P>,
  };
}

function onceEach<T>(source: () => JobSource, make: PartMaker<T>): () => T {
  let made: { readonly of: JobSource; readonly value: T } | undefined;
  return () => {
    const now = source();
    if (made?.of !== now) made = { of: now, value: make(now) };
    return made.value;
  };
}

/** The value again while its sources are the same objects. */
function memo<T>(): (sources: readonly unknown[], make: () => T) => T {
  let made: { readonly sources: readonly unknown[]; readonly value: T } | undefined;
  return (sources, make) => {
    const before = made;
    if (!before || sources.some((one, i) => one !== before.sources[i])) made = { sources, value: make() };
    return (made as { value: T }).value;
  };
}

const MAKERS: { readonly [K in keyof JobParts]: () => PartMaker<JobParts[K]> } = {
  nodes: () => {
    const view = shardedView<JobNodeRow>();
    return ({ machine: { nodes } }) =>
      view(
        nodes.ids,
        () => [nodes.entries, nodes.waveOf],
        (index) => {
          const row = rowOf(nodes, index);
          const wave = nodes.waveOf?.[index];
          return row && wave !== undefined ? { ...row, wave: wave + 1 } : row;
        },
      );
  },
  plan: () => {
    const once = memo<JobParts['plan']>();
    return ({ machine }) => {
      const plan = planOf(machine);
      return once([plan], () => (plan ? { plan } : {}));
    };
  },
  packages: () => {
    const once = memo<PackagesPart>();
    return ({ results: { rows } }) =>
      once([rows], () => ({
        order: rows.map(({ packageName }) => packageName),
        rows: Object.fromEntries(rows.map((row) => [row.packageName, row])),
      }));
  },
  failed: () => {
    const view = shardedView<readonly string[]>();
    return ({ machine, results: { outcomes } }) =>
      view(
        machine.nodes.ids,
        (at) => [outcomes.shards[at]],
        (index, before) => {
          const ofNode = valueAt(outcomes, index) ?? {};
          const names = Object.keys(ofNode).filter((name) => ofNode[name] === 'fail');
          if (names.length === 0) return undefined;
          return before?.join('\n') === names.join('\n') ? before : names;
        },
      );
  },
  services: () => {
    const view = shardedView<ServiceNotUp>();
    return ({ machine: { nodes, known } }) =>
      view(
        nodes.ids,
        (at) => [known.shards[at]],
        (index, before) => {
          const service = serviceOf(valueAt(known, index));
          if (!service || service.state === 'up') return undefined;
          return before?.state === service.state && before.name === service.name ? before : service;
        },
      );
  },
  held: () => {
    const view = shardedView<HeldNode>();
    return ({ machine }) =>
      view(
        machine.nodes.ids,
        (at) => [machine.leftOut.shards[at], machine.answers],
        (index, before) => {
          const now = heldNode(machine, index);
          return sameDeep(now, before) ? before : now;
        },
      );
  },
  report: () => {
    const once = memo<JobParts['report']>();
    return ({ machine }) =>
      once([machine.report, machine.goesBackCounts, machine.confirmations, machine.acceptances], () => {
        const report = shownReport(machine);
        return report ? { report } : {};
      });
  },
};

const MAKERS_OF: {
  readonly [K in keyof JobPartsOf]: (of: string, versionOf: ScreenVersions) => PartMaker<JobPartsOf[K]>;
} = {
  step: (stepId, versionOf) => {
    const once = memo<JobPartsOf['step']>();
    return ({ machine }) => {
      const screen = currentStepId(machine) === stepId ? screenOf(machine) : undefined;
      const answers = shownAnswers(machine);
      const input = Object.hasOwn(answers, stepId) ? answers[stepId] : undefined;
      return once([screen, input], () => ({
        ...(screen ? { screen, version: versionOf(screen) } : {}),
        ...(input === undefined ? {} : { input }),
      }));
    };
  },
  cells: (stepId) => {
    const view = shardedView<Cell>();
    return ({ machine, live }) => {
      const table = Object.hasOwn(machine.cells, stepId) ? machine.cells[stepId] : undefined;
      if (!table) return { shards: {} };
      const { ids, indexOf } = machine.nodes;
      const here = currentStepId(machine) === stepId;
      // A shard with running work is looked through at each view, the others where a cell of theirs changed.
      const alive = new Set<number>();
      if (here) for (const nodeId of live.keys()) alive.add(Math.floor((indexOf[nodeId] ?? 0) / SHARD_NODES));
      return view(
        ids,
        (at) => [table.column.length, table.column.shards[at], alive.has(at) ? live : undefined],
        (index, before) => {
          const cell = cellAt(table, index);
          const shown = here && cell.state === 'running' ? live.get(ids[index] as string) : undefined;
          return shown ? withLive(cell, shown, before) : cell;
        },
      );
    };
  },
  package: (packageName) => {
    const view = shardedView<PackageOutcome>();
    return ({ machine, results: { outcomes } }) =>
      view(
        machine.nodes.ids,
        (at) => [outcomes.shards[at]],
        (index) => {
          const ofNode = valueAt(outcomes, index) ?? {};
          return Object.hasOwn(ofNode, packageName) ? ofNode[packageName] : undefined;
        },
      );
  },
  node: (nodeId) => (source) => nodeOf(source, nodeId),
};

function currentStepId(machine: SequencerState): string {
  return currentStep(machine).id;
}

function withLive(cell: Cell, live: LiveCell, before: Cell | undefined): Cell {
  const shown = { ...cell, ...live };
  const same = before && (Object.keys(shown) as (keyof Cell)[]).every((name) => shown[name] === before[name]);
  return same ? before : shown;
}

function rowOf({ ids, entries }: SequencerState['nodes'], index: number): JobNodeRow | undefined {
  const entry = entries[index];
  if (!entry) return undefined;
  const { address, type, system, clique } = entry;
  return { nodeId: ids[index] as string, address, type, system, ...(clique === undefined ? {} : { clique }) };
}

function serviceOf(known: KnownNode | undefined): ServiceNotUp | undefined {
  return known?.facts && known.service ? { name: known.facts.service.name, state: known.service } : undefined;
}

/** States of work after which a reading from before it says nothing of what is on the node. */
const LEAVES_UNREAD: ReadonlySet<CellState> = new Set(['running', 'failed', 'unreachable', 'unknown', 'ignored']);

/** The first work that may have changed the node and was begun after its packages were read. Walks the steps. */
function notReadSince(
  machine: SequencerState,
  index: number,
  known: KnownNode | undefined,
): Pick<JobNode, 'notReadSince'> {
  for (const { id, policy } of stepsOf(machine.spec)) {
    const table = policy.readOnly ? undefined : machine.cells[id];
    const cell = table && cellAt(table, index);
    if (cell?.startedAtMs === undefined || !LEAVES_UNREAD.has(cell.state) || !mayHaveBegun(cell)) continue;
    const { startedAtMs } = cell;
    if (known?.foundAtMs !== undefined && startedAtMs > known.foundAtMs)
      return { notReadSince: { stepId: id, atMs: startedAtMs } };
  }
  return {};
}

const plans = new WeakMap<SequencerState, { readonly plan: JobPlan | undefined }>();

/** The accepted plan; undefined before. */
function planOf(machine: SequencerState): JobPlan | undefined {
  const known = plans.get(machine) ?? { plan: planOfJob(machine) };
  plans.set(machine, known);
  return known.plan;
}

function nodeOf({ machine, results, live }: JobSource, nodeId: string): NodePart {
  const index = isNodeOf(machine.nodes)(nodeId) ? (machine.nodes.indexOf[nodeId] as number) : -1;
  const row = rowOf(machine.nodes, index);
  if (!row) return { cells: {} };
  const known = valueAt(machine.known, index);
  const service = serviceOf(known);
  const backAtMs = goesBackAt(machine, index);
  const changes = planOf(machine)?.nodes[nodeId];
  const held = heldNode(machine, index);
  const here = currentStepId(machine);
  const node: JobNode = {
    ...row,
    ...(known?.facts ? { os: known.facts.os } : {}),
    before: known?.facts?.packages ?? [],
    ...(known?.found && known.found !== known.facts?.packages ? { found: known.found } : {}),
    ...(known?.foundAtMs === undefined ? {} : { readAtMs: known.foundAtMs }),
    ...notReadSince(machine, index, known),
    ...(service ? { service } : {}),
    ...(backAtMs === undefined ? {} : { goesBackAtMs: backAtMs }),
    outcomes: valueAt(results.outcomes, index) ?? {},
  };
  return {
    node,
    ...(changes ? { changes } : {}),
    ...(held ? { held } : {}),
    cells: Object.fromEntries(
      Object.entries(machine.cells).map(([stepId, table]) => {
        const cell = cellAt(table, index);
        const shown = stepId === here && cell.state === 'running' ? live.get(nodeId) : undefined;
        return [stepId, shown ? { ...cell, ...shown } : cell];
      }),
    ),
  };
}
