import type { ComponentType } from 'react';
import type { JobView, StepView } from '../../core/model/job.ts';
import type { KindWithTables } from '../../core/steps/tables.ts';
import { Outputs } from './Outputs.tsx';
import type { StepTableProps } from './TablePanel.tsx';
import { Versions } from './Versions.tsx';

/** How the tables of a kind are shown; a kind with tables and without this does not compile. */
const TABLE_WINDOWS: { readonly [K in KindWithTables]: ComponentType<StepTableProps> } = {
  facts: Versions,
  'run-command': Outputs,
};

/** What shows the tables of a step; undefined where its kind has none, or nothing was done at it. */
export function stepTables({ kind, state }: StepView): ComponentType<StepTableProps> | undefined {
  if (state === 'waiting' || state === 'skipped' || !Object.hasOwn(TABLE_WINDOWS, kind)) return undefined;
  return TABLE_WINDOWS[kind as KindWithTables];
}

/** Steps whose tables are what the job was for: those of a job without package results. */
export function stepsWithTables(job: JobView): readonly StepView[] {
  if (job.packages.length > 0) return [];
  return job.stepOrder.flatMap((id) => {
    const step = job.steps[id];
    return step && stepTables(step) ? [step] : [];
  });
}
