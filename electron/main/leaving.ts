import { isJobOver } from '../../core/model/job.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';

/** A question before the desktop ends, for a box with two buttons; the first one ends it. */
export interface LeavingQuestion {
  readonly message: string;
  readonly detail: string;
}

/** What becomes of jobs that are under way when the desktop ends, as far as this end has heard of them; undefined where there is none. */
export function leavingQuestion(state: WorkbenchState): LeavingQuestion | undefined {
  const there = Object.values(state.systems).flatMap(({ saved, session, jobs }) =>
    Object.values(session.kind === 'signed-out' || session.kind === 'failed' ? {} : jobs)
      .filter((job) => job.problem === undefined && !isJobOver(job.state))
      .map(({ title, jobNumber }) => ({
        text: `${saved.name}: ${title}, job ${jobNumber}`,
        ends: saved.practice,
        heard: session.kind === 'online',
      })),
  );
  if (there.length === 0) return undefined;
  const texts = (some: typeof there): string => some.map(({ text }) => text).join('; ');
  const practice = there.filter(({ ends }) => ends);
  const online = there.filter(({ ends, heard }) => !ends && heard);
  const lost = there.filter(({ ends, heard }) => !ends && !heard);
  return {
    message: there.length === 1 ? 'A job is under way' : `${there.length} jobs are under way`,
    detail: [
      online.length > 0 &&
        `${texts(online)}. This stops nothing: what runs comes to its end at the master node, and where a person is asked it waits for one. It is shown again at the next start.`,
      practice.length > 0 &&
        `${texts(practice)}. It stands still until the practice system is started again; then its nodes are looked at, and it goes on from what is found.`,
      lost.length > 0 &&
        `${texts(lost)}. The line is down: how it stands is not known here, and closing changes nothing there.`,
    ]
      .filter((text) => text !== false)
      .join('\n\n'),
  };
}
