import type { CellCause, JobNode } from '../../core/model/job.ts';
import type { ServiceState } from '../../core/model/node.ts';
import type { StepId } from '../../core/model/operation.ts';
import { assertNever } from '../../core/protocol/errors.ts';
import { STEP_POLICIES } from '../operations/stepPolicies.ts';
import type { ActionOutcome, ProbeOutcome } from '../nodes/NodeDriver.ts';
import type { JobEvent } from './events.ts';
import { cellOf, clearFlag, land, ownCell, setCell, setFlag, type StateDraft, type Writable } from './jobDraft.ts';
import { moveOutcomes, setPackageOutcome } from './packageRows.ts';
import type { InFlight } from './sequencerState.ts';

/* What events from nodes make of a job's state: work that begins, ends, lingers, or is found out by a probe. */

/** The node's service was seen; of a node without one in its facts nothing is kept. */
function seeService(draft: StateDraft, nodeId: string, seen: ServiceState | undefined): void {
  const node = draft.root.view.nodes[nodeId];
  if (seen === undefined || !node?.service || node.service.state === seen) return;
  const { name } = node.service;
  draft.own(draft.own(draft.own(draft.root, 'view'), 'nodes'), nodeId).service = {
    name,
    state: seen,
  };
}

/** Work does not end although it was told to: its node stays taken, and a person decides about its cell at the current step. */
export function applyLingers(draft: StateDraft, event: JobEvent & { kind: 'work-lingers' }): void {
  const { nodeId, cause } = event;
  const flight = draft.root.inFlight[nodeId];
  if (!flight || flight.stepId !== event.stepId || flight.attempt !== event.attempt || flight.mode !== event.mode)
    return;
  const taken = draft.own(draft.own(draft.root, 'inFlight'), nodeId);
  taken.aborted = true;
  taken.lingers = cause;
  const { currentStep } = draft.root.view;
  const cell = cellOf(draft, currentStep, nodeId);
  if (!cell || !['running', 'waiting', 'unknown'].includes(cell.state)) return;
  clearFlag(draft, nodeId);
  setCell(draft, currentStep, nodeId, {
    state: 'unknown',
    attempt: cell.attempt,
    startedAtMs: cell.startedAtMs,
    cause,
  });
  if (currentStep === 'package-install') moveOutcomes(draft, nodeId, ['running'], 'waiting');
}

/** The work that lingered has ended: the node is free, and Retry finds out what was done. */
function settleLingering(draft: StateDraft, nodeId: string, flight: InFlight): void {
  if (!flight.lingers) return;
  const { currentStep } = draft.root.view;
  const cell = cellOf(draft, currentStep, nodeId);
  if (cell?.state !== 'unknown' || cell.cause?.code !== flight.lingers.code) return;
  ownCell(draft, currentStep, nodeId).cause = {
    code: 'node-timeout',
    message: `the work that did not stop on ${nodeId} has ended by now; Retry finds out what was done`,
  };
}

/** What is known of packages after work on a node ended. */
function settlePackages(draft: StateDraft, nodeId: string, outcome: ActionOutcome): void {
  if (outcome.state === 'ok' || outcome.state === 'warned') {
    moveOutcomes(draft, nodeId, ['waiting', 'running', 'fail'], 'successful');
  } else if (outcome.state === 'failed') {
    if (outcome.cause?.packageName) setPackageOutcome(draft, nodeId, outcome.cause.packageName, 'fail');
    else moveOutcomes(draft, nodeId, ['running'], 'fail');
    moveOutcomes(draft, nodeId, ['running'], 'waiting');
  } else moveOutcomes(draft, nodeId, ['running'], 'waiting');
}

const UNEXPLAINED: CellCause = { code: 'internal', message: 'the node gave no reason' };

export function endCell(draft: StateDraft, event: JobEvent & { kind: 'cell-ended' }): void {
  const flight = draft.root.inFlight[event.nodeId];
  if (!flight || flight.mode !== 'run' || flight.stepId !== event.stepId || flight.attempt !== event.attempt) return;
  land(draft, event.nodeId);
  seeService(draft, event.nodeId, event.outcome.service);
  settleLingering(draft, event.nodeId, flight);
  const cell = cellOf(draft, event.stepId, event.nodeId);
  if (flight.aborted || cell?.state !== 'running') return;
  const { outcome } = event;
  const good = outcome.state === 'ok';
  setCell(draft, event.stepId, event.nodeId, {
    state: outcome.state,
    attempt: cell.attempt,
    startedAtMs: cell.startedAtMs,
    endedAtMs: event.atMs,
    cause: outcome.cause ?? (good ? undefined : UNEXPLAINED),
  });
  const view = draft.own(draft.root, 'view');
  if (outcome.facts) {
    (draft.own(draft.root, 'facts') as Writable<typeof outcome.facts>)[event.nodeId] = outcome.facts;
    const node = draft.own(draft.own(view, 'nodes'), event.nodeId);
    node.os = outcome.facts.os;
    node.before = outcome.facts.packages;
    node.service = outcome.facts.service;
  }
  if (outcome.found) {
    draft.own(draft.own(view, 'nodes'), event.nodeId).found = outcome.found;
  }
  if (event.stepId === 'package-install') settlePackages(draft, event.nodeId, outcome);
}

export function applyProbe(draft: StateDraft, event: JobEvent & { kind: 'cell-probed' }): void {
  const flight = draft.root.inFlight[event.nodeId];
  if (!flight || flight.mode !== 'probe' || flight.stepId !== event.stepId || flight.attempt !== event.attempt) return;
  land(draft, event.nodeId);
  seeService(draft, event.nodeId, 'service' in event.outcome ? event.outcome.service : undefined);
  settleLingering(draft, event.nodeId, flight);
  const cell = cellOf(draft, event.stepId, event.nodeId);
  if (flight.aborted || cell?.state !== 'unknown') return;
  clearFlag(draft, event.nodeId);
  const { outcome } = event;
  const settled = { attempt: cell.attempt, startedAtMs: cell.startedAtMs, endedAtMs: event.atMs };
  const install = event.stepId === 'package-install';
  switch (outcome.done) {
    case 'yes':
      setCell(draft, event.stepId, event.nodeId, { ...settled, state: 'ok' });
      if (install) settlePackages(draft, event.nodeId, { state: 'ok' });
      break;
    case 'no':
    case 'partly':
      setCell(draft, event.stepId, event.nodeId, { state: 'waiting', attempt: cell.attempt });
      if (install) settleProbedPackages(draft, event.nodeId, outcome);
      break;
    case 'unreachable':
      setCell(draft, event.stepId, event.nodeId, {
        ...settled,
        state: 'unreachable',
        cause: outcome.cause ?? { code: 'node-unreachable', message: 'the node does not answer the probe' },
      });
      break;
    case 'error':
      setCell(draft, event.stepId, event.nodeId, { ...settled, state: 'unknown', cause: outcome.cause });
      break;
    default:
      assertNever(outcome);
  }
  if ('found' in outcome && outcome.found) {
    const nodes = draft.own(draft.own(draft.root, 'view'), 'nodes') as Writable<JobNode>;
    draft.own(nodes, event.nodeId).found = outcome.found;
  }
}

function settleProbedPackages(draft: StateDraft, nodeId: string, outcome: ProbeOutcome): void {
  moveOutcomes(draft, nodeId, ['running', 'fail'], 'waiting');
  for (const [packageName, found] of Object.entries(outcome.packages)) {
    const known = draft.root.view.nodes[nodeId]?.outcomes[packageName];
    if (found === 'successful' && known !== 'ignored') setPackageOutcome(draft, nodeId, packageName, 'successful');
  }
}

/** putservices was started anew: what ran is unknown until it is probed. */
export function applyRestart(draft: StateDraft): void {
  const { currentStep } = draft.root.view;
  for (const [nodeId, flight] of Object.entries(draft.root.inFlight)) {
    land(draft, nodeId);
    settleLingering(draft, nodeId, flight);
    if (flight.aborted || flight.stepId !== currentStep) continue;
    const cell = cellOf(draft, currentStep, nodeId);
    if (!cell) continue;
    if (STEP_POLICIES[currentStep].readOnly) {
      setCell(draft, currentStep, nodeId, { state: 'waiting', attempt: cell.attempt });
    } else {
      setCell(draft, currentStep, nodeId, {
        state: 'unknown',
        attempt: cell.attempt,
        startedAtMs: cell.startedAtMs,
        cause: { code: 'server-stopping', message: 'putservices was stopped while this ran; a probe finds out' },
      });
      setFlag(draft, nodeId);
      if (currentStep === 'package-install') moveOutcomes(draft, nodeId, ['running'], 'waiting');
    }
  }
}

/** Work, or its probe, begins on a node. */
export function startCell(
  draft: StateDraft,
  stepId: StepId,
  nodeId: string,
  mode: 'run' | 'probe',
  atMs: number,
): void {
  const cell = cellOf(draft, stepId, nodeId);
  if (!cell) return;
  const attempt = mode === 'run' ? cell.attempt + 1 : cell.attempt;
  if (mode === 'run') setCell(draft, stepId, nodeId, { state: 'running', attempt, startedAtMs: atMs });
  if (mode === 'run' && STEP_POLICIES[stepId].touchesService) seeService(draft, nodeId, 'unknown');
  (draft.own(draft.root, 'inFlight') as Writable<InFlight>)[nodeId] = draft.fresh({ stepId, attempt, mode });
}
