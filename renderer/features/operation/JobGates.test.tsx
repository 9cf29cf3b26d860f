// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import { button, masterCalls, openJob } from '../../testing/openJob.ts';

vi.setConfig({ testTimeout: 60_000 });

describe('approval by another person', () => {
  it('is waited for by who made the plan, and given by somebody else for just what was shown', async () => {
    const mock = await openJob('shutdown');
    const digest = `sha256:${'a'.repeat(64)}`;
    const waits = { waits: true, digest, notBy: ['engineer'], changes: ['tpa-1: not in the plan'] };
    act(() => mock.setJob({ ...mock.job, state: 'attention', driver: 'engineer', approval: waits }));
    expect(await screen.findByText(/Waits for approval by another person than engineer/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Approve' })).toBeNull();
    const before = { digest: 'sha256:0', user: 'carl', atMs: 0 };
    act(() => mock.setJob({ ...mock.job, driver: 'ben', approval: { ...waits, notBy: ['ben'], before } }));
    expect(await screen.findByText(/carl approved another plan before/)).toBeTruthy();
    expect(screen.getByText('tpa-1: not in the plan')).toBeTruthy();
    fireEvent.click(button('Approve'));
    await waitFor(() => expect(screen.getByText(/^Approved by ben/)).toBeTruthy());
    const asked = mock.calls.find((call) => call.params['method'] === 'job.approve');
    expect(asked?.params['params']).toEqual({ jobId: mock.job.jobId, digest });
  });

  it('is taken back by who gave it, until what was approved has begun', async () => {
    const mock = await openJob('shutdown');
    const digest = `sha256:${'a'.repeat(64)}`;
    const approved = { digest, user: 'engineer', atMs: 0 };
    const approval = { waits: false, digest, approved, notBy: ['ben'] };
    act(() => mock.setJob({ ...mock.job, driver: 'ben', approval: { ...approval, begun: true } }));
    await screen.findByText(/^Approved by engineer/);
    expect(screen.queryByRole('button', { name: 'Take the approval back' })).toBeNull();
    act(() => mock.setJob({ ...mock.job, approval }));
    fireEvent.click(await screen.findByRole('button', { name: 'Take the approval back' }));
    expect(await screen.findByText(/Waits for approval by another person than ben/)).toBeTruthy();
    const asked = mock.calls.find((call) => call.params['method'] === 'job.withdrawApproval');
    expect(asked?.params['params']).toEqual({ jobId: mock.job.jobId });
  });
});

describe('a journal that cannot be written', () => {
  it('is told with its cause and what to do, as long as the job stands still for it', async () => {
    const mock = await openJob('shutdown');
    const journalFault = { code: 'state-full', message: '/s/journal.db: no room', sinceMs: Date.now() };
    act(() => mock.setJob({ ...mock.job, journalFault }));
    expect(
      await screen.findByText(/^Stands still since .*its journal cannot be written \(\/s\/journal\.db: no room\)/),
    ).toBeTruthy();
    expect(screen.getByText(/^Free space there/)).toBeTruthy();
    act(() => mock.setJob({ ...mock.job, journalFault: undefined }));
    await waitFor(() => expect(screen.queryByText(/its journal cannot be written/)).toBeNull());
  });
});

describe('nodes that go back by themselves', () => {
  it('are told with the time that is left, and confirmed after a question', async () => {
    const mock = await openJob('start');
    const goingBack = { nodes: 3, firstAtMs: Date.now() + 2 * 3_600_000 };
    act(() => mock.setJob({ ...mock.job, driver: 'engineer', goingBack }));
    expect(await screen.findByText(/3 nodes go back by themselves unless confirmed, .* [12] h .* left\./)).toBeTruthy();
    fireEvent.click(button('Confirm…'));
    fireEvent.click(within(screen.getByRole('alertdialog')).getByRole('button', { name: 'Confirm' }));
    await waitFor(() => expect(screen.queryByText(/go back by themselves/)).toBeNull());
    const asked = mock.calls.find((call) => call.params['method'] === 'job.confirm');
    expect(asked?.params['params']).toEqual({ jobId: mock.job.jobId });
  });
});

describe('the time in which an operation may begin', () => {
  it('is shown while it waits for it, and the driver alone begins before', async () => {
    const mock = await openJob('shutdown');
    const notBefore = new Date(Date.now() + 2 * 3_600_000).toISOString();
    act(() => mock.setJob({ ...mock.job, driver: 'ben', runWindow: { notBefore, waits: 'early' } }));
    expect(await screen.findByText(/Shutdown waits until .*, [12] h .* from now, and goes on by itself/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Begin now' })).toBeNull();
    act(() => mock.setJob({ ...mock.job, driver: 'engineer' }));
    // While another step is looked at there is the way back alone.
    fireEvent.click(screen.getByRole('button', { name: /^Spooling/ }));
    const banner = within((await screen.findByText(/Shutdown waits until/)).closest('.banner') as HTMLElement);
    expect(banner.queryByRole('button', { name: 'Begin now' })).toBeNull();
    fireEvent.click(banner.getByRole('button', { name: 'Show the current step' }));
    fireEvent.click(await screen.findByRole('button', { name: 'Begin now' }));
    await waitFor(() => expect(screen.queryByRole('button', { name: 'Begin now' })).toBeNull());
    expect(masterCalls(mock, 'job.beginNow')).toHaveLength(1);
  });

  it('is given anew with a reason; what cannot be is told before it is asked for', async () => {
    const mock = await openJob('shutdown');
    const notBefore = new Date(Date.now() + 2 * 3_600_000).toISOString();
    const approval = { waits: false, digest: 'sha256:1', notBy: ['engineer'] };
    act(() => mock.setJob({ ...mock.job, driver: 'engineer', approval, runWindow: { notBefore, waits: 'early' } }));
    const [change] = await screen.findAllByRole('button', { name: 'Change the time…' });
    fireEvent.click(change as HTMLElement);
    const dialog = within(screen.getByRole('dialog'));
    expect(dialog.getByText(/it is asked for anew/)).toBeTruthy();
    const confirm = (): HTMLButtonElement => dialog.getByRole('button', { name: 'Change the time' });
    fireEvent.change(dialog.getByLabelText(/^Reason/), { target: { value: 'the site sleeps later' } });
    expect(dialog.getByText('These are the times that hold now.')).toBeTruthy();
    expect(confirm().disabled).toBe(true);
    fireEvent.change(dialog.getByLabelText(/^Not after/), { target: { value: '2020-01-01T03:00' } });
    expect(dialog.getByText('Not after has to be later than not before.')).toBeTruthy();
    fireEvent.change(dialog.getByLabelText(/^Not after/), { target: { value: '' } });
    fireEvent.change(dialog.getByLabelText(/^Not before/), { target: { value: '' } });
    fireEvent.click(confirm());
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(masterCalls(mock, 'job.setWindow')).toEqual([
      { jobId: mock.job.jobId, notBefore: null, notAfter: null, reason: 'the site sleeps later' },
    ]);
  });
});

describe('the time that it takes so far', () => {
  it('is told in one form, by seconds while something works and by minutes while it waits for a person', async () => {
    const mock = await openJob('shutdown');
    const startedAtMs = Date.now() - 62 * 60_000;
    const elapsed = () => screen.getByText('Elapsed').parentElement?.textContent;
    act(() => mock.setJob({ ...mock.job, state: 'running', startedAtMs }));
    await waitFor(() => expect(elapsed()).toMatch(/1:02:\d\d$/));
    act(() => mock.setJob({ ...mock.job, state: 'attention' }));
    await waitFor(() => expect(elapsed()).toMatch(/1:02 h$/));
  });

  it('counts up to when the master was heard, where nobody hears it', async () => {
    const mock = await openJob('shutdown');
    const startedAtMs = Date.now() - 62 * 60_000;
    const elapsed = () => screen.getByText('Elapsed').parentElement?.textContent;
    const timeLeft = { timeLeft: { after: { lowMs: 60_000, highMs: 180_000 } } };
    act(() => mock.setJob({ ...mock.job, state: 'running', startedAtMs, ...timeLeft }));
    expect(await screen.findByText(/^\d\d:\d\d to \d\d:\d\d$/)).toBeTruthy();
    const heardAtMs = startedAtMs + 33 * 60_000;
    act(() => mock.tellCarrier({ kind: 'lost', heardAtMs, sinceMs: heardAtMs, attempt: 1 }));
    await waitFor(() => expect(elapsed()).toMatch(/0:33:00$/));
    expect(screen.getByText(/not known: nothing is heard/)).toBeTruthy();
  });
});

it('a gate that is held at a skipped step shows the waves, which the decision is about', async () => {
  const mock = await openJob('shutdown');
  const { shutdown } = mock.job.steps;
  act(() =>
    mock.setJob({
      ...{ ...mock.job, state: 'attention', attention: [] },
      steps: {
        ...mock.job.steps,
        shutdown: { ...shutdown!, state: 'skipped', note: 'not asked for', cells: undefined },
      },
      waves: [
        { title: 'canary', nodes: 2, leftOut: 0, state: 'done' },
        { title: 'the others', nodes: 6, leftOut: 0, state: 'waiting', stopBefore: true },
      ],
      gate: { beforeWave: 2, held: true, reason: 'it was asked to stop before wave 2' },
    }),
  );
  const table = within(await screen.findByRole('grid', { name: 'Waves' }));
  expect(table.getByText('the others')).toBeTruthy();
  expect(screen.getByText('Skipped: not asked for')).toBeTruthy();
});
