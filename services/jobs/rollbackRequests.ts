import type { JobSummary } from '../../core/model/job.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { runAtOnce } from '../../core/model/slices.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodName, MethodResult } from '../../core/protocol/methods.ts';
import type { Clock } from '../../core/session/ports.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { cellAt, mayHaveBegun } from '../sequencer/cells.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import { changedNodes, requireBaton, requireSeen, rollbackEvent, type RollbackOf } from '../sequencer/requests.ts';
import { isOver, type AskedOnce, type SequencerState } from '../sequencer/state.ts';
import type { Caller, Handlers } from '../service.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { findStepKind } from '../steps/registry.ts';
import { wayBackOf, type WayBack } from '../steps/wayBack.ts';
import { requireNone } from './jobStart.ts';
import { requireUnchanged, type LaterJobs } from './laterChanges.ts';
import type { SelectionLibrary } from '../steps/SelectionLibrary.ts';
import { inTurns } from './turns.ts';

type Preview = MethodResult<'job.rollbackPreview'>;

/** Of a node whose packages are those of before. */
const NO_WAY: WayBack = { files: [], missing: [], erase: [], eraseFirst: [] };

/** Names of nodes that one group of the preview carries. */
const NODES_NAMED = 100;

interface RollbackPorts {
  /** Decides once on a request, however often it comes. */
  once(
    method: MethodName,
    params: { jobId: string },
    caller: Caller,
    decideOn: (state: SequencerState) => JobEventBody,
  ): AskedOnce;
  /** What became of it, where it was asked before. */
  known(method: MethodName, params: { jobId: string }, caller: Caller): AskedOnce | undefined;
  /** The job that is not over. */
  running(): JobSummary | undefined;
  readonly later: LaterJobs;
  readonly clock: Clock;
  stateOf(jobId: string): SequencerState;
  library(): SelectionLibrary;
}

/** Waves are counted from 1 by people and on the wire. @throws PutError input-invalid for nodes and a wave at once */
function whichOf({
  nodeIds,
  wave,
}: {
  nodeIds?: readonly string[] | undefined;
  wave?: number | undefined;
}): RollbackOf {
  if (nodeIds && wave !== undefined) {
    throw new PutError('input-invalid', 'give nodes or a wave, not both', { place: 'wave' });
  }
  return { nodeIds, wave: wave === undefined ? undefined : wave - 1 };
}

/** Rollback of nodes, of a wave or of the job, decided by its driver, or by anybody once it has ended, and what it would come to. */
export function rollbackHandlers(ports: RollbackPorts): Handlers {
  return {
    'job.rollback': (params, caller) => {
      const which = whichOf(params);
      const decide = (state: SequencerState): JobEventBody & { kind: 'rollback-asked' } => {
        const over = isOver(state);
        if (!over) requireBaton(state, caller.user);
        requireSeen(state, params.seen, ['rollback-asked'], caller.user);
        const event = rollbackEvent(state, which, caller.user, params.reason);
        if (over) requireNone(ports.running());
        return event;
      };
      const known = ports.known('job.rollback', params, caller);
      const before = ports.stateOf(params.jobId);
      if (known || !isOver(before)) {
        return { nodes: (known ?? ports.once('job.rollback', params, caller, decide)).nodes };
      }
      // Many jobs may have run since: they are looked through in slices, and at the decision those alone that came meanwhile.
      const { nodeIds } = decide(before);
      const [newest = before] = ports.later.after(before.jobNumber);
      const done = (): { nodes: number } => {
        const { nodes } = ports.once('job.rollback', params, caller, (state) => {
          const event = decide(state);
          runAtOnce(requireUnchanged(ports.later, newest.jobNumber, event.nodeIds));
          return event;
        });
        return { nodes };
      };
      const looked = inTurns(requireUnchanged(ports.later, before.jobNumber, nodeIds), ports.clock);
      return looked === true ? done() : looked.then(done);
    },
    'job.rollbackPreview': (params) =>
      previewOf(
        ports.stateOf(params.jobId),
        changedNodes(ports.stateOf(params.jobId), whichOf(params)),
        ports.library(),
      ),
  };
}

/** Whether work that changes packages may have begun on a node; one that was only stopped has the packages of before. */
function packagesTouched(state: SequencerState): (nodeId: string) => boolean {
  const tables = stepsOf(state.spec).flatMap(({ id, use, policy }) => {
    const kind = findStepKind(use);
    const leaves = policy.readOnly || (kind?.form === 'work' && kind.leavesPackages === true);
    const table = policy.irreversible && !leaves ? state.cells[id] : undefined;
    return table ? [table] : [];
  });
  return (nodeId) => {
    const index = state.nodes.indexOf[nodeId] ?? -1;
    return tables.some((table) => mayHaveBegun(cellAt(table, index)));
  };
}

/** What nodes would go back to, nodes that are alike together. */
function previewOf(state: SequencerState, nodeIds: readonly string[], library: SelectionLibrary): Preview {
  const job = jobSoFar(state);
  const groups = new Map<
    string,
    { nodes: number; nodeIds: string[]; packages: Preview['groups'][number]['packages'] }
  >();
  const isTouched = packagesTouched(state);
  for (const nodeId of nodeIds) {
    const { files, missing, erase, eraseFirst } = isTouched(nodeId) ? wayBackOf(job, library, nodeId) : NO_WAY;
    // A build that goes first, so that what it took away comes back, may have a former one of its own name.
    const back = new Set([...files, ...missing].map(({ name }) => name));
    const gone = [...eraseFirst, ...erase].filter(({ name }) => !back.has(name));
    const packages = [
      ...files.map((one) => ({ name: one.name, to: formatEvr(one), wayBack: true })),
      ...missing.map((one) => ({ name: one.name, to: formatEvr(one), wayBack: false })),
      ...gone.map(({ name }) => ({ name, wayBack: true })),
    ];
    const key = JSON.stringify(packages);
    const group = groups.get(key) ?? { nodes: 0, nodeIds: [] as string[], packages };
    group.nodes += 1;
    if (group.nodeIds.length < NODES_NAMED) group.nodeIds.push(nodeId);
    groups.set(key, group);
  }
  return { possible: state.spec.rollback.length > 0, nodes: nodeIds.length, groups: [...groups.values()] };
}
