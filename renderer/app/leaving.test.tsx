// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import type { TransferView } from '../../electron/contract/bridge.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';
import type { AppStore } from '../stores/store.ts';
import { askBeforeLeaving } from './leaving.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** The job of a mock at a step, in a browser's page. */
async function open(
  stepId: Parameters<MockWorkbench['advanceTo']>[0],
): Promise<{ mock: MockWorkbench; store: AppStore }> {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo(stepId);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  const { store, stop } = await renderApp(mock, { place, placeChosen: true });
  stops.push(askBeforeLeaving(store, window), stop);
  await screen.findByRole('main');
  return { mock, store };
}

/** Whether the browser asks before the page is left. */
function asks(): boolean {
  return !window.dispatchEvent(new Event('beforeunload', { cancelable: true }));
}

const upload: TransferView = {
  ...{ transferId: 't1', fileName: 'a.rpm', state: 'sending', sizeBytes: 10, sentBytes: 1 },
  ...{ bytesPerSecond: 1, startedAtMs: 0 },
};

it('a page from which a file is being sent asks; one whose uploads ended, or are read elsewhere, does not', async () => {
  const { mock } = await open('package-install');
  expect(asks()).toBe(false);
  mock.setSystem({ transfers: { t1: upload } });
  await waitFor(() => expect(asks()).toBe(true));
  for (const other of [{ state: 'done' }, { state: 'paused' }, { localPath: '/home/engineer/a.rpm' }] as const) {
    mock.setSystem({ transfers: { t1: { ...upload, ...other } } });
    await waitFor(() => expect(asks()).toBe(false));
  }
});

it('a choice that was not sent asks, until its step has its answer', async () => {
  const { mock } = await open('configuration-mode');
  expect(asks()).toBe(false);
  fireEvent.click(await screen.findByRole('radio', { name: /Custom/ }));
  expect(asks()).toBe(true);
  fireEvent.click(screen.getByRole('button', { name: 'Next' }));
  await waitFor(() => expect(mock.job.currentStep).not.toBe('configuration-mode'));
  await waitFor(() => expect(asks()).toBe(false));
});

it('a message that was typed and not sent asks; what is searched for does not', async () => {
  await open('package-install');
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'tpa' } });
  expect(asks()).toBe(false);
  const say = screen.getByRole('textbox', { name: 'Write to everyone on this job' });
  fireEvent.change(say, { target: { value: 'clique 4 is slow' } });
  expect(asks()).toBe(true);
  fireEvent.change(say, { target: { value: '' } });
  expect(asks()).toBe(false);
});

it('a message that was typed and not sent is there again after a look elsewhere, and asks meanwhile too', async () => {
  const { mock, store } = await open('package-install');
  const field = (): HTMLInputElement => screen.getByRole('textbox', { name: 'Write to everyone on this job' });
  fireEvent.change(field(), { target: { value: 'clique 4 is slow' } });
  const { place } = store.getState();
  act(() => store.setState({ place: { kind: 'system', systemId: mock.systemId, tab: 'ports' } }));
  await screen.findByRole('heading', { level: 1, name: /^Ports/ });
  expect(asks()).toBe(true);
  act(() => store.setState({ place }));
  await waitFor(() => expect(field().value).toBe('clique 4 is slow'));
});
