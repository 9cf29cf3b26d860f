// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });
// Draws on a canvas, which there is none of here.
vi.mock('uplot', () => ({
  default: class {
    readonly destroy = vi.fn();
    readonly setData = vi.fn();
    readonly setSize = vi.fn();
  },
}));

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

/** A window at a step that began when one of its nodes told something last. */
async function openSilent(sinceMs: number): Promise<{ mock: MockWorkbench; nodeId: string }> {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo('package-install', 1);
  const step = mock.job.steps['package-install'];
  const cells = step?.cells ?? {};
  const nodeId = Object.keys(cells).find((id) => cells[id]?.state === 'running') ?? '';
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  const silent = { ...cells, [nodeId]: { ...cells[nodeId], silentSinceMs: sinceMs } };
  act(() =>
    mock.setJob({
      ...mock.job,
      steps: { ...mock.job.steps, 'package-install': { ...step, startedAtMs: sinceMs, cells: silent } },
    } as typeof mock.job),
  );
  return { mock, nodeId };
}

it('a silent node says for how long, and can be given up with a reason', async () => {
  const { mock, nodeId } = await openSilent(Date.now() - 134_000);
  const needsYou = within(await screen.findByRole('region', { name: 'Nodes that say nothing' }));
  expect(needsYou.getByRole('listitem').textContent).toMatch(
    new RegExp(`${nodeId}.*silent for 2:1.*Give up on this node`),
  );
  fireEvent.click(screen.getByRole('button', { name: 'Table' }));
  expect(within(screen.getByRole('grid', { name: 'Nodes' })).getByText(/^silent for 2:1\d$/)).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Map' }));
  fireEvent.click(screen.getByRole('button', { name: new RegExp(`^${nodeId}, running.*, silent for 2:1`) }));
  const drawer = within(await screen.findByRole('region', { name: `Node ${nodeId}` }));
  expect(await drawer.findByText(/^silent for 2:1\d$/)).toBeTruthy();
  fireEvent.click(drawer.getByRole('button', { name: 'Give up on this node…' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'its console is dead' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Give up' }));
  await waitFor(() => {
    const asked = mock.calls.find((call) => call.params['method'] === 'job.giveUp');
    expect(asked?.params['params']).toMatchObject({
      ...{ jobId: mock.job.jobId, stepId: 'package-install', nodeIds: [nodeId], reason: 'its console is dead' },
    });
  });
});

it('neither the silence of a node nor the time of a step grows where nobody hears the master', async () => {
  const sinceMs = Math.floor(Date.now() / 60_000 - 10) * 60_000;
  const { mock, nodeId } = await openSilent(sinceMs);
  const heardAtMs = sinceMs + 134_000;
  act(() => mock.tellCarrier({ kind: 'lost', heardAtMs, sinceMs: heardAtMs, attempt: 1 }));
  const needsYou = within(await screen.findByRole('region', { name: 'Nodes that say nothing' }));
  await waitFor(() => expect(needsYou.getByRole('listitem').textContent).toContain('silent for 2:14'));
  expect(screen.getByRole('button', { name: new RegExp(`^${nodeId}, running.*, silent for 2:14`) })).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: 'Table' }));
  expect(within(screen.getByRole('grid', { name: 'Nodes' })).getByText('silent for 2:14')).toBeTruthy();
  const views = within(screen.getByRole('group', { name: 'View' }));
  fireEvent.click(views.getByRole('button', { name: 'Timeline' }));
  const steps = within(await screen.findByRole('grid', { name: 'Steps with their times' }));
  expect(steps.getByText('0:02:14')).toBeTruthy();
});
