// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { Place } from '../stores/viewSlice.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

const faults = {
  'tpa-3': {
    stepId: 'package-install',
    state: 'failed',
    cause: { code: 'script-post-failed', message: 'script of ppde failed', packageName: 'ppde' },
  },
} as const;

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function open(placeOf: (mock: MockWorkbench) => Place): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8, faults });
  mock.advanceTo('package-install', 30);
  ({ stop } = await renderApp(mock, { place: placeOf(mock), placeChosen: true }));
  return mock;
}

/** A click as a browser tells it: the second of a double click is number 2. */
function click(element: HTMLElement, detail: number): void {
  act(() => void element.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail })));
}

/** What was asked for, reading left out. */
const deeds = (mock: MockWorkbench): number =>
  mock.calls.filter(({ method }) => !/^(job\.(open|close)|state\.|job\.nodeLog)/.test(method)).length;

it.for([
  ['systems', () => ({ kind: 'systems' })],
  ['operations', ({ systemId }) => ({ kind: 'system', systemId, tab: 'operations' })],
  ['inventory', ({ systemId }) => ({ kind: 'system', systemId, tab: 'nodes' })],
  ['packages', ({ systemId }) => ({ kind: 'system', systemId, tab: 'packages' })],
  ['operation', ({ systemId, job }) => ({ kind: 'job', systemId, jobId: job.jobId })],
] as const satisfies readonly (readonly [string, (mock: MockWorkbench) => Place])[])(
  'a double click on any button does what one click does: %s',
  async ([, placeOf]) => {
    const mock = await open(placeOf);
    const names = within(await screen.findByRole('main'))
      .getAllByRole<HTMLButtonElement>('button')
      .filter((button) => !button.disabled)
      .map((button) => button.textContent);
    expect(names.length).toBeGreaterThan(0);
    for (const at of names.keys()) {
      const button = within(screen.getByRole('main', { hidden: true })).queryAllByRole<HTMLButtonElement>('button', {
        hidden: true,
      })[at];
      if (!button || button.disabled) continue;
      const told = vi.fn();
      button.addEventListener('click', told);
      click(button, 1);
      const once = deeds(mock);
      // Whatever the first click put there is under the pointer by now.
      const under =
        document.querySelector<HTMLElement>('[role=alertdialog] .primary, [role=dialog] .primary') ?? button;
      // Where the first click led elsewhere, nothing of what was there is left to be met.
      if (under.isConnected) click(under, 2);
      expect([deeds(mock), told.mock.calls.length], names[at]).toEqual([once, 1]);
      button.removeEventListener('click', told);
      for (const dialog of document.querySelectorAll('[role=dialog], [role=alertdialog]'))
        fireEvent.keyDown(dialog, { key: 'Escape' });
    }
  },
);

it('a line that was decided about stays under the pointer, without effect, until it leaves', async () => {
  const mock = await open(({ systemId, job }) => ({ kind: 'job', systemId, jobId: job.jobId }));
  const strip = (): HTMLElement => screen.getByRole('region', { name: 'Needs you' });
  await waitFor(strip);
  fireEvent.pointerEnter(strip());
  act(() => mock.setJob({ ...mock.job, attention: [] }));
  const [line] = within(strip()).getAllByRole('listitem');
  expect(line?.textContent).toMatch(/Decided, or over by now/);
  for (const button of within(line as HTMLElement).getAllByRole<HTMLButtonElement>('button', { name: /Retry|Ignore/ }))
    expect(button.disabled).toBe(true);
  fireEvent.pointerLeave(strip());
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Needs you' })).toBeNull());
});
