import { useEffect } from 'react';
import { needYouElsewhere, runningText } from '../features/systems/systemWork.ts';
import { t } from '../texts/en.ts';
import { useApp } from './context.ts';

/** The window's title names the shown system, how many jobs of all systems need a person, and how far those are that run. */
export function useWindowTitle(systemName: string | undefined): void {
  const needed = useApp(({ picture }) => needYouElsewhere(picture?.systems ?? {}, undefined));
  const running = useApp(({ picture }) => runningText(picture?.systems ?? {}));
  const title = t.shell.windowTitle(needed, running, systemName);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
