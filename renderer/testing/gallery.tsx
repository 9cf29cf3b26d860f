import '../app/schemas.ts';
import { createRoot } from 'react-dom/client';
import { AppContext } from '../app/context.ts';
import { Shell } from '../app/Shell.tsx';
import '../app/styles.ts';
import { createActions } from '../stores/actions.ts';
import { createAppStore } from '../stores/store.ts';
import { THEMES } from '../stores/viewSlice.ts';
import { SCENES } from './scenes.ts';

/*
 * One view over the mock workbench, chosen by the address: ?scene=NAME&theme=light. With &play=1 the job goes on by
 * itself, so that the window can be tried without a master.
 */
const query = new URLSearchParams(window.location.search);
const make = SCENES[query.get('scene') ?? 'install-128'];
const root = document.getElementById('root');
if (!root) throw new Error('gallery.html has no root element');
if (!make) {
  root.textContent = Object.keys(SCENES).join(' ');
} else {
  const scene = make();
  const store = createAppStore();
  const actions = createActions(store, scene.mock.carrier);
  if (query.get('play') === null) Date.now = () => scene.mock.nowMs;
  store.setState({ theme: THEMES.find((theme) => theme === query.get('theme')) ?? 'system', ...scene.at });
  actions.follow();
  createRoot(root).render(
    <AppContext value={{ store, actions }}>
      <Shell />
    </AppContext>,
  );
  if (query.get('play') !== null) setInterval(() => scene.mock.tick(), 300);
}
