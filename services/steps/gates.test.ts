import { expect, it } from 'vitest';
import { operationSpecSchema } from '../../core/model/operationSpec.ts';
import { applyEvents } from '../sequencer/apply.ts';
import type { JobEvent, JobEventBody } from '../sequencer/events.ts';
import { initialState } from '../sequencer/state.ts';
import { judgeGate } from './gates.ts';

const step = (id: string, use: string): object => ({ id, title: id, help: id, use });
const spec = operationSpecSchema.parse({
  ...{ id: 'waved', version: 1, title: 'Waved', purpose: 'For tests.' },
  settings: { waveWait: { type: 'duration', optional: true, help: 'Runs so long.' } },
  phases: [
    { id: 'prepare', title: 'Prepare', steps: [step('select', 'select-nodes')] },
    {
      ...{ id: 'change', title: 'Change', perWave: true, gate: { use: 'health-gate', with: { wait: 'waveWait' } } },
      steps: [step('install', 'rpm-install')],
    },
  ],
});
const MINUTE_MS = 60_000;

it('a wave runs for its whole time before it is judged, wherever the clock is set meanwhile', () => {
  const inventory = ['n1', 'n2'].map((nodeId) => ({ nodeId, address: nodeId, type: 'TPA' as const, system: 1 }));
  let nowMs = 1_000_000;
  const at = (body: JobEventBody): JobEvent => ({ ...body, atMs: nowMs });
  const effects = { select: ['n1', 'n2'], waves: [['n1'], ['n2']] };
  const opened = applyEvents(
    initialState(
      at({
        kind: 'job-started',
        jobId: 'j',
        jobNumber: 1,
        user: 'ada',
        spec,
        settings: { waveWait: 10 * MINUTE_MS },
        inventory,
      }),
    ),
    [
      at({ kind: 'answered', stepId: 'select', answer: {}, effects, user: 'ada' }),
      at({ kind: 'step-opened', stepId: 'install', skips: [] }),
      at({ kind: 'cells-started', stepId: 'install', cells: [{ nodeId: 'n1', mode: 'run' }] }),
      at({
        ...{ kind: 'cell-ended', stepId: 'install', nodeId: 'n1', attempt: 1 },
        outcome: { state: 'ok', service: 'up' },
      }),
      at({ kind: 'step-ended', stepId: 'install' }),
    ],
  );
  const first = judgeGate(opened, nowMs);
  expect(first).toMatchObject({ verdict: 'later', againAtMs: nowMs + 10 * MINUTE_MS });
  const waiting = applyEvents(opened, [at(first)]);
  for (const byMs of [-60 * MINUTE_MS, 0, 60 * MINUTE_MS]) {
    nowMs = 1_000_000 + byMs;
    const due = applyEvents(waiting, [at({ kind: 'timer-due', timer: 'gate' })]);
    expect(judgeGate(due, nowMs)).toMatchObject({ verdict: 'passed' });
  }
});

it('a wave of which everybody was left out before anything began holds up nobody, and is not waited for', () => {
  const asking = {
    ...spec,
    phases: spec.phases.map((phase) =>
      phase.id === 'prepare' ? { ...phase, steps: [...phase.steps, { ...phase.steps[0], id: 'plan' }] } : phase,
    ),
  } as typeof spec;
  const inventory = ['n1', 'n2'].map((nodeId) => ({ nodeId, address: nodeId, type: 'TPA' as const, system: 1 }));
  const at = (body: JobEventBody): JobEvent => ({ ...body, atMs: 1 });
  const effects = { select: ['n1', 'n2'], waves: [['n1'], ['n2']] };
  const settings = { waveWait: 10 * MINUTE_MS };
  const state = applyEvents(
    initialState(
      at({ ...{ kind: 'job-started', jobId: 'j', jobNumber: 1, user: 'ada', settings, inventory }, spec: asking }),
    ),
    [
      at({ kind: 'answered', stepId: 'select', answer: {}, effects, user: 'ada' }),
      at({ kind: 'step-opened', stepId: 'plan', screen: {} }),
      at({ kind: 'ignored', stepId: 'plan', nodeIds: ['n1'], reason: 'another architecture', user: 'ada' }),
    ],
  );
  const gate = { phase: 'change', nextWave: 1, state: 'due' as const };
  expect(judgeGate({ ...state, gate }, 1)).toMatchObject({
    ...{ verdict: 'passed', reason: 'nobody took part in wave 1' },
  });
});

it('a gate of newer software is held with the reason and the way on', () => {
  const newer = { ...spec, phases: spec.phases.map((phase) => ({ ...phase, gate: { use: 'tide', with: {} } })) };
  const started = initialState({
    ...{
      kind: 'job-started',
      jobId: 'j',
      jobNumber: 1,
      user: 'ada',
      spec: newer,
      settings: {},
      inventory: [],
      atMs: 1,
    },
  });
  const state = { ...started, gate: { phase: 'change', nextWave: 1, state: 'due' as const } };
  expect(judgeGate(state, 1)).toMatchObject({
    verdict: 'held',
    reason: expect.stringMatching(/no gate tide.*newer software.*upgrade putservices.*Next/) as string,
  });
});
