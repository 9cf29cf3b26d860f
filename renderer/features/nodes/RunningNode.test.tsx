// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

it('a silent node says for how long, and can be given up with a reason', async () => {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo('package-install', 1);
  const step = mock.job.steps['package-install'];
  const cells = step?.cells ?? {};
  const nodeId = Object.keys(cells).find((id) => cells[id]?.state === 'running') ?? '';
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  const silent = { ...cells, [nodeId]: { ...cells[nodeId], silentSinceMs: Date.now() - 134_000 } };
  act(() =>
    mock.setJob({
      ...mock.job,
      steps: { ...mock.job.steps, 'package-install': { ...step, cells: silent } },
    } as typeof mock.job),
  );
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
