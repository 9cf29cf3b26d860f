import { operationSpecSchema, type OperationSpec } from '../../../core/model/operationSpec.ts';
import { applyEvent } from '../apply.ts';
import { decide, effectsOf } from '../decide.ts';
import type { JobEvent, JobEventBody, WorkOutcome } from '../events.ts';
import { currentStep, initialState, type SequencerState } from '../state.ts';
import type { Command } from '../commands.ts';

const step = (id: string, use: string, policy: object = {}) => ({ id, title: id, help: `${id}.`, use, policy });

/** `asks`: the phase that asks at its end. */
function specOf(perWave: boolean, asks?: 'prepare' | 'change'): OperationSpec {
  const choose = (phase: typeof asks): object[] => (asks === phase ? [step('choose', 'ask')] : []);
  return operationSpecSchema.parse({
    ...{ id: 'op', version: 1, title: 'Op', purpose: 'To be tested.' },
    phases: [
      { id: 'prepare', title: 'Prepare', steps: [step('select', 'ask'), ...choose('prepare')] },
      {
        id: 'change',
        title: 'Change',
        perWave,
        steps: [
          step('stop', 'work', { irreversible: true }),
          step('install', 'work', { irreversible: true }),
          ...choose('change'),
        ],
      },
      { id: 'end', title: 'End', steps: [step('report', 'report')] },
    ],
    rollback: [step('undo', 'work')],
  });
}

/** The machine with a shell that opens steps as told and keeps what it was asked for. */
export class Bench {
  state: SequencerState;
  readonly asked: Command[] = [];
  /** Nodes that steps with work go to last. */
  last: readonly string[] = [];
  atMs = 0;

  constructor(nodes: number, settings: Record<string, unknown> = {}, perWave = true, asks?: 'prepare' | 'change') {
    const inventory = Array.from({ length: nodes }, (_, i) => ({
      ...{ nodeId: `n${i + 1}`, address: `192.0.2.${i + 1}`, type: 'TPA' as const, system: 1 },
    }));
    const started = { jobId: 'j', jobNumber: 1, user: 'anna', spec: specOf(perWave, asks), settings, inventory };
    this.state = initialState({ kind: 'job-started', atMs: 0, ...started });
    this.settle();
  }

  commit(body: JobEventBody | undefined): void {
    if (!body) return;
    const event: JobEvent = { ...body, atMs: (this.atMs += 1) };
    this.state = applyEvent(this.state, event);
    this.asked.push(...effectsOf(event, this.state));
    this.settle();
  }

  settle(): void {
    const command = decide(this.state)[0];
    if (command?.kind === 'commit') this.commit(command.event);
    else if (command?.kind === 'end-job') this.commit({ kind: 'job-ended', report: {} });
    else if (command?.kind === 'judge-gate')
      this.commit({ kind: 'gate-judged', verdict: 'passed', reason: 'all is well' });
    else if (command?.kind === 'open-step') {
      const { use } = currentStep(this.state);
      const opened = { kind: 'step-opened' as const, stepId: command.stepId };
      this.commit(
        use === 'ask' ? { ...opened, screen: {} } : use === 'work' ? { ...opened, skips: [], last: this.last } : opened,
      );
    }
  }

  select(waves?: readonly (readonly string[])[]): void {
    const nodeIds = this.state.inventory.map((node) => node.nodeId);
    this.commit({ kind: 'answered', stepId: 'select', answer: {}, user: 'anna', effects: { select: nodeIds, waves } });
  }

  /** Nodes that work was begun on and has not been told the end of, in order. */
  running(): string[] {
    return this.state.nodes.ids.filter((nodeId) => this.cell(nodeId)?.state === 'running');
  }

  cell(nodeId: string, stepId = currentStep(this.state).id): { state: string; attempt: number } | undefined {
    const index = this.state.nodes.indexOf[nodeId] ?? -1;
    return this.state.cells[stepId]?.column.shards[0]?.[index] ?? undefined;
  }

  end(nodeId: string, state: WorkOutcome['state'] = 'ok'): void {
    const stepId = currentStep(this.state).id;
    const attempt = this.cell(nodeId)?.attempt ?? 0;
    const cause = { code: 'by-test', message: state };
    this.commit({
      kind: 'cell-ended',
      stepId,
      nodeId,
      attempt,
      outcome: { state, ...(state === 'ok' ? {} : { cause }) },
    });
  }

  endAll(): void {
    for (let next = this.running()[0]; next !== undefined; next = this.running()[0]) {
      const stepId = currentStep(this.state).id;
      for (const nodeId of this.running()) if (currentStep(this.state).id === stepId) this.end(nodeId);
    }
  }
}
