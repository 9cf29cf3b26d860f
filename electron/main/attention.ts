import type { JobState } from '../../core/model/job.ts';
import { needsPerson } from '../../core/model/needsPerson.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';

/* What the desktop shows outside its window: progress on the dock or taskbar icon, and who is needed. */

const WORKING: ReadonlySet<string> = new Set<JobState>(['running', 'input', 'attention']);

/** Share of a job that is done, 0 to 1: whole steps, and within the running step the share of its nodes. */
export function jobShare(job: JobHead): number {
  const steps = Math.max(1, job.stepOrder.length);
  const at = Math.max(0, job.stepOrder.indexOf(job.currentStep));
  return Math.min(1, (at + (job.steps[job.currentStep]?.percent ?? 0) / 100) / steps);
}

/** For the icon: a share from 0 to 1, `unknown` while jobs run whose steps are not watched, or `none`. */
export function overallProgress(state: WorkbenchState): number | 'unknown' | 'none' {
  // A share that nobody hears of any more is none.
  const systems = Object.values(state.systems).filter(({ session }) => session.kind !== 'waiting');
  const working = systems.flatMap((system) => Object.values(system.jobs)).filter((job) => WORKING.has(job.state));
  if (working.length === 0) return 'none';
  const views = systems.flatMap((system) => Object.values(system.openJobs)).filter((job) => WORKING.has(job.state));
  if (views.length === 0) return working.some((job) => job.state === 'running') ? 'unknown' : 'none';
  return views.reduce((sum, view) => sum + jobShare(view), 0) / views.length;
}

/** Jobs of all systems that need a person, as far as this end has heard. */
export function neededPersons(state: WorkbenchState): number {
  return Object.values(state.systems)
    .flatMap((system) => Object.values(system.jobs))
    .filter((job) => job.problem === undefined && needsPerson(job)).length;
}

/** A reason to call a person. */
export interface Call {
  readonly systemId: string;
  readonly jobId: string;
  readonly title: string;
  readonly body: string;
}

/** Jobs that came to need a person between two states. What was seen for the first time counts only when it changed here. */
export function newCalls(before: WorkbenchState, after: WorkbenchState): Call[] {
  const calls: Call[] = [];
  for (const [systemId, system] of Object.entries(after.systems)) {
    const known = before.systems[systemId]?.jobs ?? {};
    if (known === system.jobs) continue;
    for (const job of Object.values(system.jobs)) {
      const earlier = known[job.jobId];
      if (!earlier || !needsPerson(job)) continue;
      if (needsPerson(earlier) && earlier.state === job.state && earlier.currentStep === job.currentStep) continue;
      const step = job.currentStepTitle ?? job.currentStep;
      calls.push({
        ...{ systemId, jobId: job.jobId, title: `${system.saved.name}: ${job.title}` },
        body: job.journalFault
          ? `It stands still at ${step}: its journal cannot be written on the master node.`
          : job.state === 'input'
            ? `${step} waits for an answer.`
            : `It stands still at ${step} until you decide.`,
      });
    }
  }
  return calls;
}
