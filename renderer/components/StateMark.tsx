import type { ReactElement } from 'react';
import type { CellState, JobState, StepState } from '../../core/model/job.ts';
import { jobWord, needsPerson, type Standing } from '../../core/model/needsPerson.ts';
import { t } from '../texts/en.ts';

export type MarkState = CellState | StepState;

/** A shape of its own for every state, 14 by 14; colour comes from the class, the word stands beside it. */
const shapes: Readonly<Record<MarkState, ReactElement>> = {
  ok: <rect x="1.5" y="1.5" width="11" height="11" rx="1.5" fill="currentColor" />,
  running: (
    <>
      <circle cx="7" cy="7" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M7 1.8a5.2 5.2 0 0 0 0 10.4z" fill="currentColor" />
    </>
  ),
  waiting: <rect x="2" y="2" width="10" height="10" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.4" />,
  failed: <path d="M2.5 2.5l9 9M11.5 2.5l-9 9" stroke="currentColor" strokeWidth="2.2" fill="none" />,
  warned: <path d="M7 1.2l6 11.3H1z" fill="currentColor" />,
  unreachable: (
    <>
      <circle cx="7" cy="7" r="4.8" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M2 12L12 2" stroke="currentColor" strokeWidth="1.6" />
    </>
  ),
  unknown: (
    <path
      d="M4 4.6C4 2.8 5.3 1.8 7 1.8s3 1 3 2.7c0 2.2-3 2.2-3 4.6M7 11v2"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
    />
  ),
  ignored: (
    <>
      <circle cx="7" cy="7" r="5.2" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M4 7h6" stroke="currentColor" strokeWidth="1.8" />
    </>
  ),
  skipped: (
    <>
      <rect x="1.7" y="1.7" width="10.6" height="10.6" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.3" />
      <path d="M4.3 4.3l5.4 5.4M9.7 4.3L4.3 9.7" stroke="currentColor" strokeWidth="1.5" />
    </>
  ),
  input: (
    <>
      <rect x="1.7" y="1.7" width="10.6" height="10.6" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M5.2 4l4 3-4 3z" fill="currentColor" />
    </>
  ),
  attention: (
    <>
      <rect x="1.7" y="1.7" width="10.6" height="10.6" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M7 3.6v4M7 9.2v1.6" stroke="currentColor" strokeWidth="1.8" />
    </>
  ),
};

/** The shape of a state. Without `label` the word must stand beside it. */
export function StateMark({ state, label }: { state: MarkState; label?: string }) {
  return (
    <svg
      className={`mark s-${state}`}
      viewBox="0 0 14 14"
      width="14"
      height="14"
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {shapes[state]}
    </svg>
  );
}

/** Shape and word of a state. */
export function StateWord({ state }: { state: MarkState }) {
  return (
    <span className="state-word">
      <StateMark state={state} />
      {t.states[state]}
    </span>
  );
}

const jobMarks: Readonly<Record<JobState, MarkState>> = {
  running: 'running',
  input: 'input',
  attention: 'attention',
  succeeded: 'ok',
  warned: 'warned',
  failed: 'failed',
  exited: 'ignored',
  'rolled-back': 'skipped',
};

/** Shape of how a job is; the word stands beside it. */
export function JobMark({ job }: { job: Standing }) {
  // One that a person paused runs no further until a person lets it.
  return <StateMark state={job.state === 'running' && needsPerson(job) ? 'attention' : jobMarks[job.state]} />;
}

/** Shape and word of how a job is. */
export function JobStateWord({ job }: { job: Standing }) {
  return (
    <span className="state-word">
      <JobMark job={job} />
      {jobWord(job)}
    </span>
  );
}
