import './schemas.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { carrierOfPage } from '../bridge.ts';
import { createActions } from '../stores/actions.ts';
import { keepWork } from '../stores/keptWork.ts';
import { createAppStore } from '../stores/store.ts';
import { followAddress } from './address.ts';
import { AppContext } from './context.ts';
import { askBeforeLeaving } from './leaving.ts';
import { Shell } from './Shell.tsx';
import './styles.ts';

const root = document.getElementById('root');
if (!root) throw new Error('index.html has no root element');

const carrier = carrierOfPage();
const storage = (await carrier.openStorage?.()) ?? window.localStorage;
const store = createAppStore(storage);
const actions = createActions(store, carrier);
actions.follow();
followAddress(store, window);
keepWork(store, storage);
// The desktop asks by itself, and only where a job is under way.
if (carrier.files) askBeforeLeaving(store, window);

createRoot(root).render(
  <StrictMode>
    <AppContext value={{ store, actions }}>
      <Shell />
    </AppContext>
  </StrictMode>,
);
