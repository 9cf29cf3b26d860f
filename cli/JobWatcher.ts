import type { JobView } from '../core/model/job.ts';
import type { StepId } from '../core/model/operation.ts';
import { printable } from '../core/model/strangerText.ts';
import { colouredMark, countCells, formatCounts, formatTime } from './output/words.ts';
import { percentOfStep, stepLine } from './jobText.ts';
import type { LocalContext } from './launch.ts';

/** Shows a job as lines of what changed, and on a terminal one line that follows the running step. */
export class JobWatcher {
  readonly #context: LocalContext;
  readonly #stream: boolean;
  /** By step: state and attempt last told. */
  readonly #steps = new Map<StepId, string>();
  /** By step and node: state and attempt last told. */
  readonly #cells = new Map<string, string>();
  #jobState: string | undefined;
  #silent = false;

  /** With `stream` every change is a result (a line, or a line of JSON); without, it goes to the error output for people. */
  constructor(context: LocalContext, options: { stream: boolean }) {
    this.#context = context;
    this.#stream = options.stream;
  }

  /** Takes a view as known: only what changes after it is told. */
  prime(view: JobView): void {
    this.#silent = true;
    this.onView(view);
    this.#silent = false;
  }

  onView(view: JobView): void {
    for (const stepId of view.stepOrder) this.#step(view, stepId);
    if (this.#jobState !== view.state) {
      this.#jobState = view.state;
      if (this.#stream && !this.#silent)
        this.#context.output.line({
          change: 'job',
          jobId: view.jobId,
          jobNumber: view.jobNumber,
          state: view.state,
          currentStep: view.currentStep,
          eventNumber: view.eventNumber,
        });
    }
    this.#passing(view);
  }

  #step(view: JobView, stepId: StepId): void {
    const step = view.steps[stepId];
    if (!step) return;
    for (const [nodeId, cell] of Object.entries(step.cells ?? {})) {
      const key = `${stepId} ${nodeId}`;
      const now = `${cell.state} ${cell.attempt}`;
      if (this.#cells.get(key) === now) continue;
      const known = this.#cells.has(key);
      this.#cells.set(key, now);
      if (cell.state === 'waiting' && !known) continue;
      const told =
        cell.state !== 'waiting' && cell.state !== 'running' && cell.state !== 'ok' && cell.state !== 'skipped';
      const style = this.#context.host.terminal.style;
      const cause = cell.cause ? `: ${printable(cell.cause.message)}` : '';
      this.#tell(
        {
          change: 'node',
          jobId: view.jobId,
          stepId,
          nodeId,
          state: cell.state,
          attempt: cell.attempt,
          ...(cell.cause ? { cause: cell.cause } : {}),
          eventNumber: view.eventNumber,
        },
        told ? `  ${colouredMark(cell.state, style)}  ${step.title}, ${printable(nodeId)}${cause}` : undefined,
      );
    }
    const now = `${step.state} ${step.attempt}`;
    if (this.#steps.get(stepId) === now) return;
    const known = this.#steps.has(stepId);
    this.#steps.set(stepId, now);
    if (step.state === 'waiting' && !known) return;
    // Who answers the steps needs no word of each one that asks.
    if (step.state === 'input' && !this.#stream) return;
    const cells = Object.values(step.cells ?? {});
    this.#tell(
      {
        change: 'step',
        jobId: view.jobId,
        stepId,
        state: step.state,
        attempt: step.attempt,
        ...(cells.length > 0 ? { counts: countCells(cells) } : {}),
        eventNumber: view.eventNumber,
      },
      stepLine(step, this.#context.host.terminal),
    );
  }

  #tell(document: object, words: string | undefined): void {
    if (this.#silent) return;
    const text = words === undefined ? undefined : `${formatTime(this.#context.host.clock.nowMs())}  ${words}`;
    if (this.#stream) this.#context.output.line(document, () => text);
    else if (text !== undefined) this.#context.output.note(text);
  }

  #passing(view: JobView): void {
    const step = view.steps[view.currentStep];
    if (this.#silent) return;
    if (view.state !== 'running' || !step) {
      this.#context.output.passing('');
      return;
    }
    const percent = percentOfStep(step);
    const counts =
      percent === undefined ? '' : `  ${percent} %  ${formatCounts(countCells(Object.values(step.cells ?? {})))}`;
    this.#context.output.passing(`${step.title}${counts}`);
  }
}
