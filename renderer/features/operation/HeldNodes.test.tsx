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

async function openJob(): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo('package-install', 1);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}

const asked = (mock: MockWorkbench, method: string): unknown[] =>
  mock.calls
    .filter((call) => call.params['method'] === method)
    .map((call) => ({ ...(call.params['params'] as object), seen: undefined }));

const WAVES = [
  { title: 'canary', nodes: 2, leftOut: 0, state: 'running' },
  { title: 'system 1', nodes: 3, leftOut: 0, state: 'waiting', stopBefore: true },
  { title: 'system 2', nodes: 3, leftOut: 0, state: 'waiting' },
] as const;

it('nodes that are held are told, with that the job waits for a word about them', async () => {
  const mock = await openJob();
  const held = { held: 2, catchUp: 0, catchingUp: 0, first: ['tpa-003', 'tpa-004'], waits: true };
  act(() => mock.setJob({ ...mock.job, held }));
  expect((await screen.findByText(/^2 nodes are held: tpa-003, tpa-004\./)).textContent).toMatch(
    /The job waits: release them, or Next goes on without them/,
  );
});

it('a node is held with a reason from its drawer', async () => {
  const mock = await openJob();
  fireEvent.click((await screen.findAllByRole('button', { name: /^tpa-\S+, running/ }))[0] as HTMLElement);
  const drawer = within(await screen.findByRole('region', { name: /^Node / }));
  fireEvent.click(drawer.getByRole('button', { name: 'Hold…' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'a disk' } });
  fireEvent.click(dialog.getByRole('button', { name: 'Hold' }));
  await waitFor(() => expect(asked(mock, 'job.hold')).toMatchObject([{ reason: 'a disk' }]));
});

it('a wave is stopped before, the stop is taken back, and a wave that has begun goes back', async () => {
  const mock = await openJob();
  const step = mock.job.steps['package-install'];
  if (!step) throw new Error('no step');
  const begun = (attempt: number) => ({ ...mock.job.steps, 'package-install': { ...step, attempt } });
  const inSecond = WAVES.map((wave, at) => ({ ...wave, state: at < 2 ? 'running' : 'waiting' }) as const);
  act(() => mock.setJob({ ...mock.job, steps: begun(2), waves: inSecond }));
  // The second wave is no second attempt.
  expect(screen.queryByText(/attempt/)).toBeNull();
  act(() => mock.setJob({ ...mock.job, steps: begun(3), waves: inSecond }));
  expect(await screen.findByText(/attempt 3/)).toBeTruthy();
  act(() => mock.setJob({ ...mock.job, waves: WAVES, canRollback: true }));
  fireEvent.click(await screen.findByRole('button', { name: 'Waves' }));
  expect(screen.queryByRole('button', { name: /before wave 1/ })).toBeNull();
  fireEvent.click(await screen.findByRole('button', { name: 'Stop before wave 3' }));
  await waitFor(() => expect(asked(mock, 'job.pause')).toMatchObject([{ beforeWave: 3 }]));
  fireEvent.click(await screen.findByRole('button', { name: 'Do not stop before wave 2' }));
  await waitFor(() => expect(asked(mock, 'job.resume')).toMatchObject([{ beforeWave: 2 }]));
  expect(screen.queryByRole('button', { name: 'Roll back wave 2…' })).toBeNull();
  const wayBack = (): HTMLElement | null => screen.queryByRole('button', { name: 'Roll back wave 1…' });
  // Back already, or never changed.
  act(() => mock.setJob({ ...mock.job, waves: [{ ...WAVES[0], unchanged: true }, ...WAVES.slice(1)] }));
  await waitFor(() => expect(wayBack()).toBeNull());
  act(() => mock.setJob({ ...mock.job, waves: WAVES }));
  await waitFor(() => expect(wayBack()).not.toBeNull());
  fireEvent.click(wayBack() as HTMLElement);
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'it is slower' } });
  await dialog.findAllByText(/goes back to 17\.10/);
  expect(dialog.getByRole('button', { name: 'Do not roll back' })).toBeTruthy();
  fireEvent.click(dialog.getByRole('button', { name: 'Roll back' }));
  await waitFor(() => expect(asked(mock, 'job.rollback')).toMatchObject([{ wave: 1, reason: 'it is slower' }]));
});

it('a rollback whose outcome cannot be read is told so, and cannot be confirmed', async () => {
  const mock = await openJob();
  mock.rollbackUnread = true;
  act(() => mock.setJob({ ...mock.job, canRollback: true }));
  fireEvent.click(await screen.findByRole('button', { name: 'Roll back…' }));
  const dialog = within(await screen.findByRole('dialog'));
  fireEvent.change(dialog.getByRole('textbox', { name: /Reason/ }), { target: { value: 'it is slower' } });
  await dialog.findByText(/What the nodes would go back to could not be read/);
  expect(dialog.queryByText(/Looking what the nodes go back to/)).toBeNull();
  dialog.getByText('What the nodes would go back to could not be read, so nothing is begun.');
  expect(dialog.getByRole('button', { name: 'Roll back' })).toHaveProperty('disabled', true);
  expect(asked(mock, 'job.rollback')).toEqual([]);
});
