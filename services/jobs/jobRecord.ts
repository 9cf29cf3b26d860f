import { endedNodes } from '../../core/model/cellCounts.ts';
import type { JobSummary } from '../../core/model/job.ts';
import { runWindowOfSettings } from '../../core/model/runWindow.ts';
import { applyEvent } from '../sequencer/apply.ts';
import { totalCounts } from '../sequencer/cells.ts';
import { awaitsApproval } from '../sequencer/approval.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { heldByWindow } from '../sequencer/runWindow.ts';
import { currentStep, initialState, isOver, type SequencerState } from '../sequencer/state.ts';
import { applyToDecisions, type DecisionTold } from './decisionRecord.ts';
import { jobStateOf } from './jobView.ts';
import { applyToNodeResults, type NodeResults } from './nodeResults.ts';
import { applyToResults, NO_RESULTS, type PackageResults } from './packageResults.ts';

/** Everything that the events of a job make: the state of the machine, and the tables that are projected beside it. */
export interface JobRecord {
  readonly machine: SequencerState;
  readonly results: PackageResults;
  readonly nodeResults: NodeResults;
  readonly decisions: readonly DecisionTold[];
}

/** The record that the first event of a job makes. @throws PutError state-damaged when it is another event */
export function firstRecord(event: JobEvent): JobRecord {
  return { machine: initialState(event), results: NO_RESULTS, nodeResults: {}, decisions: [] };
}

/** The record after an event. */
export function recordAfter(record: JobRecord, event: JobEvent): JobRecord {
  const machine = applyEvent(record.machine, event);
  return {
    machine,
    results: applyToResults(record.results, event, record.machine, machine),
    nodeResults: applyToNodeResults(record.nodeResults, event, record.machine, machine),
    decisions: applyToDecisions(record.decisions, event, machine),
  };
}

/** The record that a whole journal makes. @throws PutError state-damaged */
export function replayRecord(events: readonly JobEvent[]): JobRecord {
  return events.slice(1).reduce(recordAfter, firstRecord(events[0] as JobEvent));
}

/** Whole percents, so that a step of many nodes changes the list of jobs a hundred times at most. */
function stepPercent(machine: SequencerState): number | undefined {
  const table = machine.cells[currentStep(machine).id];
  const nodes = machine.nodes.ids.length;
  if (!table || nodes === 0) return undefined;
  return Math.floor((endedNodes(totalCounts(table)) * 100) / nodes);
}

/** Paused, and nothing runs at its step any more: as the head tells it. */
function standsPaused(machine: SequencerState): boolean {
  const table = machine.cells[currentStep(machine).id];
  return machine.paused !== undefined && !isOver(machine) && (!table || totalCounts(table).running === 0);
}

/** The row of the job list. */
export function summaryOf({ machine }: JobRecord): JobSummary {
  return {
    jobId: machine.jobId,
    jobNumber: machine.jobNumber,
    operationId: machine.spec.id,
    title: machine.spec.title,
    state: jobStateOf(machine),
    driver: machine.driver,
    startedBy: machine.startedBy,
    startedAtMs: machine.startedAtMs,
    endedAtMs: machine.endedAtMs,
    currentStep: currentStep(machine).id,
    currentStepTitle: currentStep(machine).title,
    stepPercent: stepPercent(machine),
    nodes: machine.nodes.ids.length,
    standsPaused: standsPaused(machine) || undefined,
    waitsForApproval: awaitsApproval(machine) || undefined,
    waitsUntil:
      !awaitsApproval(machine) && heldByWindow(machine) === 'early'
        ? runWindowOfSettings(machine.settings)?.notBefore
        : undefined,
  };
}

/** Whether two rows of the job list say the same. */
export function sameSummary(a: JobSummary | undefined, b: JobSummary): boolean {
  return a !== undefined && (Object.keys(b) as (keyof JobSummary)[]).every((key) => a[key] === b[key]);
}
