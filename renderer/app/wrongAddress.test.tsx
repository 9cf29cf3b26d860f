// @vitest-environment jsdom
import { screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { CONSOLE_ABILITIES, MockWorkbench, type MockOptions } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';
import type { AppState } from '../stores/store.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** The window at an address, which a person or a bookmark may have written. */
async function open(place: AppState['place'], options: Partial<MockOptions> = {}): Promise<void> {
  const { stop } = await renderApp(new MockWorkbench({ nodes: 8, ...options }), { place, placeChosen: true });
  stops.push(stop);
  await screen.findByRole('main');
}

it('names another system in the console of one: what there is stands there, and nothing that cannot be done', async () => {
  const can = { ...CONSOLE_ABILITIES, systems: false, practice: false };
  await open({ kind: 'system', systemId: 'of-elsewhere', tab: 'packages' }, { app: { can } });
  expect(await screen.findByRole('heading', { level: 1, name: 'Operations' })).toBeTruthy();
  expect(screen.queryByText('Saved systems')).toBeNull();
});

it('names a job that the master does not have: the view says so, and waits for nothing', async () => {
  const cause = { code: 'job-unknown' as const, message: 'there is no job job-nope', details: {} };
  const system = { untold: { 'job:job-nope': cause } };
  const mock = new MockWorkbench({ nodes: 8 });
  await open({ kind: 'job', systemId: mock.systemId, jobId: 'job-nope' }, { system });
  expect(await screen.findByRole('heading', { level: 1, name: 'The job could not be read.' })).toBeTruthy();
  expect(screen.getByRole('main').textContent).toContain('there is no job job-nope');
  expect(document.body.textContent).not.toContain('Reading the job');
  expect(document.body.textContent).not.toContain('What you see of it is old');
});
