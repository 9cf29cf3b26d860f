import { useContext, useEffect, useRef, useState } from 'react';
import { jobWord, needsPerson } from '../../core/model/needsPerson.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { isJobOver } from '../stores/selectors.ts';
import { t } from '../texts/en.ts';
import { AppContext } from './context.ts';

/** How jobs are, in a word, by system and job, as they were last looked at. */
export type SeenStates = ReadonlyMap<string, string>;

/**
 * What became of jobs that are not on the screen, in a sentence each: that one needs a person, or is over. A job that was not seen before is no news.
 */
export function jobNews(
  systems: Readonly<Record<string, SystemView>>,
  shownJobId: string | undefined,
  seen: SeenStates,
): { readonly seen: SeenStates; readonly news: readonly string[] } {
  const now = new Map<string, string>();
  const news: string[] = [];
  for (const { saved, jobs } of Object.values(systems)) {
    for (const job of Object.values(jobs)) {
      if (job.problem !== undefined) continue;
      const key = `${saved.systemId} ${job.jobId}`;
      now.set(key, jobWord(job));
      const before = seen.get(key);
      if (before === undefined || before === jobWord(job) || job.jobId === shownJobId) continue;
      if (needsPerson(job) || isJobOver(job.state))
        news.push(t.operation.newsOfJob(job.title, job.jobNumber, saved.name, jobWord(job)));
    }
  }
  return { seen: now, news };
}

/** The latest news of jobs that are not on the screen. Looked at only when a list of jobs changed, and drawn only when there is news. */
export function useJobNews(shownJobId: string | undefined): string {
  const store = useContext(AppContext)?.store;
  const seen = useRef<SeenStates>(new Map());
  const [text, setText] = useState('');
  useEffect(() => {
    let lists: readonly unknown[] = [];
    const look = (): void => {
      const systems = store?.getState().picture?.systems;
      if (!systems) return;
      const now = Object.values(systems).map(({ jobs }) => jobs);
      if (now.length === lists.length && now.every((jobs, at) => jobs === lists[at])) return;
      lists = now;
      const told = jobNews(systems, shownJobId, seen.current);
      seen.current = told.seen;
      if (told.news.length > 0) setText(told.news.join(' '));
    };
    look();
    return store?.subscribe((state, before) => {
      if (state.picture !== before.picture) look();
    });
  }, [store, shownJobId]);
  return text;
}
