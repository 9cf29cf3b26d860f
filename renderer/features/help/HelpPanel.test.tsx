// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { builtInSteps } from '../../../core/model/operation.ts';
import type { AppState } from '../../stores/store.ts';
import type { Place } from '../../stores/viewSlice.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';
import { helpTexts } from '../../texts/enHelp.ts';

vi.setConfig({ testTimeout: 60_000 });
let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

/** What the help says of a place, opened by its key. */
async function helpAt(mock: MockWorkbench, at: Partial<AppState> & { readonly place: Place }): Promise<string> {
  ({ stop } = await renderApp(mock, { placeChosen: true, ...at }));
  await screen.findByRole('main');
  fireEvent.keyDown(document.body, { key: 'F1' });
  const text = within(await screen.findByRole('complementary', { name: 'Help' })).getAllByRole('paragraph');
  stop();
  return text.map(({ textContent }) => textContent).join('\n');
}

it('each step of each operation has a topic of its own, those of a way back too', () => {
  const steps = builtInSteps();
  expect(steps.map(({ id }) => id)).toContain('packages-back');
  expect(steps.filter(({ id }) => (helpTexts.steps[id] ?? []).length === 0).map(({ id }) => id)).toEqual([]);
  const known = new Set(steps.map(({ id }) => id));
  expect(Object.keys(helpTexts.steps).filter((id) => !known.has(id))).toEqual([]);
});

it('opens at the topic of the step that is looked at, and follows it', async () => {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo('package-install');
  const place: Place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId };
  expect(await helpAt(mock, { place })).toContain(helpTexts.steps['package-install']?.[0]);
  expect(await helpAt(mock, { place, shownStep: 'spooling' })).toContain(helpTexts.steps['spooling']?.[0]);
});

it('has a topic of its own for each view', async () => {
  const mock = new MockWorkbench({ nodes: 8 });
  const { systemId } = mock;
  const places: readonly Place[] = [
    ...(['operations', 'nodes', 'packages', 'ports'] as const).map((tab): Place => ({ kind: 'system', systemId, tab })),
    { kind: 'systems' },
    { kind: 'settings' },
    { kind: 'compare', systemId, jobIds: ['a', 'b'] },
  ];
  const told: string[] = [];
  for (const place of places) told.push(await helpAt(mock, { place }));
  expect(told.every((text) => text.length > 60)).toBe(true);
  expect(new Set(told).size).toBe(places.length);
});
