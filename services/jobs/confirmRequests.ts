import { PutError } from '../../core/protocol/errors.ts';
import type { Clock } from '../../core/session/ports.ts';
import { entriesOf } from '../sequencer/column.ts';
import { goesBackAt } from '../sequencer/goingBack.ts';
import { requireBaton } from '../sequencer/requests.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import { isOver, type SequencerState } from '../sequencer/state.ts';
import { WENT_BACK, type GuardWork } from '../steps/guard.ts';
import type { Handlers } from '../service.ts';
import type { Tell } from './ports.ts';
import { someNodes, type SideWork } from './SideWork.ts';

interface ConfirmPorts {
  readonly sideWork: SideWork;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly stateOf: (jobId: string) => SequencerState;
  readonly request: (jobId: string, decideOn: (state: SequencerState) => JobEventBody | undefined) => unknown;
}

/** The nodes that are to be confirmed: those named, or all that go back by themselves. @throws PutError for one that does not */
function nodesToConfirm(state: SequencerState, named: readonly string[] | undefined): readonly string[] {
  const { nodes, goesBack, jobNumber } = state;
  if (named) {
    const other = named.find((nodeId) => goesBackAt(state, nodes.indexOf[nodeId] ?? -1) === undefined);
    if (other === undefined) return [...new Set(named)];
    throw new PutError(
      'nothing-to-confirm',
      `${other} does not go back by itself: it is not armed by job ${jobNumber}, or was confirmed`,
      {
        nodeId: other,
      },
    );
  }
  const waiting = goesBack ? [...entriesOf(goesBack)].map(([index]) => nodes.ids[index] ?? '') : [];
  if (waiting.length > 0) return waiting;
  throw new PutError('nothing-to-confirm', `no node of job ${jobNumber} goes back by itself`);
}

/** A person confirms nodes before the job does it, or after it was exited. */
export function confirmHandlers({ sideWork, clock, tell, stateOf, request }: ConfirmPorts): Handlers {
  let number = 0;
  return {
    'job.confirm': async ({ jobId, nodeIds }, caller) => {
      const state = stateOf(jobId);
      if (!isOver(state)) requireBaton(state, caller.user);
      const work: GuardWork = { action: 'confirm' };
      const order = {
        ...{ jobId, stepId: `confirm-${clock.nowMs()}-${++number}` },
        ...{ title: 'the confirmation', work: { use: 'guard', work } },
      };
      const { done, ...rest } = await sideWork.run(
        nodesToConfirm(state, nodeIds),
        order,
        ({ done: confirmed, failed }) => {
          // Those that went back by themselves do not any more either.
          const gone = failed.flatMap(({ nodeId, code }) => (code === WENT_BACK ? [nodeId] : []));
          const others = failed.flatMap(({ nodeId, code }) => (code === WENT_BACK ? [] : [nodeId]));
          const parts = [
            ...(confirmed.length > 0 ? [`confirmed ${someNodes(confirmed)}`] : []),
            ...(gone.length > 0 ? [`came too late to confirm ${someNodes(gone)}: back at the versions before`] : []),
            ...(others.length > 0 ? [`could not confirm ${someNodes(others)}`] : []),
          ];
          tell({ text: parts.join('; '), user: caller.user, jobId });
          const settled = [...confirmed, ...gone];
          if (settled.length === 0) return;
          const wentBack = gone.length > 0 ? { wentBack: gone } : {};
          request(jobId, () => ({ kind: 'nodes-confirmed', nodeIds: settled, ...wentBack, user: caller.user }));
        },
      );
      return { confirmed: done, ...rest };
    },
  };
}
