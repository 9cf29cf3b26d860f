import { useEffect } from 'react';
import { needYouElsewhere } from '../features/systems/systemWork.ts';
import { t } from '../texts/en.ts';
import { useApp } from './context.ts';

/** The window's title names the shown system, and how many jobs of all systems need a person. */
export function useWindowTitle(systemName: string | undefined): void {
  const needed = useApp(({ picture }) => needYouElsewhere(picture?.systems ?? {}, undefined));
  const title = t.shell.windowTitle(needed, systemName);
  useEffect(() => {
    document.title = title;
  }, [title]);
}
