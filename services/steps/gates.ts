import { z } from 'zod';
import { servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import type { WaveSplit } from '../../core/model/waves.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import { isBad, waveOf, type SequencerState } from '../sequencer/state.ts';
import { counting, jobSoFar, type Member } from './JobSoFar.ts';

/** The gate that there is. */
const GATE = 'health-gate';

/** `wait`: name of the setting with the time that a wave runs before the next one begins. */
const gateParams = z.object({ wait: z.string().optional() });

function waitMsOf(state: SequencerState, params: unknown): number {
  const { wait } = gateParams.safeParse(params ?? {}).data ?? {};
  const value = wait === undefined ? undefined : state.settings[wait];
  return typeof value === 'number' ? value : 0;
}

/** How long each wave of a phase runs before the next one begins, in ms. */
export function gateWaitMs(state: SequencerState, phaseId: string): number {
  return waitMsOf(state, state.spec.phases.find(({ id }) => id === phaseId)?.gate?.with);
}

/** Whether the job stops before a wave, from 0: as the division says, or as a person asked since. */
export function stopsBefore(state: SequencerState, wave: number): boolean {
  const split = jobSoFar(state).answerOf('waves') as WaveSplit | undefined;
  return state.waveStops?.[wave] ?? split?.stopBefore.includes(wave + 1) ?? false;
}

/**
 * The verdict of the gate before a wave. A wave that failed whole holds it, and so does a service that is not known to be up on the nodes of the wave
 * before, or a stop that a person asked for; the wave runs for a while first, where that was asked for.
 */
export function judgeGate(state: SequencerState, nowMs: number): JobEventBody {
  const { gate } = state;
  const verdict = (verdict: 'passed' | 'held', reason: string): JobEventBody => ({
    kind: 'gate-judged',
    verdict,
    reason,
  });
  if (!gate) return verdict('passed', 'there is no gate');
  const phase = state.spec.phases.find((one) => one.id === gate.phase);
  const use = phase?.gate?.use;
  if (use !== undefined && use !== GATE) {
    const why = `this putservices has no gate ${use}: the operation is of newer software`;
    return verdict('held', `${why}; upgrade putservices, or let the wave begin with Next`);
  }
  const wave = gate.nextWave - 1;
  const of = waveOf(state.nodes);
  const job = jobSoFar(state);
  const members = counting(job).filter(({ nodeId }) => of(state.nodes.indexOf[nodeId] ?? -1) === wave);
  const waitMs = members.length > 0 ? waitMsOf(state, phase?.gate?.with) : 0;
  // What was waited is known from the timer, not from the clock, that may have been set meanwhile.
  if (waitMs > 0 && !gate.waited) {
    const reason = `wave ${gate.nextWave} runs for ${Math.ceil(waitMs / 1000)} s more before the next one begins`;
    return { kind: 'gate-judged', verdict: 'later', reason, againAtMs: nowMs + waitMs };
  }
  if (members.length > 0 && members.every((member) => member.leftOut)) {
    return verdict('held', nobodyLeftText(members, wave + 1));
  }
  const notUp = phase?.gate ? servicesNotUpText(servicesNotUp(members)) : undefined;
  if (notUp !== undefined) return verdict('held', notUp);
  if (stopsBefore(state, gate.nextWave)) {
    return verdict('held', `it was asked to stop before wave ${gate.nextWave + 1}`);
  }
  return verdict(
    'passed',
    members.length > 0 ? `wave ${wave + 1} came through` : `nobody took part in wave ${wave + 1}`,
  );
}

/** Why there is no node left of a wave, each of which is out. */
function nobodyLeftText(members: readonly Member[], number: number): string {
  const bad = members.filter(({ leftOut }) => leftOut && isBad(leftOut));
  if (bad.length === 0) return `every node of wave ${number} is held`;
  const back = bad.filter(({ leftOut }) => leftOut?.rolledBack).length;
  if (back === members.length) return `every node of wave ${number} went back`;
  return back === 0 ? `wave ${number} failed whole` : `every node of wave ${number} failed or went back`;
}
