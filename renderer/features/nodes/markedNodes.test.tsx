// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

const script = { code: 'script-post-failed', message: 'script of ppde failed', packageName: 'ppde' };
const faults = {
  'tpa-3': { stepId: 'package-install', state: 'failed', cause: script },
  'tpa-4': { stepId: 'package-install', state: 'failed', cause: script },
} as const;

vi.setConfig({ testTimeout: 60_000 });
let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openJob(): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8, faults });
  mock.advanceTo('package-install', 30);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}
const cell = (nodeId: string): HTMLElement => screen.getByRole('button', { name: new RegExp(`^${nodeId}, `) });
const asked = (mock: MockWorkbench, method: string): unknown[] =>
  mock.calls.flatMap(({ params }) => (params['method'] === method ? [params['params']] : []));

it('are counted, keep their marks in another view, and each deed is for those of them that it is for', async () => {
  const mock = await openJob();
  fireEvent.click(cell('tpa-1'));
  fireEvent.click(cell('tpa-3'), { ctrlKey: true });
  fireEvent.click(cell('tpa-4'), { ctrlKey: true });
  expect(await screen.findByText('8 shown · 3 marked')).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Give up…' })).toHaveProperty('disabled', true);
  fireEvent.click(screen.getByRole('button', { name: 'Table' }));
  const grid = within(screen.getByRole('grid', { name: 'Nodes' }));
  expect(grid.getAllByRole('row', { selected: true })).toHaveLength(3);
  const deeds = within(screen.getByRole('group', { name: 'With the marked nodes' }));
  fireEvent.click(deeds.getByRole('button', { name: 'Retry 2' }));
  await waitFor(() =>
    expect(asked(mock, 'job.retry')).toMatchObject([{ stepId: 'package-install', nodeIds: ['tpa-3', 'tpa-4'] }]),
  );
});

it('are left alone where they are filtered away', async () => {
  const mock = await openJob();
  for (const nodeId of ['tpa-3', 'tpa-4', 'tpa-1']) fireEvent.click(cell(nodeId), { ctrlKey: true });
  fireEvent.change(screen.getByRole('searchbox', { name: /Find a node/ }), { target: { value: 'tpa-3' } });
  expect(await screen.findByText('1 of 8 shown · 2 marked not shown, left alone')).toBeTruthy();
  fireEvent.contextMenu(cell('tpa-3'));
  const menu = within(await screen.findByRole('menu'));
  expect(menu.getByRole('menuitem', { name: 'Retry 1' })).toBeTruthy();
  fireEvent.click(menu.getByRole('menuitem', { name: 'Ignore 1…' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'switched off' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Ignore' }));
  await waitFor(() =>
    expect(asked(mock, 'job.ignore')).toMatchObject([{ nodeIds: ['tpa-3'], reason: 'switched off' }]),
  );
});

it('shows one node in four tabs: what happened, its log searched through, versions, facts', async () => {
  await openJob();
  fireEvent.click(cell('tpa-3'));
  const drawer = within(await screen.findByRole('region', { name: 'Node tpa-3' }));
  expect(drawer.getAllByRole('tab').map((tab) => tab.textContent)).toEqual([
    'What happened',
    'Log',
    'Versions',
    'Facts',
  ]);
  fireEvent.click(drawer.getByRole('tab', { name: 'Log' }));
  fireEvent.change(await drawer.findByRole('searchbox', { name: 'Search the log' }), {
    target: { value: 'SCRIPTLET' },
  });
  expect(await drawer.findByText('1 line of 5')).toBeTruthy();
  expect(drawer.getByRole('region', { name: 'Log' }).textContent).toContain('scriptlet failed, exit status 1');
  fireEvent.click(drawer.getByRole('tab', { name: 'Versions' }));
  const versions = within(await drawer.findByRole('grid', { name: 'Versions' }));
  expect(versions.getByRole('row', { name: /ppde 17\.10\.01-4 17\.20\.03-1/ })).toBeTruthy();
  // The edge is moved by keyboard, within its bounds.
  const edge = screen.getByRole('separator', { name: /Width/ });
  fireEvent.keyDown(edge, { key: 'ArrowLeft' });
  expect(edge.getAttribute('aria-valuenow')).toBe('384');
  fireEvent.keyDown(edge, { key: 'End' });
  fireEvent.keyDown(edge, { key: 'ArrowLeft' });
  expect(edge.getAttribute('aria-valuenow')).toBe('640');
});

it('shows what a node came to last where the step that is shown does nothing on nodes', async () => {
  await openJob();
  fireEvent.click(cell('tpa-3'));
  const drawer = within(await screen.findByRole('region', { name: 'Node tpa-3' }));
  const cause = document.querySelector('.cause-note > b')?.textContent;
  expect(cause).toMatch(/\S/);
  expect(drawer.queryByText(/^Last at/)).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: /^Plan, / }));
  expect(await drawer.findByText('Last at Package Install')).toBeTruthy();
  expect(document.querySelector('.cause-note > b')?.textContent).toBe(cause);
  // What can be decided is decided at its step.
  expect(drawer.queryByRole('button', { name: 'Retry node' })).toBeNull();
});

it('that came through with a warning are retried or accepted, also at a step that is behind', async () => {
  const warning = { code: 'script-post-failed', message: '%post of ppde failed', packageName: 'ppde' };
  const warned = { 'tpa-2': { stepId: 'package-install', state: 'warned', cause: warning } } as const;
  const mock = new MockWorkbench({ nodes: 8, faults: warned });
  mock.advanceTo('start', 30);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  fireEvent.click(await screen.findByRole('button', { name: /Package Install/ }));
  fireEvent.contextMenu(await screen.findByRole('button', { name: /^tpa-2, / }));
  const menu = within(await screen.findByRole('menu'));
  expect(menu.getByRole('menuitem', { name: 'Ignore…' }).getAttribute('aria-disabled')).toBe('true');
  fireEvent.click(menu.getByRole('menuitem', { name: 'Retry 1' }));
  const what = { stepId: 'package-install', nodeIds: ['tpa-2'] };
  await waitFor(() => expect(asked(mock, 'job.retry')).toMatchObject([what]));
  fireEvent.contextMenu(await screen.findByRole('button', { name: /^tpa-2, / }));
  fireEvent.click(within(await screen.findByRole('menu')).getByRole('menuitem', { name: 'Accept 1 warning' }));
  await waitFor(() => expect(asked(mock, 'job.accept')).toMatchObject([what]));
});

it('that were ignored by mistake are taken back at once, in the line of what is shown and in the node', async () => {
  const mock = await openJob();
  expect(screen.queryByRole('button', { name: /^Undo Ignore/ })).toBeNull();
  fireEvent.contextMenu(cell('tpa-3'));
  fireEvent.click(await screen.findByRole('menuitem', { name: 'Ignore 1…' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'the wrong one' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Ignore' }));
  fireEvent.click(await screen.findByRole('button', { name: 'Undo Ignore 1' }));
  const what = { stepId: 'package-install', nodeIds: ['tpa-3'] };
  await waitFor(() => expect(asked(mock, 'job.undoIgnore')).toMatchObject([what]));
  expect(asked(mock, 'job.undoIgnore')[0]).not.toHaveProperty('packageName');
  fireEvent.click(cell('tpa-3'));
  const drawer = within(await screen.findByRole('region', { name: 'Node tpa-3' }));
  fireEvent.click(await drawer.findByRole('button', { name: 'Undo Ignore' }));
  await waitFor(() => expect(asked(mock, 'job.undoIgnore')).toMatchObject([what, what]));
});
