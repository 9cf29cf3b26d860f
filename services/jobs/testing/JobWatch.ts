import { isDeepStrictEqual } from 'node:util';
import type { JobEvent } from '../../sequencer/events.ts';
import { flightOn, isOver, stepSpec, type SequencerState } from '../../sequencer/state.ts';
import { brokenBy } from '../../sequencer/testing/invariants.ts';
import type { Journal, JournalBatch } from '../Journal.ts';
import { firstRecord, recordAfter, replayRecord, sameSummary, summaryOf, type JobRecord } from '../jobRecord.ts';
import { openRecord, recordOf } from '../snapshots.ts';
import type { MemoryNodeFiles } from './memoryNodeFiles.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** Equal after JSON, as what is kept is; mostly to the last byte. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b) || isDeepStrictEqual(plain(a), plain(b));
}

/** What the journal of one job holds, kept beside it as it came, and what is wrong with it. */
export class JobWatch {
  readonly jobId: string;
  readonly #files: MemoryNodeFiles;
  readonly #single: ReadonlySet<string>;
  readonly events: JobEvent[] = [];
  #record: JobRecord | undefined;
  /** (step, node) whose last run has no end that the machine was told; it must be probed before it runs again. */
  readonly #unprobed = new Set<string>();
  readonly #asked = new Set<string>();
  /** It was over when it was compared last: nothing of it changes any more. */
  #settled = false;
  broken: string | undefined;

  /** `single`: names of packages of which a node has one build when a transaction has come to its end. */
  constructor(jobId: string, files: MemoryNodeFiles, single: readonly string[]) {
    this.jobId = jobId;
    this.#single = new Set(single);
    this.#files = files;
  }

  /** Undefined while nothing of the job is in the journal. */
  get state(): SequencerState | undefined {
    return this.#record?.machine;
  }

  get over(): boolean {
    return this.state !== undefined && isOver(this.state);
  }

  wasAsked(key: string): boolean {
    return this.#asked.has(key);
  }

  fail(what: string): void {
    this.broken ??= what;
  }

  take({ firstNumber, events, summary }: JournalBatch): void {
    if (firstNumber !== this.events.length + 1) this.fail(`event ${firstNumber} follows event ${this.events.length}`);
    for (const event of events) this.#takeEvent(event);
    if (this.#record && !sameSummary(summary, summaryOf(this.#record)))
      this.fail('the row of the job list is not what the events make');
  }

  #takeEvent(event: JobEvent): void {
    this.events.push(event);
    const before = this.#record;
    this.#record = before ? recordAfter(before, event) : firstRecord(event);
    if (event.asked !== undefined) {
      if (this.#asked.has(event.asked)) this.fail(`${event.kind} was asked for once and happened twice`);
      this.#asked.add(event.asked);
    }
    if (!before) return;
    const broken = brokenBy(event, before.machine, this.#record.machine);
    if (broken !== undefined) this.fail(broken);
    this.#lookForUnprobed(event, before.machine);
    if (event.kind === 'cell-ended' && event.outcome.state === 'ok') this.#lookAtNode(event);
  }

  #lookForUnprobed(event: JobEvent, before: SequencerState): void {
    if (event.kind === 'cells-started') {
      const { readOnly } = stepSpec(before.spec, event.stepId).policy;
      for (const { nodeId, mode } of event.cells) {
        const key = `${event.stepId} ${nodeId}`;
        if (mode !== 'run') continue;
        if (this.#unprobed.has(key) && !readOnly) this.fail(`${event.stepId} runs again on ${nodeId} unprobed`);
        this.#unprobed.add(key);
      }
    } else if (event.kind === 'cell-ended') {
      const flight = flightOn(before, event.nodeId);
      const known = ['ok', 'warned', 'failed'].includes(event.outcome.state);
      if (known && !flight?.aborted) this.#unprobed.delete(`${event.stepId} ${event.nodeId}`);
    } else if (event.kind === 'cell-probed' && ['yes', 'no', 'partly'].includes(event.outcome.done)) {
      this.#unprobed.delete(`${event.stepId} ${event.nodeId}`);
    }
  }

  /** What is said to have come through is so on the node. */
  #lookAtNode({ stepId, nodeId }: JobEvent & { kind: 'cell-ended' }): void {
    const { spec } = this.state as SequencerState;
    const { use, with: params } = stepSpec(spec, stepId);
    const node = this.#files.state(nodeId);
    if (!node) return;
    const wanted = params['action'] === 'stop' ? 'down' : 'up';
    if (use === 'service' && node.service !== wanted) this.fail(`${stepId} is ok on ${nodeId}: ${node.service}`);
    if (use === 'validate' && node.service !== 'up') this.fail(`${stepId} is ok on ${nodeId}: ${node.service}`);
    // Others, such as kernels, may be there in several builds.
    const names = node.packages.flatMap(({ name }) => (this.#single.has(name) ? [name] : []));
    if ((use === 'rpm-install' || use === 'validate') && new Set(names).size !== names.length)
      this.fail(`${stepId} is ok on ${nodeId}, where a package is there twice`);
  }

  /** The journal as it is opened holds the same events, and they make the same state with and without a snapshot. */
  compare(journal: Journal): void {
    if (this.#settled) return;
    this.#settled = this.over;
    const kept = journal.events(this.jobId);
    if (!same(kept, this.events)) this.fail('the journal holds other events');
    const opened = openRecord(journal, this.jobId);
    if (!opened || !this.#record) return;
    if (!same(recordOf(opened), this.#record)) this.fail('the journal as it is opened makes another state');
    // Only a snapshot makes it otherwise than from the events.
    if (!opened.first && !same(replayRecord(kept), this.#record))
      this.fail('the events make another state than the snapshot');
  }
}
