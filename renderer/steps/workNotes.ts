import type { OpenJob } from '../stores/openJob.ts';
import type { StepHead } from '../../core/model/jobParts.ts';
import type { KindsOf } from '../../core/model/stepKinds.ts';
import { t } from '../texts/en.ts';

/** What is said beside the title of a step that works on nodes, by its kind; most have nothing to say. */
const WORK_NOTES: { readonly [K in KindsOf<'work'>]?: (job: OpenJob) => string } = {
  'rpm-install': ({ packages }) => (packages > 0 ? t.common.packages(packages) : ''),
};

/** A few words of what a step is about; empty where its kind has none. */
export function workNote(job: OpenJob, { kind }: Pick<StepHead, 'kind'>): string {
  return Object.hasOwn(WORK_NOTES, kind) ? (WORK_NOTES[kind as KindsOf<'work'>]?.(job) ?? '') : '';
}
