import type { OpenJob } from '../stores/openJob.ts';
import type { StepHead } from '../../core/model/jobParts.ts';
import type { ComponentType } from 'react';
import type { KindWithTables } from '../../core/steps/tables.ts';
import { Outputs } from './Outputs.tsx';
import type { StepTableProps } from './TablePanel.tsx';
import { Versions } from './Versions.tsx';

/** How the tables of a kind are shown; a kind with tables and without this does not compile. */
const TABLE_WINDOWS: { readonly [K in KindWithTables]: ComponentType<StepTableProps> } = {
  facts: Versions,
  'run-command': Outputs,
};

/** Whether a step has tables to show: its kind has some, and something was done at it. */
function hasTables({ kind, state }: StepHead): boolean {
  return state !== 'waiting' && state !== 'skipped' && Object.hasOwn(TABLE_WINDOWS, kind);
}

/** The tables of a step; nothing where there are none. */
export function StepTables({ system, job, step }: StepTableProps) {
  if (!hasTables(step)) return null;
  const Tables = TABLE_WINDOWS[step.kind as KindWithTables];
  return <Tables system={system} job={job} step={step} />;
}

/** Steps whose tables are what the job was for: those of a job without package results. */
export function stepsWithTables(job: OpenJob): readonly StepHead[] {
  if (job.packages > 0) return [];
  return job.stepOrder.flatMap((id) => {
    const step = job.steps[id];
    return step && hasTables(step) ? [step] : [];
  });
}
