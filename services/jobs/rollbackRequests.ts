import { formatEvr } from '../../core/model/rpmVersion.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { changedNodes, rollbackEvent, type RollbackOf } from '../sequencer/requests.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { Handlers } from '../service.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { wayBackOf } from '../steps/wayBack.ts';
import type { Drive } from './drive.ts';
import type { SelectionLibrary } from './ports.ts';

type Preview = MethodResult<'job.rollbackPreview'>;

/** Names of nodes that one group of the preview carries. */
const NODES_NAMED = 100;

interface RollbackPorts {
  readonly drive: Drive;
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

/** Rollback of nodes, of a wave or of the job, decided by its driver, and what it would come to. */
export function rollbackHandlers(ports: RollbackPorts): Handlers {
  return {
    'job.rollback': (params, caller) => {
      const which = whichOf(params);
      const done = ports.drive('job.rollback', ['rollback-asked'], params, caller, (state) =>
        rollbackEvent(state, which, caller.user, params.reason),
      );
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
