// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { JobNode } from '../../../core/model/job.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });
let stop: (() => void) | undefined;
afterEach(() => stop?.());

it('shows a reading with its age, two versions as such, and after trouble that nothing was read', async () => {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo('package-install', 30);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true, openNode: 'tpa-1' }));
  const set = (change: Partial<JobNode>): void =>
    act(() => {
      const node = mock.job.nodes['tpa-1'] as JobNode;
      mock.setJob({ ...mock.job, nodes: { ...mock.job.nodes, 'tpa-1': { ...node, ...change } } });
    });
  const drawer = within(await screen.findByRole('region', { name: 'Node tpa-1' }));
  const before = mock.job.nodes['tpa-1']?.before ?? [];
  const [first] = before.filter(({ name }) => name === 'ppde');
  if (!first) throw new Error('the mock has no ppde');
  const readAtMs = new Date(2026, 2, 4, 11, 14).getTime();
  set({ found: [first, { ...first, version: '17.20.03', release: '1' }], readAtMs });
  expect(drawer.getByText('read 11:14')).toBeTruthy();
  expect(drawer.getByText(/ppde .*17\.10.*17\.20.*more than one version/)).toBeTruthy();
  const atMs = new Date(2026, 2, 4, 11, 20).getTime();
  set({ notReadSince: { stepId: 'package-install', atMs } });
  expect(drawer.getByText('not read since Package Install began there at 11:20')).toBeTruthy();
  expect(drawer.queryByText('read 11:14')).toBeNull();
  expect(drawer.queryByText(/more than one version/)).toBeNull();
  fireEvent.click(drawer.getByRole('button', { name: 'Read now' }));
  await waitFor(() => expect(drawer.queryByText(/not read since/)).toBeNull());
  expect(drawer.getByText(/^read \d\d:\d\d$/)).toBeTruthy();
});
