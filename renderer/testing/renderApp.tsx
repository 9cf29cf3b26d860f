import { cleanup, configure, render } from '@testing-library/react';
import { Shell } from '../app/Shell.tsx';
import { AppContext } from '../app/context.ts';
import { createActions } from '../stores/actions.ts';
import { createAppStore, type AppState, type AppStore } from '../stores/store.ts';
import type { MockWorkbench } from './mockBridge.ts';

// A loaded machine may take seconds for a first rendering; waiting longer makes no test slower.
configure({ asyncUtilTimeout: 15_000 });

/** Parts of a browser that jsdom does not have and the windows need; every element counts as 900 by 600 px. */
export function fillInBrowser(): void {
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 900 });
  Object.defineProperty(HTMLElement.prototype, 'clientHeight', { configurable: true, get: () => 600 });
  const matchMedia = (query: string): object => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  });
  Object.defineProperty(window, 'matchMedia', { configurable: true, value: matchMedia });
  // jsdom scrolls nothing.
  Element.prototype.scrollIntoView = () => {};
  globalThis.ResizeObserver ??= class {
    observe(): void {}
    unobserve(): void {}
    disconnect(): void {}
  } as unknown as typeof ResizeObserver;
  window.CSS ??= { escape: (text: string) => text } as typeof window.CSS;
}

/** The whole window over a mock workbench; `stop` takes it down again. */
export async function renderApp(
  mock: MockWorkbench,
  at: Partial<AppState> = {},
  store: AppStore = createAppStore(),
): Promise<{ store: AppStore; stop: () => void }> {
  fillInBrowser();
  const actions = createActions(store, mock.carrier);
  store.setState(at);
  const stopFollowing = actions.follow();
  // The first snapshot is answered in a later turn.
  await Promise.resolve();
  await Promise.resolve();
  render(
    <AppContext value={{ store, actions }}>
      <Shell />
    </AppContext>,
  );
  return {
    store,
    stop: () => {
      stopFollowing();
      cleanup();
    },
  };
}
