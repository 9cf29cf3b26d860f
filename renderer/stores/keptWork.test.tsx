// @vitest-environment jsdom
import { fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';
import { keepWork } from './keptWork.ts';
import { createAppStore, type AppStore } from './store.ts';

const storage = window.localStorage;
afterEach(() => storage.clear());

/** Shows a job in a page that keeps what is begun, and goes as `show` ends; the storage is all that is left of it. */
async function inPage(mock: MockWorkbench, show: () => Promise<void>, nowMs?: () => number): Promise<void> {
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  const store = createAppStore();
  const stopKeeping = keepWork(store, storage, nowMs);
  const { stop } = await renderApp(mock, { place, placeChosen: true }, store);
  try {
    await show();
  } finally {
    stopKeeping();
    stop();
  }
}

function at(stepId: Parameters<MockWorkbench['advanceTo']>[0]): MockWorkbench {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo(stepId);
  return mock;
}

const message = () => screen.findByRole('textbox', { name: 'Write to everyone on this job' });
const messageText = async (): Promise<string> => ((await message()) as HTMLTextAreaElement).value;
const custom = () => screen.findByRole<HTMLInputElement>('radio', { name: /Custom/ });

describe('what was begun and not sent, in the next page', () => {
  it('is there again: a choice at its step and a message, and neither once it was sent', async () => {
    const mock = at('configuration-mode');
    await inPage(mock, async () => {
      expect((await custom()).checked).toBe(false);
      fireEvent.click(await custom());
      fireEvent.change(await message(), { target: { value: 'clique 4 is slow' } });
      // By itself: a page that is killed says nothing.
      await waitFor(() => expect(storage.length).toBe(2));
    });
    await inPage(mock, async () => {
      expect((await custom()).checked).toBe(true);
      expect(await messageText()).toBe('clique 4 is slow');
      fireEvent.change(await message(), { target: { value: '' } });
      await waitFor(() => expect(storage.length).toBe(1));
      fireEvent.click(screen.getByRole('button', { name: 'Next' }));
      await waitFor(() => expect(mock.job.currentStep).not.toBe('configuration-mode'));
      expect(mock.job.inputs['configuration-mode']).toEqual({ mode: 'custom' });
    });
    await inPage(mock, async () => expect(await messageText()).toBe(''));
  });

  it('is what was typed into a dialog as well, and nothing is left once it is done', () => {
    const page = (): AppStore => {
      const store = createAppStore();
      store.setState({ picture: at('plan').state });
      return store;
    };
    const reason = { 'reason of Ignore tpa-3': 'its fan is' };
    for (const [there, typed] of [
      [{}, reason],
      [reason, {}],
      [{}, {}],
    ]) {
      const store = page();
      const stop = keepWork(store, storage);
      expect(store.getState().typed).toEqual(there);
      store.setState({ typed: typed ?? {} });
      stop();
    }
    expect(storage.length).toBe(0);
  });

  it('is of the person alone who signed in to the page, and gone once another one does', () => {
    const page = (user: string | undefined): AppStore => {
      const store = createAppStore();
      const { state, systemId } = at('plan');
      const system = state.systems[systemId];
      const online = system?.session;
      if (!system || online?.kind !== 'online') throw new Error('nobody is signed in');
      const session = user === undefined ? ({ kind: 'signed-out' } as const) : { ...online, user };
      store.setState({
        picture: {
          ...state,
          app: { ...state.app, carrier: 'web', can: { ...state.app.can, systems: false } },
          systems: { [systemId]: { ...system, session } },
        },
      });
      return store;
    };
    const reason = { 'reason of Ignore tpa-3': 'its fan is' };
    const visit = (user: string | undefined, typed?: Record<string, string>): unknown => {
      const store = page(user);
      const stop = keepWork(store, storage);
      const there = store.getState().typed;
      if (typed) store.setState({ typed });
      stop();
      return there;
    };
    visit('anna', reason);
    expect(visit(undefined)).toEqual({});
    expect(visit('anna')).toEqual(reason);
    expect(visit('ben')).toEqual({});
    expect(visit('anna')).toEqual({});
    expect(storage.length).toBe(0);
  });

  it('is not the word of a person who read a plan: that is given anew', async () => {
    const mock = at('plan');
    const tick = () => screen.findByRole<HTMLInputElement>('checkbox', { name: /I read the plan/ });
    await inPage(mock, async () => {
      fireEvent.click(await tick());
      expect((await tick()).checked).toBe(true);
    });
    await inPage(mock, async () => expect((await tick()).checked).toBe(false));
  });

  it('is not that word either where the job was left in the moment that it was given', () => {
    const store = createAppStore();
    const mock = at('plan');
    const { state, systemId, system } = mock;
    store.setState({ picture: state });
    const stop = keepWork(store, storage);
    store.setState({ drafts: { [`${mock.job.jobId}/plan/1`]: { accept: true } } });
    store.setState({ picture: { ...state, systems: { [systemId]: { ...system, openJobs: {} } } } });
    stop();
    expect(storage.length).toBe(0);
  });

  it('is not taken up after a week, from another version, or where it is broken', async () => {
    const mock = at('configuration-mode');
    const { jobId } = mock.job;
    await inPage(mock, async () => {
      fireEvent.change(await message(), { target: { value: 'an old word' } });
    });
    await inPage(
      mock,
      async () => expect(await messageText()).toBe(''),
      () => Date.now() + 8 * 24 * 3_600_000,
    );
    expect(storage.length).toBe(0);
    for (const broken of ['{', 'null', JSON.stringify({ version: 'other', user: '', atMs: Date.now(), value: 'x' })]) {
      storage.setItem(`put-desktop-messages:${jobId}`, broken);
      await inPage(mock, async () => expect(await messageText()).toBe(''));
      expect(storage.length).toBe(0);
    }
  });
});
