import { join } from 'node:path';
import type { JobView } from '../../../core/model/job.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import { createSystemClock } from '../../../core/node/systemClock.ts';
import type { MethodName } from '../../../core/protocol/methods.ts';
import { PRACTICE_SETTINGS } from '../../nodes/sim/practiceDeadlines.ts';
import type { SimNodePortOptions } from '../../nodes/sim/SimNodePort.ts';
import { quietLog, SimTestSystem, type WorkedNodes } from '../../nodes/sim/simTestKit.ts';
import { JobService } from '../JobService.ts';
import type { JobServiceOptions } from '../JobServiceOptions.ts';
import { askService, settledJob } from './askService.ts';
import { proposedInput } from './jobHarness.ts';

/** The job that is asked for unless params name another. */
const JOB = 'j1';

/** A Job service over practice nodes, on the clock of the machine; `open` again is a restart of putservices. */
export class PracticeJobs {
  readonly system: SimTestSystem;
  #opened: { readonly driver: WorkedNodes; readonly service: JobService } | undefined;

  private constructor(system: SimTestSystem) {
    this.system = system;
  }

  /** Nothing is open before `open`. */
  static async make(): Promise<PracticeJobs> {
    return new PracticeJobs(await SimTestSystem.make());
  }

  get driver(): WorkedNodes {
    return this.#current.driver;
  }

  get service(): JobService {
    return this.#current.service;
  }

  get #current(): { readonly driver: WorkedNodes; readonly service: JobService } {
    if (!this.#opened) throw new Error('open it first');
    return this.#opened;
  }

  async open(nodes: Partial<SimNodePortOptions> = {}, options: Partial<JobServiceOptions> = {}): Promise<void> {
    const { folder, library } = this.system;
    const driver = await this.system.open(nodes);
    const service = new JobService({
      settings: PRACTICE_SETTINGS,
      journalPath: join(folder, 'journal.db'),
      ...{ driver, library, tell: () => undefined, wasTold: () => false },
      ...{ clock: createSystemClock(), log: quietLog },
      ...options,
    });
    this.#opened = { driver, service };
  }

  async close(): Promise<void> {
    await this.#opened?.service.close();
    await this.#opened?.driver.close();
  }

  async end(): Promise<void> {
    await this.close();
    await this.system.end();
  }

  /** A request of a person who decides on what is shown at this moment, about the job where it is about one. */
  ask(method: MethodName, params: object = {}): Promise<Record<string, unknown>> {
    return askService(this.service, method, { ...(method.startsWith('job.') ? { jobId: JOB } : {}), ...params });
  }

  /** The job once it waits for a person or is over. */
  settled(): Promise<JobView> {
    return settledJob(this.service, JOB);
  }

  /** The job once it waits for a decision or is over; screens are answered with what they propose. */
  async untilTrouble(): Promise<JobView> {
    for (;;) {
      const view = await this.settled();
      if (view.state !== 'input') return view;
      await this.ask('job.answer', { input: proposedInput(view) });
    }
  }

  nodeIds(): string[] {
    return this.driver.entries().map(({ nodeId }) => nodeId);
  }

  /** Every build on every node, and whether its service is up. */
  async onNodes(): Promise<Record<string, readonly string[]>> {
    await this.driver.refresh();
    return Object.fromEntries(
      Object.entries(this.driver.rows()).map(([nodeId, { packages, service: state }]) => [
        nodeId,
        [...packages.map(formatNevra).sort(), `service ${state?.state ?? 'unknown'}`],
      ]),
    );
  }
}
