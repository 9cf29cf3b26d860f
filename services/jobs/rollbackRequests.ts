import type { JobSummary } from '../../core/model/job.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { countedNodes } from '../../core/model/servicesNotUp.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodName, MethodResult } from '../../core/protocol/methods.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import { changedNodes, requireBaton, requireSeen, rollbackEvent, type RollbackOf } from '../sequencer/requests.ts';
import { isOver, type AskedOnce, type SequencerState } from '../sequencer/state.ts';
import type { Caller, Handlers } from '../service.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { wayBackOf } from '../steps/wayBack.ts';
import { standingChanges } from './standingChanges.ts';
import { requireNone } from './jobStart.ts';
import type { SelectionLibrary } from '../steps/SelectionLibrary.ts';

type Preview = MethodResult<'job.rollbackPreview'>;

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
  /** The job that is not over. */
  running(): JobSummary | undefined;
  /** Later jobs of the system, newest first. */
  jobsAfter(jobNumber: number): readonly JobSummary[];
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

/**
 * Throws `changed-since` where a later job changed one of the nodes and that stands: what was there before both would come back, and what the later one did
 * would be lost unseen.
 */
function requireUnchanged(ports: RollbackPorts, jobNumber: number, nodeIds: readonly string[]): void {
  const asked = new Set(nodeIds);
  for (const later of ports.jobsAfter(jobNumber)) {
    const { jobId, problem } = later;
    const details = { jobNumber: later.jobNumber };
    if (problem !== undefined) {
      const message = `whether job ${later.jobNumber} changed these nodes is not known: ${problem}`;
      throw new PutError('changed-since', message, details);
    }
    // What has no way back, such as a command, stands for ever, and keeps nobody from this.
    const changed = standingChanges(ports.stateOf(jobId)).filter((nodeId) => asked.has(nodeId));
    if (changed.length === 0) continue;
    throw new PutError('changed-since', `job ${later.jobNumber} changed ${countedNodes(changed)} since`, details);
  }
}

/** Rollback of nodes, of a wave or of the job, decided by its driver, or by anybody once it has ended, and what it would come to. */
export function rollbackHandlers(ports: RollbackPorts): Handlers {
  return {
    'job.rollback': (params, caller) => {
      const which = whichOf(params);
      const done = ports.once('job.rollback', params, caller, (state) => {
        const over = isOver(state);
        if (!over) requireBaton(state, caller.user);
        requireSeen(state, params.seen, ['rollback-asked'], caller.user);
        const event = rollbackEvent(state, which, caller.user, params.reason);
        if (over) {
          requireNone(ports.running());
          requireUnchanged(ports, state.jobNumber, event.nodeIds);
        }
        return event;
      });
      return { nodes: done.nodes };
    },
    'job.rollbackPreview': (params) =>
      previewOf(
        ports.stateOf(params.jobId),
        changedNodes(ports.stateOf(params.jobId), whichOf(params)),
        ports.library(),
      ),
  };
}

/** What nodes would go back to, nodes that are alike together. */
function previewOf(state: SequencerState, nodeIds: readonly string[], library: SelectionLibrary): Preview {
  const job = jobSoFar(state);
  const groups = new Map<
    string,
    { nodes: number; nodeIds: string[]; packages: Preview['groups'][number]['packages'] }
  >();
  for (const nodeId of nodeIds) {
    const { files, missing, erase, eraseFirst } = wayBackOf(job, library, nodeId);
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
