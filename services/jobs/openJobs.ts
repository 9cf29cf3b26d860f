import type { StateTopic } from '../service.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { createJobParts, type JobPartsMaker } from './jobParts.ts';
import type { JobRecord } from './jobRecord.ts';
import { CHANGES_PER_EVENT, type JobRunner } from './JobRunner.ts';
import { stateTopic } from './stateTopic.ts';

/** A job in memory: one that runs, or an ended one that somebody looks at. */
export interface OpenJob {
  readonly state: () => SequencerState;
  readonly record: () => JobRecord;
  readonly parts: JobPartsMaker;
  readonly number: () => number;
  readonly listeners: Set<() => void>;
  readonly runner?: JobRunner | undefined;
}

/** A job that runs. */
export function openJobOf(runner: JobRunner, listeners: Set<() => void>): OpenJob {
  const { state, record } = { state: () => runner.state, record: () => runner.record };
  return { state, record, parts: runner.parts, number: () => runner.number, listeners, runner };
}

/** A job that has ended. */
export function openJobOfRecord(record: JobRecord): OpenJob {
  const source = { ...record, live: new Map<string, never>() };
  return {
    state: () => record.machine,
    record: () => record,
    parts: createJobParts(() => source),
    number: () => record.machine.eventNumber * CHANGES_PER_EVENT,
    listeners: new Set(),
  };
}

/** The topic `job:<id>` or `job:<id>/<part>`; undefined where there is no such part. `jobOf` throws where there is no such job. */
export function topicOfJob(name: string, jobOf: (jobId: string) => OpenJob): StateTopic | undefined {
  const [jobId = '', ...part] = name.slice('job:'.length).split('/');
  const job = jobOf(jobId);
  const state = part.length === 0 ? job.parts.head : job.parts.part(part.join('/'));
  return state && stateTopic(state, job.number, job.listeners);
}
