// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { BridgeAnswer } from '../../../electron/contract/bridge.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });
let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

it('the logs of all nodes are searched, answer by answer; what is filtered away is told, and a row opens its node', async () => {
  const line = { atMs: 0, stepId: 'package-install', attempt: 1, text: 'disk FULL on /var' };
  const asked: { from: number; text: string; stepId?: string }[] = [];
  const mock: MockWorkbench = new MockWorkbench({
    nodes: 8,
    override: (method, params): BridgeAnswer | undefined => {
      if (method !== 'master.request' || params['method'] !== 'job.searchLog') return undefined;
      const request = params['params'] as (typeof asked)[number];
      asked.push(request);
      return request.from === 0
        ? { ok: true, value: { nodes: [{ nodeId: 'tpa-2', matches: 12, lines: [line] }], searched: 5, next: 5 } }
        : { ok: true, value: { nodes: [{ nodeId: 'aws-1', matches: 1, lines: [line] }], searched: 3 } };
    },
  });
  mock.advanceTo('package-install', 30);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true, viewKind: 'logs' }));
  const field = screen.getByRole('searchbox', { name: 'Search the logs of all nodes' });
  fireEvent.change(field, { target: { value: 'disk full' } });
  fireEvent.submit(field);
  expect(await screen.findByText('2 nodes with it; 8 nodes looked through.')).toBeTruthy();
  expect(asked).toMatchObject([
    { from: 0, text: 'disk full' },
    { from: 5, text: 'disk full' },
  ]);
  const grid = within(screen.getByRole('grid', { name: 'What nodes said' }));
  expect(grid.getByRole('row', { name: /^tpa-2 .* 12 .* disk FULL on \/var/ })).toBeTruthy();
  fireEvent.change(screen.getByRole('searchbox', { name: /Find a node/ }), { target: { value: 'tpa' } });
  expect(await screen.findByText(/1 of them is filtered away/)).toBeTruthy();
  fireEvent.click(grid.getByText('tpa-2'));
  await waitFor(() => expect(screen.getByRole('region', { name: 'Node tpa-2' })).toBeTruthy());
  fireEvent.click(screen.getByRole('checkbox', { name: /^Only / }));
  fireEvent.submit(field);
  await waitFor(() => expect(asked.at(-1)).toHaveProperty('stepId'));
});

it('the log of a node is the whole one at a step that works on no node, and never claims that lines will come', async () => {
  const asked: { stepId?: string }[] = [];
  let total = 1;
  const mock: MockWorkbench = new MockWorkbench({
    nodes: 2,
    override: (method, params): BridgeAnswer | undefined => {
      if (method !== 'master.request' || params['method'] !== 'job.nodeLog') return undefined;
      asked.push(params['params'] as { stepId?: string });
      const lines = [{ atMs: 0, stepId: 'package-install', attempt: 1, text: 'all is well' }];
      return { ok: true, value: { total, lines: lines.slice(0, total) } };
    },
  });
  mock.advanceTo('plan');
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  const view = await renderApp(mock, { place, placeChosen: true, openNode: 'tpa-1' });
  ({ stop } = view);
  const drawer = within(await screen.findByRole('region', { name: 'Node tpa-1' }));
  fireEvent.click(drawer.getByRole('tab', { name: 'Log' }));
  expect(await drawer.findByText(/Package Install: all is well/)).toBeTruthy();
  expect(asked.at(-1)).not.toHaveProperty('stepId');
  total = 0;
  fireEvent.click(drawer.getByRole('checkbox', { name: 'All steps' }));
  expect(await drawer.findByText('No line yet.')).toBeTruthy();
  expect(asked.at(-1)).toHaveProperty('stepId', 'plan');
});
