import { stepInputSchema, type Cell, type JobSeen, type StepInput } from '../../core/model/job.ts';
import { changedAnswers, parseAnswers } from '../../core/model/jobAnswers.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { JobEventBody } from './events.ts';
import { stepBefore } from './deriveView.ts';
import { currentStep, isOver, needsDecision, type Decision, type SequencerState } from './sequencerState.ts';

/*
 * Whether a person's request may happen now, and as which event. Pure: the state decides. Each function throws a PutError that says why not:
 * `job-over`, `baton-needed`, `step-not-current` when somebody was faster, or what is wrong with the request itself.
 */

/**
 * Throws where a person decided on what is over since. `already-done`: they, or a request of theirs that was repeated otherwise, decided
 * just this after what was seen. `step-not-current`: the job went on by another decision, or is at another step or attempt.
 */
export function requireSeen(state: SequencerState, seen: JobSeen, kind: Decision['kind'], user: string): void {
  const { lastMove, view } = state;
  if (lastMove && lastMove.eventNumber > seen.eventNumber) {
    if (lastMove.kind === kind && lastMove.user === user) {
      throw new PutError('already-done', `${user} asked for the same at event ${lastMove.eventNumber}`, {
        eventNumber: lastMove.eventNumber,
      });
    }
    throw new PutError(
      'step-not-current',
      `${lastMove.user} decided at event ${lastMove.eventNumber}, after what was on the screen (event ${seen.eventNumber})`,
      { eventNumber: lastMove.eventNumber, seen: seen.eventNumber },
    );
  }
  // Exit means the operation, wherever it has got to.
  if (kind === 'exit-asked') return;
  const at = currentStep(state);
  if (seen.stepId !== view.currentStep || seen.attempt !== at.attempt) {
    const title = view.steps[seen.stepId]?.title ?? seen.stepId;
    throw new PutError(
      'step-not-current',
      `the job is at ${at.title}, attempt ${at.attempt}; on the screen was ${title}, attempt ${seen.attempt}`,
      { stepId: seen.stepId, currentStep: view.currentStep, attempt: at.attempt },
    );
  }
}

/** Throws unless the job goes on and `user` drives it. */
export function requireBaton(state: SequencerState, user: string): void {
  requireOpen(state);
  if (state.view.driver !== user) {
    throw new PutError('baton-needed', `${state.view.driver} drives job ${state.view.jobNumber}`, {
      driver: state.view.driver,
    });
  }
}

function requireOpen(state: SequencerState): void {
  if (isOver(state.view)) {
    throw new PutError('job-over', `job ${state.view.jobNumber} has ended: ${state.view.state}`);
  }
}

function requireNotExiting(state: SequencerState): void {
  if (state.exitAskedBy !== undefined) {
    throw new PutError('step-not-current', `${state.exitAskedBy} exits the operation`);
  }
}

function requireStep(state: SequencerState, stepId: string): void {
  requireNotExiting(state);
  const { currentStep: at, steps } = state.view;
  if (stepId !== at) {
    throw new PutError(
      'step-not-current',
      `the job is at ${steps[at]?.title ?? at}, not at ${steps[stepId]?.title ?? stepId}`,
      {
        stepId,
        currentStep: at,
      },
    );
  }
}

/** The input of `job.answer`, checked. Throws `input-invalid` naming the place. */
export function parseInput(input: unknown): StepInput {
  const parsed = stepInputSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.join('.') || 'input';
  throw new PutError('input-invalid', `${place}: ${issue?.message ?? 'not understood'}`, { place });
}

/** The packages that an answer selects; undefined for another answer, or none. */
export function fileNamesIn(input: unknown): readonly string[] | undefined {
  const parsed = stepInputSchema.safeParse(input);
  return parsed.data?.stepId === 'select-packages' ? parsed.data.fileNames : undefined;
}

/** Throws `step-not-current` unless the step waits for this answer. */
export function requireAnswerable(state: SequencerState, input: StepInput): void {
  requireStep(state, input.stepId);
  const step = currentStep(state);
  if (step.state !== 'input') {
    throw new PutError('step-not-current', `${step.title} does not wait for an answer`, { stepId: step.stepId });
  }
}

/** Back. */
export function backEvent(state: SequencerState, user: string): JobEventBody {
  requireNotExiting(state);
  const target = stepBefore(state);
  if (target === undefined) {
    throw new PutError('step-not-current', `there is no way back from ${currentStep(state).title}`, {
      stepId: state.view.currentStep,
    });
  }
  return { kind: 'went-back', stepId: target, user };
}

/** Next on a step whose failures were all ignored. */
export function continueEvent(state: SequencerState, user: string): JobEventBody {
  requireNotExiting(state);
  const step = currentStep(state);
  if (step.state !== 'attention') {
    throw new PutError('step-not-current', `${step.title} does not wait for Next`, { stepId: step.stepId });
  }
  const why = state.view.nextOffBecause;
  if (why !== undefined) throw new PutError('step-not-current', why, { stepId: step.stepId });
  return { kind: 'step-ended', stepId: step.stepId, user };
}

/**
 * Retry: exactly the failed, unreachable and unknown nodes of the current step, or those of them that are named; a node ignored at this
 * step may be named too. A step that could not begin is begun anew.
 */
export function retryEvent(
  state: SequencerState,
  stepId: string,
  nodeIds: readonly string[] | undefined,
  user: string,
): JobEventBody & { kind: 'retried' | 'step-restarted' } {
  requireStep(state, stepId);
  const step = currentStep(state);
  if (!step.cells) {
    if (step.state !== 'attention') throw nothingToRetry(step.title);
    return { kind: 'step-restarted', stepId: step.stepId, user };
  }
  const cells = step.cells;
  const mayRetry = (nodeId: string): boolean => {
    const cell = cells[nodeId] as Cell;
    return needsDecision(cell, state.toProbe[nodeId] === true) || (nodeIds !== undefined && cell.state === 'ignored');
  };
  requireKnown(cells, nodeIds ?? []);
  const chosen = [...new Set(nodeIds ?? Object.keys(cells))].filter(mayRetry);
  if (chosen.length === 0) throw nothingToRetry(step.title);
  // Nothing is begun beside work that may still be at it: a node named is refused, of all of them the free ones are tried.
  const taken = chosen.filter((nodeId) => state.inFlight[nodeId]?.lingers !== undefined);
  if (taken.length > 0 && (nodeIds !== undefined || taken.length === chosen.length)) throw nodeBusy(state, taken);
  const free = chosen.filter((nodeId) => !taken.includes(nodeId));
  return { kind: 'retried', stepId: step.stepId, nodeIds: free, user };
}

function nodeBusy(state: SequencerState, nodeIds: readonly string[]): PutError {
  const first = nodeIds[0] as string;
  const more = nodeIds.length > 1 ? ` (and ${nodeIds.length - 1} more nodes)` : '';
  const why = state.inFlight[first]?.lingers?.message ?? `work on ${first} is not known to have ended`;
  return new PutError('node-busy', `${why}${more}`, { nodeId: first });
}

function nothingToRetry(title: string): PutError {
  return new PutError('nothing-to-retry', `no node of ${title} has failed, is unreachable or unknown`);
}

function requireKnown(cells: Readonly<Record<string, Cell>>, nodeIds: readonly string[]): void {
  const stranger = nodeIds.find((nodeId) => !Object.hasOwn(cells, nodeId));
  if (stranger !== undefined)
    throw new PutError('node-unknown', `node ${stranger} is not part of the job`, { nodeId: stranger });
}

/** Ignore with a reason: nodes as a whole, or one package that failed on them. */
export function ignoreEvent(
  state: SequencerState,
  request: { stepId: string; nodeIds: readonly string[]; packageName?: string | undefined; reason: string },
  user: string,
): JobEventBody & { kind: 'ignored' } {
  requireStep(state, request.stepId);
  const step = currentStep(state);
  const cells = step.cells ?? {};
  requireKnown(cells, request.nodeIds);
  const { packageName } = request;
  const chosen = [...new Set(request.nodeIds)].filter((nodeId) => {
    const cell = cells[nodeId] as Cell;
    if (!needsDecision(cell, state.toProbe[nodeId] === true)) return false;
    return packageName === undefined || state.view.nodes[nodeId]?.outcomes[packageName] === 'fail';
  });
  if (chosen.length === 0) {
    const what = packageName === undefined ? 'nothing to ignore' : `no failure of ${packageName} to ignore`;
    throw new PutError('step-not-current', `${step.title} has ${what} on these nodes`, { stepId: step.stepId });
  }
  return { kind: 'ignored', stepId: step.stepId, nodeIds: chosen, packageName, reason: request.reason, user };
}

/**
 * Cancel: Restart Current Step, or Exit, which may have the services started first. A second Exit without that gives the starts up;
 * otherwise undefined: an exit is under way already.
 */
export function cancelEvent(
  state: SequencerState,
  choice: 'restart-step' | 'exit',
  user: string,
  startServices = false,
): JobEventBody | undefined {
  if (choice === 'exit') {
    const givesUpStarts = state.exitWork !== undefined && !startServices;
    if (state.exitAskedBy !== undefined && !givesUpStarts) return undefined;
    return { kind: 'exit-asked', user, ...(startServices ? { startServices } : {}) };
  }
  requireNotExiting(state);
  return { kind: 'step-restarted', stepId: state.view.currentStep, user };
}

/**
 * The job goes on by its answers; parts that are named replace those it had, null takes one away. Undefined: it does already. Parts for steps that were answered
 * are what was agreed on and done: to change one, a person goes back first.
 */
export function answersEvent(
  state: SequencerState,
  request: { answers?: object | undefined; acceptPlan?: boolean | undefined },
  user: string,
): JobEventBody | undefined {
  requireNotExiting(state);
  const before = state.answers?.answers ?? {};
  const named = Object.entries({ ...before, ...request.answers }).filter(([, part]) => part !== null);
  const answers = parseAnswers(Object.fromEntries(named));
  const acceptPlan = request.acceptPlan ?? state.answers?.acceptPlan ?? false;
  const changed = changedAnswers(before, answers);
  const { view } = state;
  const at = view.stepOrder.indexOf(view.currentStep);
  const late = changed.find(({ stepId }) => stepId !== undefined && view.stepOrder.indexOf(stepId) < at);
  if (late?.stepId !== undefined) {
    const title = view.steps[late.stepId]?.title ?? late.stepId;
    const way = view.canBack ? 'go back to it first' : 'exit the operation and start anew';
    throw new PutError('step-not-current', `${late.part}: ${title} was answered already; ${way}`, { part: late.part });
  }
  const same = changed.length === 0 && acceptPlan === (state.answers?.acceptPlan ?? false);
  if (same && view.answers?.active === true) return undefined;
  return { kind: 'answers-given', answers, acceptPlan, changed: changed.map(({ part }) => part), user };
}

/** Takes the baton from the driver that was seen. Undefined: the user has it already. */
export function takeBatonEvent(
  state: SequencerState,
  seen: JobSeen,
  user: string,
  reason: string,
): JobEventBody | undefined {
  requireOpen(state);
  if (state.view.driver !== user && state.drivesSince > seen.eventNumber) {
    throw new PutError(
      'already-done',
      `the baton changed hands at event ${state.drivesSince}, after what was on the screen; ${state.view.driver} drives`,
      { driver: state.view.driver, eventNumber: state.drivesSince },
    );
  }
  return state.view.driver === user ? undefined : { kind: 'baton-taken', user, reason };
}
