import type { JobView, WaveState } from '../../core/model/job.ts';
import { NAMED_NODES } from '../../core/model/jobParts.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { returning } from '../sequencer/catchUp.ts';
import { valueAt } from '../sequencer/column.ts';
import { changedNodes } from '../sequencer/requests.ts';
import {
  currentStep,
  isBad,
  isOver,
  phaseOf,
  statusOf,
  waveOf,
  waveUnderWay,
  type GateStatus,
  type LeftOut,
  type SequencerState,
} from '../sequencer/state.ts';
import { stopsBefore } from '../steps/gates.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { wavesDivided } from '../steps/plan.ts';

/** Titles of the waves of a job; made once for each division. */
const titlesOf = new WeakMap<SequencerState['nodes'], readonly string[]>();

function titles(state: SequencerState): readonly string[] {
  const known = titlesOf.get(state.nodes) ?? wavesDivided(jobSoFar(state))?.map(({ title }) => title) ?? [];
  titlesOf.set(state.nodes, known);
  return known;
}

/** Whether a wave is the next thing to come and nothing of it has begun: it waits for an approval, its time, or a person who resumes. */
function isAboutToBegin(state: SequencerState): boolean {
  const { id } = currentStep(state);
  const first = phaseOf(state.spec, id)?.steps[0];
  return state.at.program === 'forward' && first?.id === id && statusOf(state, id).state === 'waiting';
}

/** What a wave came to in a job that has ended: its first step was begun on a node of it, or not. */
function stateAtEnd(state: SequencerState, wave: number): WaveState {
  const first = stepsOf(state.spec).find(({ id }) => phaseOf(state.spec, id)?.perWave === true && state.cells[id]);
  const { skipped, waiting } = (first && state.cells[first.id]?.waves[wave]) ?? { skipped: 0, waiting: Infinity };
  return skipped + waiting >= (state.nodes.waves[wave] ?? 0) ? 'skipped' : 'done';
}

type HeldInWave = NonNullable<NonNullable<JobView['waves']>[number]['held']>;

const heldIn = new WeakMap<SequencerState['leftOut'], ReadonlyMap<number, HeldInWave & { readonly bad: number }>>();

/** Nodes that are held or have yet to catch up, by wave, and how many of them count as left out; looked for when a person decided about one. */
function heldByWave(state: SequencerState): ReadonlyMap<number, HeldInWave & { readonly bad: number }> {
  const { leftOut, nodes } = state;
  const known = heldIn.get(leftOut);
  if (known) return known;
  const { held, due } = returning(state);
  const waves = Map.groupBy(
    [...held, ...due].sort((a, b) => a - b),
    waveOf(nodes),
  );
  const made = new Map(
    [...waves].map(([wave, indices]) => [
      wave,
      {
        nodes: indices.length,
        first: indices.slice(0, NAMED_NODES).map((index) => nodes.ids[index] ?? ''),
        bad: indices.filter((index) => isBad(valueAt(leftOut, index) as LeftOut)).length,
      },
    ]),
  );
  heldIn.set(leftOut, made);
  return made;
}

/** By the nodes that are out, which every change of a wave that is over goes by, but what nodes that catch up begin. */
const unchangedIn = new WeakMap<SequencerState['leftOut'], Map<number, boolean>>();

/** Whether no node of a wave that is over can be asked to go back. The nodes are looked through once, not at each event. */
function isUnchanged(state: SequencerState, wave: number): boolean {
  const look = (): boolean => changedNodes(state, { wave }).length === 0;
  if (state.spec.rollback.length === 0) return false;
  if (state.catchUp) return look();
  const known = unchangedIn.get(state.leftOut) ?? new Map<number, boolean>();
  unchangedIn.set(state.leftOut, known);
  const found = known.get(wave) ?? look();
  known.set(wave, found);
  return found;
}

function gateView(state: SequencerState, { nextWave, state: is, reason }: GateStatus): NonNullable<JobView['gate']> {
  const held = is === 'held';
  const unchanged = held && isUnchanged(state, nextWave - 1);
  return { beforeWave: nextWave + 1, held, reason, ...(unchanged ? { unchanged } : {}) };
}

/** The waves of a job that has several, and the gate that it waits at. */
export function wavesView(state: SequencerState): Pick<JobView, 'waves' | 'gate'> {
  const { waves } = state.nodes;
  if (waves.length < 2) return {};
  const now = waveUnderWay(state);
  const begun = !isAboutToBegin(state);
  const names = titles(state);
  const byWave = heldByWave(state);
  const stateOf = (index: number): WaveState => {
    if (isOver(state)) return stateAtEnd(state, index);
    if (index < now || (index === now && state.gate)) return 'done';
    return index === now && begun ? 'running' : 'waiting';
  };
  const gate = state.gate && gateView(state, state.gate);
  return {
    waves: waves.map((nodes, index) => {
      const { bad = 0, ...held } = byWave.get(index) ?? {};
      const is = stateOf(index);
      return {
        ...{ title: names[index] ?? '', nodes, leftOut: (state.leftOutNodes[index] ?? 0) - bad },
        ...('nodes' in held ? { held } : {}),
        ...(stopsBefore(state, index) ? { stopBefore: true as const } : {}),
        ...(is === 'done' && isUnchanged(state, index) ? { unchanged: true as const } : {}),
        state: is,
      };
    }),
    ...(gate ? { gate } : {}),
  };
}
