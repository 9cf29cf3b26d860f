import type { JobHead } from '../../core/model/jobParts.ts';
import type { StepSpec } from '../../core/model/operationSpec.ts';
import { timeLeftOf, type StepPaces, type StepRun, type TimeLeft } from '../../core/model/timeLeft.ts';
import { whyLeftOut } from '../../core/steps/conditions.ts';
import { worksOnNodes } from '../../core/model/stepKinds.ts';
import { sizeHere } from '../sequencer/paces.ts';
import {
  currentStep,
  isOver,
  nodesAtOnce,
  phaseOf,
  statusOf,
  stepsOfProgram,
  type SequencerState,
} from '../sequencer/state.ts';
import { gateWaitMs } from '../steps/gates.ts';

/** Pieces of the way ahead of a job after the step that it is at, and waits between its waves. */
function aheadOf(state: SequencerState): { readonly runs: readonly StepRun[]; readonly waitsMs: number } {
  const { at, gate, nodes, settings, answers, spec } = state;
  const steps = stepsOfProgram(state);
  const left = (step: StepSpec): boolean =>
    worksOnNodes(step.use) && whyLeftOut({ spec, settings, answers }, step) === undefined;
  const runOf = (step: StepSpec, size: number): StepRun => ({
    ...{ stepId: step.id, nodes: size, atOnce: nodesAtOnce(state, step) },
  });
  if (at.program !== 'forward') {
    const rest = steps.slice(at.step + (isUnderWay(state) ? 1 : 0));
    return { runs: rest.filter(left).map((step) => runOf(step, sizeHere(state))), waitsMs: 0 };
  }
  const runs: StepRun[] = [];
  let waitsMs = 0;
  for (const phase of spec.phases) {
    const byWaves = phase.perWave && nodes.waves.length > 1;
    const waves = byWaves ? nodes.waves : [nodes.ids.length];
    const indices = phase.steps.map((step) => steps.indexOf(step));
    if ((indices.at(-1) ?? -1) < at.step) continue;
    for (const [wave, size] of waves.entries()) {
      const here = phase === phaseOf(spec, currentStep(state).id) && at.step < steps.length;
      const now = gate ? gate.nextWave : at.wave;
      if (here && byWaves && wave < now) continue;
      if (byWaves && wave > 0 && (!here || wave > now || gate)) waitsMs += gateWaitMs(state, phase.id);
      for (const [i, step] of phase.steps.entries()) {
        const index = indices[i] ?? -1;
        const isNow = here && wave === (byWaves ? now : 0) && !gate;
        if (isNow && (index < at.step || (index === at.step && isUnderWay(state)))) continue;
        if (left(step)) runs.push(runOf(step, size));
      }
    }
  }
  return { runs, waitsMs };
}

const isUnderWay = (state: SequencerState): boolean =>
  state.gate === undefined && ['running', 'attention', 'input'].includes(statusOf(state, currentStep(state).id).state);

/** Makes what is told of the end of one job; the same object while nothing changed that it is made of. */
export function createTimeLeftMaker(history: () => StepPaces): (state: SequencerState) => Pick<JobHead, 'timeLeft'> {
  let made: { readonly of: readonly unknown[]; readonly view: Pick<JobHead, 'timeLeft'> } | undefined;
  return (state) => {
    if (isOver(state) || state.exit || state.nodes.ids.length === 0) return {};
    const known = history();
    const of = [state.steps, state.nodes, state.at, state.gate, state.measured, state.paces, state.answers, known];
    const before = made;
    if (!before || of.some((one, i) => one !== before.of[i]))
      made = { of, view: { timeLeft: makeTimeLeft(state, known) } };
    return (made as { view: Pick<JobHead, 'timeLeft'> }).view;
  };
}

function makeTimeLeft(state: SequencerState, history: StepPaces): TimeLeft {
  const step = currentStep(state);
  const { startedAtMs } = statusOf(state, step.id);
  const current =
    !state.gate && statusOf(state, step.id).state === 'running' && state.cells[step.id]
      ? {
          current: {
            ...{ stepId: step.id, nodes: sizeHere(state), atOnce: nodesAtOnce(state, step) },
            startedAtMs: state.measured?.sinceMs ?? startedAtMs ?? 0,
          },
        }
      : {};
  return timeLeftOf({ ...current, ...aheadOf(state), history, own: state.paces ?? {} });
}
