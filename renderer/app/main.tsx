import './schemas.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { carrierOfPage, type Carrier } from '../bridge.ts';
import { createActions } from '../stores/actions.ts';
import { keepWork } from '../stores/keptWork.ts';
import { createAppStore } from '../stores/store.ts';
import { followAddress } from './address.ts';
import { AppContext } from './context.ts';
import { mendLanguage } from './language.ts';
import { askBeforeLeaving } from './leaving.ts';
import { Shell } from './Shell.tsx';
import './styles.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no root element');

mendLanguage(window.navigator);
const carrier = carrierOfPage();
const storage = (await carrier.openStorage?.()) ?? window.localStorage;
const store = createAppStore(storage);
const actions = createActions(store, carrier);
actions.follow();
followAddress(store, window);
keepWork(store, storage);
// The desktop asks by itself, and only where a job is under way.
if (carrier.files) askBeforeLeaving(store, window);

/** Resolves once it is known whether the page has its line, signs in, or nobody answers. */
function knownState(of: Carrier): Promise<void> {
  return new Promise((resolve) => {
    const stop: { now?: () => void } = {};
    stop.now = of.watchCarrier(() => {
      stop.now?.();
      resolve();
    });
  });
}

// Drawn before, the page would ask for its fonts first, and over a slow line their bytes come before that answer.
await knownState(carrier);

createRoot(root).render(
  <StrictMode>
    <AppContext value={{ store, actions }}>
      <Shell />
    </AppContext>
  </StrictMode>,
);
