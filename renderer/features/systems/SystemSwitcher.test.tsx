// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { mockSaved, mockSystem } from '../../testing/mockData.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => stop?.());

it('says how many jobs need you elsewhere, and leads to such a job', async () => {
  const mock = new MockWorkbench({ nodes: 2 });
  mock.startJob();
  const job = Object.values(mock.system.jobs)[0];
  if (!job) throw new Error('the mock has no job');
  const other = mockSystem({
    saved: mockSaved({ systemId: 'west', name: 'lab-west' }),
    jobs: { 'job-7': { ...job, jobId: 'job-7', jobNumber: 7, state: 'attention', stepPercent: 40 } },
  });
  mock.setSystem({ jobs: {} });
  mock.set({ ...mock.state, systems: { ...mock.state.systems, west: other } });
  const place = { kind: 'system', systemId: mock.systemId, tab: 'operations' } as const;
  const { store, stop: end } = await renderApp(mock, { place, placeChosen: true });
  stop = end;
  fireEvent.click(screen.getByRole('button', { name: 'System prod-east, elsewhere 1 job needs you' }));
  const item = await screen.findByRole('menuitem', { name: /job 7.*needs you/ });
  expect(item.textContent).toContain('40 % of the nodes');
  fireEvent.click(item);
  expect(store.getState().place).toEqual({ kind: 'job', systemId: 'west', jobId: 'job-7' });
});
