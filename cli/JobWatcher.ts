import type { Watch } from '../core/client/Watches.ts';
import { isJobOver, CELL_STATES, type Cell, type CellCounts } from '../core/model/job.ts';
import { eachOf, jobTopic, type JobHead, type Sharded, type StepHead } from '../core/model/jobParts.ts';
import { silentText } from '../core/model/silence.ts';
import { printable } from '../core/model/strangerText.ts';
import type { PutError } from '../core/protocol/errors.ts';
import { seenOfNode } from './nodeCause.ts';
import { colouredMark, countCells, formatMoment } from './output/words.ts';
import { stepLine } from './jobText.ts';
import { readPart } from './jobPicture.ts';
import type { SessionContext } from './launch.ts';
import { journalFaultText, liveLines, stillText } from './statusText.ts';
import { unlessEnded } from './waiting.ts';
import type { StepId } from '../core/model/operationSpec.ts';

/** States of a cell that are told to people who look on. */
const TOLD = CELL_STATES.filter((state) => !['waiting', 'running', 'ok', 'skipped'].includes(state));

const TICK_MS = 1_000;
const DRAW_MS = 100;
/** Where nothing is shown in place, a job of which nothing was told for this long says that it runs still. */
const STILL_MS = 60_000;

/** Cells of a step as they were told. */
interface ToldCells {
  part: Sharded<Cell>;
  counts: CellCounts;
  watch: Watch | undefined;
}

/**
 * Shows a job as lines of what changed, and on a terminal one line that follows the running step. It takes the head of the job; the cells of a
 * step only where some of them are to be told, and until they are.
 */
export class JobWatcher {
  readonly #context: SessionContext;
  readonly #stream: boolean;
  /** By step: state and attempt last told. */
  readonly #steps = new Map<StepId, string>();
  /** Nodes of the current step that were told to be silent. */
  #silentNodes: ReadonlySet<string> = new Set();
  readonly #cells = new Map<StepId, ToldCells>();
  #head: JobHead | undefined;
  #jobState: string | undefined;
  /** Since when its journal cannot be written, as it was told. */
  #faultMs: number | undefined;
  /** Since when nothing is heard of the master, by its clock; undefined while the line is there. */
  #lostAtMs: number | undefined;
  readonly #stopLine: () => void;
  #silent = false;
  #failure: PutError | undefined;
  #wake = (): void => {};
  #stopTick = (): void => {};
  #stopStill: (() => void) | undefined;
  #closed = false;
  #drawsSoon = false;
  #drawnAtMs = -DRAW_MS;

  /** With `stream` every change is a result (a line, or a line of JSON); without, it goes to the error output for people. */
  constructor(context: SessionContext, options: { stream: boolean }) {
    this.#context = context;
    this.#stream = options.stream;
    this.#stopLine = context.session.onLine((line) => {
      this.#lostAtMs = line === 'online' ? undefined : (this.#lostAtMs ?? context.masterNowMs());
      this.#drawSoon();
    });
  }

  /** Takes a job as known, and how the nodes of a step are: only what changes after it is told. */
  async prime(head: JobHead, stepId: StepId = head.currentStep): Promise<void> {
    const isTold = TOLD.some((state) => (head.steps[stepId]?.counts?.[state] ?? 0) > 0);
    const cells = isTold ? await readPart(this.#context, head.jobId, `cells:${stepId}`) : undefined;
    this.#silent = true;
    for (const [id, { counts }] of Object.entries(head.steps))
      if (counts) this.#cells.set(id, { part: { shards: {} }, counts, watch: undefined });
    if (cells) this.#cells.set(stepId, { part: cells, counts: countsOf(cells), watch: undefined });
    this.onHead(head);
    this.#silent = false;
  }

  onHead(head: JobHead): void {
    this.#head = head;
    for (const stepId of head.stepOrder) this.#follow(head, stepId);
    this.#tellHead(head);
    this.#drawSoon();
    if (this.#stopStill === undefined) this.#stillSoon();
  }

  /** Waits until the cells that are to be told were told. @throws PutError where they cannot be had */
  async finish(): Promise<void> {
    const { host, session } = this.#context;
    while (this.#head && this.#head.stepOrder.some((stepId) => this.#isBehind(this.#head as JobHead, stepId))) {
      if (this.#failure) throw this.#failure;
      await unlessEnded(host, session, new Promise<void>((resolve) => (this.#wake = resolve)));
    }
  }

  /** Ends its watches, and takes away what is shown in place. */
  close(): void {
    this.#closed = true;
    this.#stopLine();
    this.#stopTick();
    this.#stopStill?.();
    this.#context.output.passing('');
    for (const cells of this.#cells.values()) {
      cells.watch?.close();
      cells.watch = undefined;
    }
  }

  /** Whether cells of the step are to be told that were not. */
  #isBehind(head: JobHead, stepId: StepId): boolean {
    const counts = head.steps[stepId]?.counts;
    if (!counts) return false;
    const told = this.#cells.get(stepId)?.counts;
    const states = this.#stream ? CELL_STATES : TOLD;
    return states.some((state) => state !== 'waiting' && counts[state] !== (told?.[state] ?? 0));
  }

  #follow(head: JobHead, stepId: StepId): void {
    const cells = this.#cells.get(stepId);
    const over = stepId !== head.currentStep || isJobOver(head.state);
    const behind = this.#isBehind(head, stepId);
    if (cells?.watch && over && !behind) {
      cells.watch.close();
      cells.watch = undefined;
    }
    if (!behind || cells?.watch || this.#silent) return;
    const told = cells ?? { part: { shards: {} }, counts: countCells([]), watch: undefined };
    this.#cells.set(stepId, told);
    told.watch = this.#context.session.watchState<Sharded<Cell>>(
      jobTopic(head.jobId, `cells:${stepId}`),
      (part) => this.#onCells(stepId, told, part),
      (error) => {
        this.#failure = error;
        this.#wake();
      },
    );
  }

  #onCells(stepId: StepId, told: ToldCells, part: Sharded<Cell>): void {
    const before = told.part;
    told.part = part;
    told.counts = countsOf(part);
    for (const [at, shard] of Object.entries(part.shards)) {
      const known = before.shards[at];
      if (known === shard) continue;
      for (const [nodeId, cell] of Object.entries(shard)) this.#cell(stepId, nodeId, cell, known?.[nodeId]);
    }
    const head = this.#head;
    if (head) {
      this.#follow(head, stepId);
      this.#tellHead(head);
    }
    this.#wake();
  }

  #cell(stepId: StepId, nodeId: string, cell: Cell, before: Cell | undefined): void {
    const { state, attempt, cause, endedAtMs } = cell;
    if (before === undefined ? state === 'waiting' : before.state === state && before.attempt === attempt) return;
    const head = this.#head;
    if (!head) return;
    const { style } = this.#context.host.terminal;
    const title = head.steps[stepId]?.title ?? stepId;
    const why = cause ? `: ${seenOfNode(nodeId, cause.message)}` : '';
    const { jobId, eventNumber } = head;
    this.#tell(
      { change: 'node', jobId, stepId, nodeId, state, attempt, ...(cause ? { cause } : {}), eventNumber },
      TOLD.includes(state) ? `  ${colouredMark(state, style)}  ${title}, ${printable(nodeId)}${why}` : undefined,
      endedAtMs,
    );
  }

  /** Steps and the job itself; the end of one comes after its cells. */
  #tellHead(head: JobHead): void {
    let held = false;
    for (const stepId of head.stepOrder) {
      const step = head.steps[stepId];
      if (!step) continue;
      const waits = !this.#silent && step.state !== 'running' && this.#isBehind(head, stepId);
      held ||= waits;
      // One after the other, as they happened.
      if (!held) this.#step(head, stepId, step);
    }
    this.#tellSilent(head);
    this.#tellFault(head);
    if (this.#jobState === head.state || (held && isJobOver(head.state))) return;
    this.#jobState = head.state;
    if (!this.#stream || this.#silent) return;
    const { jobId, jobNumber, state, currentStep, eventNumber } = head;
    this.#context.output.line({ change: 'job', jobId, jobNumber, state, currentStep, eventNumber });
  }

  /** Nodes whose work began to tell nothing. */
  #tellSilent({ jobId, currentStep, steps, eventNumber }: JobHead): void {
    const step = steps[currentStep];
    const told = this.#silentNodes;
    const silent = step?.silent?.first ?? [];
    this.#silentNodes = new Set(silent.map(({ nodeId }) => `${currentStep} ${nodeId}`));
    if (!step) return;
    const { style } = this.#context.host.terminal;
    for (const { nodeId, sinceMs } of silent) {
      if (told.has(`${currentStep} ${nodeId}`)) continue;
      const lasts = silentText(sinceMs, this.#context.masterNowMs());
      this.#tell(
        { change: 'silent', jobId, stepId: currentStep, nodeId, silentSinceMs: sinceMs, eventNumber },
        `  ${colouredMark('running', style)}  ${step.title}, ${printable(nodeId)}: ${lasts}`,
      );
    }
  }

  /** That the job stands still for its journal, and that it goes on. */
  #tellFault({ jobId, journalFault, eventNumber }: JobHead): void {
    if (journalFault?.sinceMs === this.#faultMs) return;
    this.#faultMs = journalFault?.sinceMs;
    const { style } = this.#context.host.terminal;
    this.#tell(
      { change: 'journal', jobId, ...(journalFault ? { cause: journalFault } : {}), eventNumber },
      journalFault
        ? `${colouredMark('attention', style, 'stands still')}  ${journalFaultText(journalFault)}`
        : `${colouredMark('running', style)}  its journal can be written again: the job goes on`,
      journalFault?.sinceMs,
    );
  }

  #step(head: JobHead, stepId: StepId, step: StepHead): void {
    const now = `${step.state} ${step.attempt}`;
    if (this.#steps.get(stepId) === now) return;
    const known = this.#steps.has(stepId);
    this.#steps.set(stepId, now);
    if (step.state === 'waiting' && !known) return;
    // Who answers the steps needs no word of each one that asks.
    if (step.state === 'input' && !this.#stream) return;
    const { state, attempt, counts } = step;
    this.#tell(
      {
        ...{ change: 'step', jobId: head.jobId, stepId, state, attempt },
        ...(counts ? { counts } : {}),
        eventNumber: head.eventNumber,
      },
      stepLine(step, this.#context.host.terminal),
      step.endedAtMs ?? (state === 'running' ? step.startedAtMs : undefined),
    );
  }

  /** `atMs`: when it happened, by the master's clock; without it, now. */
  #tell(document: object, words: string | undefined, atMs?: number): void {
    if (this.#silent) return;
    const text = words === undefined ? undefined : this.#timed(words, atMs);
    if (this.#stream) this.#context.output.line(document, () => text);
    else if (text !== undefined) this.#context.output.note(text);
    if (text !== undefined) this.#stillSoon();
    // A line takes away what is shown in place.
    this.#drawSoon();
  }

  #timed(words: string, atMs?: number): string {
    const nowMs = this.#context.masterNowMs();
    // What was another day says so: a job is looked on at again the morning after.
    return `${formatMoment(atMs ?? nowMs, nowMs)}  ${words}`;
  }

  /** A long step that tells nothing is told from a program that hangs. People alone are told: for a script each line is a change. */
  #stillSoon(): void {
    const { output, host, masterNowMs } = this.#context;
    this.#stopStill?.();
    // A job that is only known so far is not followed: nothing would take the timer away where it never is.
    if (this.#silent || this.#closed || output.json || output.quiet || output.showsPassing) return;
    this.#stopStill = host.clock.setTimer(STILL_MS, () => {
      const text = this.#head && stillText(this.#head, masterNowMs(), this.#lostAtMs);
      if (text !== undefined && this.#stream) output.line({}, () => this.#timed(text));
      else if (text !== undefined) output.note(this.#timed(text));
      this.#stillSoon();
    });
  }

  /** What is shown in place: at most so often, and anew each second, since times go on. */
  #drawSoon(): void {
    const { output, host } = this.#context;
    if (this.#silent || this.#closed || !output.showsPassing) return;
    const waitMs = this.#drawnAtMs + DRAW_MS - host.clock.steadyMs();
    if (waitMs <= 0) this.#draw();
    else if (!this.#drawsSoon) {
      this.#drawsSoon = true;
      this.#tickIn(waitMs);
    }
  }

  #draw(): void {
    const { output, host, masterNowMs } = this.#context;
    if (!this.#head || this.#closed) return;
    this.#drawnAtMs = host.clock.steadyMs();
    this.#drawsSoon = false;
    const lines = liveLines(this.#head, host.terminal, masterNowMs(), this.#lostAtMs);
    output.passing(lines.join('\n'));
    this.#tickIn(lines.length > 0 ? TICK_MS : undefined);
  }

  #tickIn(delayMs: number | undefined): void {
    this.#stopTick();
    this.#stopTick = delayMs === undefined ? () => {} : this.#context.host.clock.setTimer(delayMs, () => this.#draw());
  }
}

function countsOf(part: Sharded<Cell>): CellCounts {
  return countCells([...eachOf(part)].map(([, cell]) => cell));
}
