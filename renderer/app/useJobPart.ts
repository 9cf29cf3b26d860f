import { useEffect } from 'react';
import type { JobPart, JobPartName } from '../../core/model/jobParts.ts';
import { selectJobPart } from '../stores/selectors.ts';
import { useActions, useApp } from './context.ts';

/** A part of a job, watched while the component that shows it is there; undefined until it has come, and where no part is named. */
export function useJobPart<P extends JobPartName>(
  systemId: string,
  jobId: string,
  part: P | undefined,
): JobPart<P> | undefined {
  const { openJob, closeJob } = useActions();
  const state = useApp(selectJobPart(systemId, jobId, part));
  useEffect(() => {
    if (part === undefined) return undefined;
    void openJob(systemId, jobId, part);
    return () => void closeJob(systemId, jobId, part);
  }, [systemId, jobId, part, openJob, closeJob]);
  return state as JobPart<P> | undefined;
}
