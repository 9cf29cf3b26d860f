import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Actions } from '../stores/actions.ts';
import type { AppState, AppStore } from '../stores/store.ts';

export interface App {
  readonly store: AppStore;
  readonly actions: Actions;
}

export const AppContext = createContext<App | undefined>(undefined);

function useAppContext(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('a view stands outside of AppContext');
  return app;
}

/** A part of the window's state; `select` is a named selector of stores/selectors.ts or as small as one. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useAppContext().store, select);
}

export function useActions(): Actions {
  return useAppContext().actions;
}
