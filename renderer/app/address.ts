import type { AppStore } from '../stores/store.ts';
import { initialPlace, SYSTEM_TABS, type Place, type PlaceState } from '../stores/viewSlice.ts';

/** What an address says of where the person is. */
export type Addressed = Pick<PlaceState, 'place' | 'shownStep' | 'openNode'>;

const LONGEST_ID = 300;

function pathOf(place: Place): string[] {
  switch (place.kind) {
    case 'systems':
      return ['systems'];
    case 'sign-in':
      return ['system', place.systemId, 'sign-in'];
    case 'system':
      return ['system', place.systemId, place.tab];
    case 'settings':
      return ['settings'];
    case 'compare':
      return ['system', place.systemId, 'compare', ...place.jobIds];
    case 'job':
      return ['system', place.systemId, 'job', place.jobId];
  }
}

/** The address of a place, for the part behind `#`: `#/system/ID/job/ID/step/ID/node/ID` and what is before each of these. */
export function formatAddress({ place, shownStep, openNode }: Addressed): string {
  const parts = pathOf(place);
  if (place.kind === 'job' && shownStep !== undefined) parts.push('step', shownStep);
  if ((place.kind === 'job' || place.kind === 'system') && openNode !== undefined) parts.push('node', openNode);
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

function decoded(part: string): string | undefined {
  try {
    const text = decodeURIComponent(part);
    return text.length > 0 && text.length <= LONGEST_ID ? text : undefined;
  } catch {
    return undefined;
  }
}

/** The pairs `step/ID/node/ID` at the end of an address; undefined where it has others. */
function pairsOf(parts: readonly string[], known: readonly string[]): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (let i = 0; i < parts.length; i += 2) {
    const [name = '', value] = parts.slice(i, i + 2);
    if (!known.includes(name) || pairs.has(name) || value === undefined) return undefined;
    pairs.set(name, value);
  }
  return pairs;
}

/** The place of an address; undefined for one that names none. */
export function parseAddress(hash: string): Addressed | undefined {
  if (!hash.startsWith('#/')) return undefined;
  const parts = hash.slice(2).split('/').map(decoded);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [first, systemId, what, ...rest] = parts;
  const nowhere = { shownStep: undefined, openNode: undefined };
  if (first === 'systems' && parts.length === 1) return { place: { kind: 'systems' }, ...nowhere };
  if (first === 'settings' && parts.length === 1) return { place: { kind: 'settings' }, ...nowhere };
  if (first !== 'system' || systemId === undefined || what === undefined) return undefined;
  if (what === 'sign-in') return rest.length > 0 ? undefined : { place: { kind: 'sign-in', systemId }, ...nowhere };
  const [jobId, ...ofJob] = rest;
  if (what === 'compare') {
    const [other] = ofJob;
    if (jobId === undefined || other === undefined || ofJob.length !== 1) return undefined;
    return { place: { kind: 'compare', systemId, jobIds: [jobId, other] }, ...nowhere };
  }
  const pairs = what === 'job' ? pairsOf(ofJob, ['step', 'node']) : pairsOf(rest, ['node']);
  if (!pairs) return undefined;
  const at = { shownStep: pairs.get('step'), openNode: pairs.get('node') };
  if (what === 'job') return jobId === undefined ? undefined : { place: { kind: 'job', systemId, jobId }, ...at };
  const tab = SYSTEM_TABS.find((name) => name === what);
  return tab && { place: { kind: 'system', systemId, tab }, ...at };
}

/**
 * Keeps address and place of a window together: a reload, a kept address and the browser's Back lead to where the person was.
 * Answers what ends it.
 */
export function followAddress(
  store: AppStore,
  page: Pick<Window, 'location' | 'history' | 'addEventListener' | 'removeEventListener'>,
): () => void {
  const show = (): void => {
    const addressed = parseAddress(page.location.hash);
    if (addressed && page.location.hash !== formatAddress(store.getState()))
      store.setState({ ...initialPlace, helpOpen: store.getState().helpOpen, ...addressed, placeChosen: true });
  };
  show();
  const stop = store.subscribe((state, before) => {
    if (!state.placeChosen) return;
    const address = formatAddress(state);
    if (address === page.location.hash) return;
    // Going elsewhere is a step that Back undoes; another step or node of the same place is none.
    if (state.place === before.place || parseAddress(page.location.hash) === undefined)
      page.history.replaceState(null, '', address);
    else page.history.pushState(null, '', address);
  });
  page.addEventListener('popstate', show);
  page.addEventListener('hashchange', show);
  return () => {
    stop();
    page.removeEventListener('popstate', show);
    page.removeEventListener('hashchange', show);
  };
}
