import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cell, JobView } from '../../../core/model/job.ts';
import type { JobHead, StepPart } from '../../../core/model/jobParts.ts';
import { askShapeOf } from '../../../core/steps/registry.ts';
import { createFakeClock, type FakeClock } from '../../../core/testing/fakeClock.ts';
import type { MethodName } from '../../../core/protocol/methods.ts';
import type { Log, StateTopic } from '../../service.ts';
import { JobService } from '../JobService.ts';
import type { JobServiceOptions } from '../JobServiceOptions.ts';
import type { ToldLine } from '../ports.ts';
import { askService, callerNamed, wholeJobOf } from './askService.ts';
import { FakeDriver, type FakeDriverOptions, type FakeFault } from './FakeDriver.ts';
import { sampleLibrary, type SampleLibrary } from './sampleLibrary.ts';

const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface HarnessOptions extends Partial<Omit<FakeDriverOptions, 'clock'>> {
  readonly library?: SampleLibrary | undefined;
  readonly service?: Partial<JobServiceOptions> | undefined;
}

/** Faults by `step node attempt`; `step node` means every attempt. */
export function faults(table: Readonly<Record<string, FakeFault>>): HarnessOptions {
  return {
    faultOf: (nodeId, stepId, mode, attempt) =>
      mode === 'run' ? (table[`${stepId} ${nodeId} ${attempt}`] ?? table[`${stepId} ${nodeId}`]) : undefined,
  };
}

/** A Job service over nodes in memory, with a clock that stands; `open()` again is a restart of putservices. */
export class JobHarness {
  readonly folder = mkdtempSync(join(tmpdir(), 'put-jobs-'));
  readonly clock: FakeClock = createFakeClock();
  readonly driver: FakeDriver;
  readonly library: SampleLibrary;
  readonly told: ToldLine[] = [];
  readonly #options: HarnessOptions;
  service: JobService;

  constructor(options: HarnessOptions = {}) {
    this.#options = options;
    this.library = options.library ?? sampleLibrary();
    this.driver = new FakeDriver({
      nodes: ['n1', 'n2', 'n3', 'n4'].map((nodeId) => ({ nodeId })),
      installed: { base: '1.0', gateway: '1.0', tools: '1.0' },
      ...options,
      clock: this.clock,
    });
    this.service = this.open();
  }

  get journalPath(): string {
    return join(this.folder, 'jobs.sqlite');
  }

  open(extra: Partial<JobServiceOptions> = {}): JobService {
    this.service = new JobService({
      journalPath: this.journalPath,
      driver: this.driver,
      worker: this.driver,
      library: this.library,
      tell: (...lines) => void this.told.push(...lines),
      wasTold: (eventId) => this.told.some((entry) => entry.eventId === eventId),
      clock: this.clock,
      log: silentLog,
      ...this.#options.service,
      ...extra,
    });
    return this.service;
  }

  async dispose(): Promise<void> {
    await this.service.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** A request of a person who decides on what is shown at this moment, unless `params` say otherwise. */
  ask(method: MethodName, params: object, user = 'ada'): Promise<Record<string, unknown>> {
    return askService(this.service, method, params, user);
  }

  topic(name: string): StateTopic {
    const topic = this.service.topic(name, callerNamed('ada'));
    if (topic?.kind !== 'state') throw new Error(`no topic ${name}`);
    return topic;
  }

  head(jobId = 'j1'): JobHead {
    return this.topic(`job:${jobId}`).state() as JobHead;
  }

  view(jobId = 'j1'): JobView {
    return wholeJobOf(this.service, jobId);
  }

  cells(stepId: string, jobId = 'j1'): Record<string, Cell['state']> {
    return Object.fromEntries(
      Object.entries(this.view(jobId).steps[stepId]?.cells ?? {}).map(([nodeId, cell]) => [nodeId, cell.state]),
    );
  }

  async start(jobId = 'j1', user = 'ada'): Promise<void> {
    await this.ask('job.start', { jobId, operationId: 'install-upgrade-software' }, user);
  }

  /** Starts a job and accepts its plan: the steps on nodes begin. */
  async startAccepted(): Promise<void> {
    await this.start();
    await this.driveTo('plan');
    await this.answer();
  }

  /** Answers the current input step, with its proposal unless `input` says otherwise. */
  async answer(input: Record<string, unknown> = {}, jobId = 'j1', user = 'ada'): Promise<void> {
    const { currentStep } = this.head(jobId);
    const { screen } = this.topic(`job:${jobId}/step:${currentStep}`).state() as StepPart;
    await this.ask('job.answer', { jobId, input: { ...proposedInput({ screen, currentStep }), ...input } }, user);
  }

  /** Lets time pass until the job is at `stepId` waiting for a person, over, or waiting for a decision. */
  async settle(limitMs = 10_000_000): Promise<JobView> {
    await this.#settled(limitMs);
    return this.view(Object.keys((this.topic('jobs').state() as { jobs: object }).jobs).at(-1));
  }

  async #settled(limitMs = 10_000_000): Promise<void> {
    const until = this.clock.nowMs() + limitMs;
    while (this.clock.nowMs() < until) {
      const jobs = Object.values(this.topic('jobs').state() as { jobs: object })[0] as Record<
        string,
        { state: string }
      >;
      if (Object.values(jobs).every((job) => job.state !== 'running')) break;
      await this.clock.advance(1000);
    }
  }

  /** Lets time pass in small steps until `holds`; fails when it never does. */
  async until(holds: () => boolean): Promise<void> {
    for (let turn = 0; !holds(); turn++) {
      if (turn > 10_000)
        throw new Error(`it never came true; the job is ${this.view().state} at ${this.view().currentStep}`);
      await this.clock.advance(10);
    }
  }

  /** Answers with proposals until the job is at `stepId` (waiting there or in attention), or over. */
  async driveTo(stepId: string, inputs: Record<string, Record<string, unknown>> = {}, jobId = 'j1'): Promise<JobView> {
    for (;;) {
      await this.#settled();
      const { currentStep, state, driver } = this.head(jobId);
      if (currentStep === stepId || state !== 'input') return this.view(jobId);
      await this.answer(inputs[currentStep] ?? {}, jobId, driver);
    }
  }
}

/** The answer that takes the proposal of the current screen; what is shown is accepted. */
export function proposedInput({ screen, currentStep }: Pick<JobView, 'screen' | 'currentStep'>): object {
  const shape = askShapeOf(screen?.kind ?? '');
  const answer = shape?.accepting?.([]) ?? shape?.propose(screen?.content, undefined);
  if (answer === undefined) throw new Error(`the job is at ${currentStep} without a screen`);
  return answer as object;
}
