// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest';
import type { TransferView, WorkbenchState } from '../../electron/contract/bridge.ts';
import type { Carrier } from '../bridge.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { createActions } from './actions.ts';
import { keepWork } from './keptWork.ts';
import { createAppStore } from './store.ts';
import type { CarrierState } from '../carrierState.ts';

const storage = window.localStorage;
afterEach(() => storage.clear());

const { state: shown, system: shownSystem, systemId } = new MockWorkbench({ nodes: 8 });

/** What the console of one system has for a person. */
function pictureOf(user: string, transfers: readonly TransferView[] = []): WorkbenchState {
  const { session } = shownSystem;
  if (session.kind !== 'online') throw new Error('nobody is signed in');
  const system = {
    ...shownSystem,
    session: { ...session, user },
    transfers: Object.fromEntries(transfers.map((one) => [one.transferId, one])),
  };
  const app = { ...shown.app, carrier: 'web' as const, can: { ...shown.app.can, systems: false } };
  return { ...shown, app, systems: { [systemId]: system } };
}

/** A page of the browser console with a file of its own, whose handle is another one in each session. */
function openPage() {
  let picture = pictureOf('anna');
  let tell: (state: CarrierState) => void = () => undefined;
  let handle = 'handle-1';
  const started: unknown[] = [];
  const carrier = {
    invoke: (method: string, params: unknown) => {
      if (method === 'upload.start') started.push(params);
      return Promise.resolve({
        ok: true,
        value: method === 'state.snapshot' ? { number: 1, state: picture } : { transferIds: [] },
      });
    },
    subscribe: () => () => undefined,
    watchCarrier: (listener: typeof tell) => {
      tell = listener;
      return () => undefined;
    },
    isLine: true,
    files: {
      nameOf: (of: string) => (of === handle ? 'a-1-1.noarch.rpm' : undefined),
      letGo: () => (handle = 'none'),
      offerAgain: () => {
        const before = handle;
        handle += 'x';
        return Promise.resolve(new Map([[before, handle]]));
      },
      takeOver: () => Promise.resolve([]),
    },
  } as unknown as Carrier;
  const store = createAppStore();
  const actions = createActions(store, carrier);
  actions.follow();
  const stopKeeping = keepWork(store, storage);
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    store,
    started,
    stopKeeping,
    upload: () => actions.startUpload(systemId, [handle]),
    show: (next: WorkbenchState) => store.setState({ picture: (picture = next) }),
    async signIn(user: string) {
      picture = pictureOf(user);
      tell({ kind: 'open' });
      await settled();
    },
    signOut: () => tell({ kind: 'signed-out', page: { systemName: 'north', practice: true, software: 'x' } }),
  };
}

describe('a page whose session ended while it was used', () => {
  it('forgets what was begun, and has it again for the same person alone', async () => {
    const page = openPage();
    await page.signIn('anna');
    const begun = { drafts: { 'job-1/select-nodes/1': { nodes: ['tpa-001'] } }, messages: { 'job-1': 'clique 4 is' } };
    // The session ends before what was begun is written by itself.
    page.store.setState(begun);
    page.signOut();
    expect(page.store.getState()).toMatchObject({ drafts: {}, messages: {}, picture: undefined });
    await page.signIn('anna');
    expect(page.store.getState()).toMatchObject(begun);
    page.signOut();
    await page.signIn('ben');
    expect(page.store.getState()).toMatchObject({ drafts: {}, messages: {} });
    page.signOut();
    await page.signIn('anna');
    expect(page.store.getState()).toMatchObject({ drafts: {}, messages: {} });
    page.stopKeeping();
  });

  it.each([
    ['anna', 1],
    ['ben', 0],
  ])('goes on with its uploads where %s signs in, as often as %i', async (user, times) => {
    const page = openPage();
    await page.signIn('anna');
    await page.upload();
    const transfer = { transferId: 'up-1', fileName: 'a-1-1.noarch.rpm', state: 'sending' } as unknown as TransferView;
    page.show(pictureOf('anna', [transfer]));
    page.started.length = 0;
    page.signOut();
    await page.signIn(user);
    expect(page.started).toHaveLength(times);
    page.stopKeeping();
  });
});
