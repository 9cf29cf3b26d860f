import type { JobView } from '../../core/model/job.ts';
import { currentStep, phaseOf, statusOf, waveUnderWay, type SequencerState } from '../sequencer/state.ts';
import { stopsBefore } from '../steps/gates.ts';
import { jobSoFar } from '../steps/JobSoFar.ts';
import { wavesAnswered } from '../steps/plan.ts';

/** Titles of the waves of a job; made once for each division. */
const titlesOf = new WeakMap<SequencerState['nodes'], readonly string[]>();

function titles(state: SequencerState): readonly string[] {
  const known = titlesOf.get(state.nodes) ?? wavesAnswered(jobSoFar(state))?.map(({ title }) => title) ?? [];
  titlesOf.set(state.nodes, known);
  return known;
}

/** Whether a wave is the next thing to come and nothing of it has begun: it waits for an approval, its time, or a person who resumes. */
function isAboutToBegin(state: SequencerState): boolean {
  const { id } = currentStep(state);
  const first = phaseOf(state.spec, id)?.steps[0];
  return state.at.program === 'forward' && first?.id === id && statusOf(state, id).state === 'waiting';
}

/** The waves of a job that has several, and the gate that it waits at. */
export function wavesView(state: SequencerState): Pick<JobView, 'waves' | 'gate'> {
  const { waves } = state.nodes;
  if (waves.length < 2) return {};
  const now = waveUnderWay(state);
  const begun = !isAboutToBegin(state);
  const names = titles(state);
  const gate = state.gate && {
    ...{ beforeWave: state.gate.nextWave + 1, held: state.gate.state === 'held' },
    reason: state.gate.reason,
  };
  return {
    waves: waves.map((nodes, index) => ({
      ...{ title: names[index] ?? '', nodes, leftOut: state.leftOutNodes[index] ?? 0 },
      ...(stopsBefore(state, index) ? { stopBefore: true as const } : {}),
      state: index < now || (index === now && state.gate) ? 'done' : index === now && begun ? 'running' : 'waiting',
    })),
    ...(gate ? { gate } : {}),
  };
}
