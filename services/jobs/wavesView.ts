import type { JobView } from '../../core/model/job.ts';
import { phaseOf, stepsOfProgram, type SequencerState } from '../sequencer/state.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { wavesAnswered } from '../steps/plan.ts';

/** Titles of the waves of a job; made once for each division. */
const titlesOf = new WeakMap<SequencerState['nodes'], readonly string[]>();

function titles(state: SequencerState): readonly string[] {
  const known = titlesOf.get(state.nodes) ?? wavesAnswered(jobSoFar(state))?.map(({ title }) => title) ?? [];
  titlesOf.set(state.nodes, known);
  return known;
}

/** How far the steps by waves have come: before them, at one of the waves, or through. */
function waveNow(state: SequencerState): number {
  // While nodes go back, the others stand where they go on afterwards.
  const at = state.at.program === 'rollback' ? (state.rollback?.returnTo?.at ?? state.at) : state.at;
  const { step, wave, program } = at;
  if (program !== 'forward') return wave;
  const steps = stepsOfProgram(state, 'forward');
  const first = steps.findIndex(({ id }) => phaseOf(state.spec, id)?.perWave === true);
  const last = steps.findLastIndex(({ id }) => phaseOf(state.spec, id)?.perWave === true);
  if (first < 0 || step < first) return -1;
  return step > last ? state.nodes.waves.length : wave;
}

/** The waves of a job that has several, and the gate that it waits at. */
export function wavesView(state: SequencerState): Pick<JobView, 'waves' | 'gate'> {
  const { waves } = state.nodes;
  if (waves.length < 2) return {};
  const now = waveNow(state);
  const names = titles(state);
  const gate = state.gate && {
    ...{ beforeWave: state.gate.nextWave + 1, held: state.gate.state === 'held' },
    reason: state.gate.reason,
  };
  return {
    waves: waves.map((nodes, index) => ({
      ...{ title: names[index] ?? '', nodes, leftOut: state.leftOutNodes[index] ?? 0 },
      state: index < now || (index === now && state.gate) ? 'done' : index === now ? 'running' : 'waiting',
    })),
    ...(gate ? { gate } : {}),
  };
}
