import { z } from 'zod';
import { parseDurationMs } from '../../core/model/duration.ts';
import { servicesNotUp, servicesNotUpText } from '../../core/model/servicesNotUp.ts';
import type { JobEventBody } from '../sequencer/events.ts';
import { waveOf, type SequencerState } from '../sequencer/state.ts';
import { jobSoFar } from './JobSoFar.ts';

const gateParams = z.object({ soak: z.string().optional() });

/**
 * The verdict of the gate before a wave. A wave that failed whole holds it, and so does a service that is not known to be up on the nodes of the wave
 * before; `soak` lets the wave run for a while before it is judged.
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
  const params = gateParams.safeParse(phase?.gate?.with ?? {});
  const soakMs =
    (params.success && params.data.soak !== undefined ? parseDurationMs(params.data.soak) : undefined) ?? 0;
  const endedAtMs = Math.max(0, ...(phase?.steps ?? []).map((step) => state.steps[step.id]?.endedAtMs ?? 0));
  if (nowMs < endedAtMs + soakMs) {
    const reason = `it is looked at ${Math.ceil((endedAtMs + soakMs - nowMs) / 1000)} s after the wave`;
    return { kind: 'gate-judged', verdict: 'later', reason, againAtMs: endedAtMs + soakMs };
  }
  const wave = gate.nextWave - 1;
  const of = waveOf(state.nodes);
  const members = jobSoFar(state)
    .members()
    .filter((member) => of(state.nodes.indexOf[member.nodeId] ?? -1) === wave);
  if (members.length > 0 && members.every((member) => member.leftOut)) {
    return verdict('held', `wave ${wave + 1} failed whole`);
  }
  const notUp = phase?.gate ? servicesNotUpText(servicesNotUp(members)) : undefined;
  if (notUp !== undefined) return verdict('held', notUp);
  return verdict('passed', `wave ${wave + 1} came through`);
}
