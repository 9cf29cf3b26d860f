import type { ChangeListener, StateTopic } from '../service.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { JobPartsMaker } from './jobParts.ts';
import type { JobRecord } from './jobRecord.ts';
import type { JobRunner } from './JobRunner.ts';
import { stateTopic } from './stateTopic.ts';

/** A job in memory: one that runs, or an ended one that somebody looks at, which may go on once its nodes are asked back. */
export interface OpenJob {
  readonly state: () => SequencerState;
  readonly record: () => JobRecord;
  readonly parts: JobPartsMaker;
  readonly number: () => number;
  readonly listeners: Set<ChangeListener>;
  readonly runner: JobRunner;
}

/** What people ask of a job; `listeners` hear of its changes. */
export function openJobOf(runner: JobRunner, listeners: Set<ChangeListener>): OpenJob {
  const { state, record } = { state: () => runner.state, record: () => runner.record };
  return { state, record, parts: runner.parts, number: () => runner.number, listeners, runner };
}

/** The topic `job:<id>` or `job:<id>/<part>`; undefined where there is no such part. `jobOf` throws where there is no such job. */
export function topicOfJob(name: string, jobOf: (jobId: string) => OpenJob): StateTopic | undefined {
  const [jobId = '', ...part] = name.slice('job:'.length).split('/');
  const job = jobOf(jobId);
  const state = part.length === 0 ? job.parts.head : job.parts.part(part.join('/'));
  return state && stateTopic(state, job.number, job.listeners);
}
