import type { JobSummary } from '../../core/model/job.ts';
import { findOperation } from '../../core/model/operation.ts';
import { countedNodes } from '../../core/model/servicesNotUp.ts';
import type { Slices } from '../../core/model/slices.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { Log } from '../service.ts';
import type { Journal } from './Journal.ts';
import { recordBySlices, type RecordSource } from './snapshots.ts';
import { standingChanges } from './standingChanges.ts';

/* What later jobs did to the nodes of a job, which stands against bringing them back to what was there before it. */

/** The jobs of the system, as they are asked for. */
export interface LaterJobs {
  /** Rows of the jobs after this number, newest first. */
  after(jobNumber: number): readonly JobSummary[];
  /** Read without keeping it in memory. @throws PutError state-damaged, job-unknown */
  stateOf(jobId: string): Slices<SequencerState>;
}

/** The jobs of a journal; `open` answers those that are in memory. */
export function laterJobs(
  journal: RecordSource & Pick<Journal, 'summaries' | 'nextJobNumber'>,
  open: (jobId: string) => SequencerState | undefined,
  log: Log,
): LaterJobs {
  return {
    after: (jobNumber) =>
      journal
        .summaries(Math.max(0, journal.nextJobNumber() - 1 - jobNumber))
        .filter((one) => one.jobNumber > jobNumber),
    *stateOf(jobId) {
      const known = open(jobId);
      if (known) return known;
      const record = yield* recordBySlices(journal, jobId, log);
      if (!record) throw new PutError('job-unknown', `there is no job ${jobId}`, { jobId });
      return record.machine;
    },
  };
}

/** By its row alone: it worked on no nodes, or has no way back, such as a command, which stands for ever and keeps nobody from this. */
function changedNothing({ operationId, nodes, problem }: JobSummary): boolean {
  return problem === undefined && (nodes === 0 || findOperation(operationId)?.rollback.length === 0);
}

/**
 * Throws `changed-since` where a later job changed one of the nodes and that stands: what was there before both would come back, and what the later one did
 * would be lost unseen. Only jobs are read that may have.
 */
export function* requireUnchanged(jobs: LaterJobs, jobNumber: number, nodeIds: readonly string[]): Slices<void> {
  const asked = new Set(nodeIds);
  for (const later of jobs.after(jobNumber)) {
    if (changedNothing(later)) continue;
    const { jobId, problem } = later;
    const details = { jobNumber: later.jobNumber };
    if (problem !== undefined) {
      const message = `whether job ${later.jobNumber} changed these nodes is not known: ${problem}`;
      throw new PutError('changed-since', message, details);
    }
    yield;
    const changed = standingChanges(yield* jobs.stateOf(jobId)).filter((nodeId) => asked.has(nodeId));
    yield;
    if (changed.length === 0) continue;
    throw new PutError('changed-since', `job ${later.jobNumber} changed ${countedNodes(changed)} since`, details);
  }
}
