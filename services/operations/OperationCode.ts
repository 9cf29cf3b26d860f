import type { JobReport, StepInput } from '../../core/model/job.ts';
import type { StepId } from '../../core/model/operation.ts';
import type { SelectionVerdict } from '../../core/model/selection.ts';
import type { Slices } from '../../core/model/slices.ts';
import type { JobEventBody } from '../jobs/events.ts';
import type { SelectionLibrary } from '../jobs/ports.ts';
import type { SequencerState } from '../jobs/sequencerState.ts';
import type { NodeAction } from '../nodes/NodeDriver.ts';

/** The step code of an operation: pure functions of the job's state and the package library. */
export interface OperationCode {
  /** The event that opens or skips a step. Throws a PutError when the step cannot begin. */
  openStep(state: SequencerState, stepId: StepId, library: SelectionLibrary, nowMs: number): JobEventBody;
  /** The event of an answer. Throws a PutError that says what is wrong with it. */
  answer(state: SequencerState, input: StepInput, user: string, library: SelectionLibrary): JobEventBody;
  /**
   * The event of the answer that the job was given for the step it waits at; undefined where a person answers it.
   * Throws a PutError that says why the answer cannot be used.
   */
  answerByItself(state: SequencerState, library: SelectionLibrary): JobEventBody | undefined;
  /** The screen made anew when the library changed under it; undefined when it does not depend on it. */
  refreshScreen(state: SequencerState, library: SelectionLibrary): JobEventBody | undefined;
  /**
   * Finds out beforehand, with places to pause, what opening or refreshing a step takes long to find out; these then answer at once.
   * Throws what opening the step would.
   */
  prepareStep(state: SequencerState, stepId: StepId, library: SelectionLibrary): Slices<unknown>;
  /** The same for a selection that will be checked or answered. */
  prepareSelection(state: SequencerState, fileNames: readonly string[], library: SelectionLibrary): Slices<unknown>;
  /** What stands against a selection of packages, for the screen. Throws `step-not-current` before facts are known. */
  checkSelection(state: SequencerState, fileNames: readonly string[], library: SelectionLibrary): SelectionVerdict;
  /** The work of a step on a node. */
  actionOf(state: SequencerState, stepId: StepId, nodeId: string): NodeAction;
  /** The event that opens what is done before an exit that starts the services; undefined where there is nothing to do. */
  exitWork(state: SequencerState): JobEventBody | undefined;
  report(state: SequencerState, nowMs: number): JobReport;
}
