// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { shellCommand } from '../../core/model/command.ts';
import type { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';
import { commandJob, outputsJob, previewJob, versionsJob } from '../testing/tableScenes.ts';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function open(mock: MockWorkbench): Promise<MockWorkbench> {
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}
const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });
const answers = (mock: MockWorkbench): unknown[] =>
  mock.calls
    .filter(({ params }) => params['method'] === 'job.answer')
    .map(({ params }) => (params['params'] as { input: unknown }).input);
const saved = (mock: MockWorkbench): { suggestedName: string; text: string } | undefined =>
  mock.calls.find(({ method }) => method === 'files.saveText')?.params as never;

it('a command is asked for with its deadline and what its exit codes mean; what is not understood keeps Next off', async () => {
  const mock = await open(commandJob());
  expect(button('Next').disabled).toBe(true);
  fireEvent.change(screen.getByLabelText('Command line'), { target: { value: 'uname -r' } });
  fireEvent.change(screen.getByLabelText('Deadline on a node'), { target: { value: 'soon' } });
  expect(button('Next').disabled).toBe(true);
  screen.getByText(/the deadline is not a time/);
  fireEvent.change(screen.getByLabelText('Deadline on a node'), { target: { value: '90 s' } });
  fireEvent.change(screen.getByLabelText('Exit codes that mean success'), { target: { value: '0, 3-4' } });
  fireEvent.change(screen.getByLabelText('Exit codes that mean a warning'), { target: { value: '7' } });
  fireEvent.click(button('Next'));
  await waitFor(() => expect(answers(mock)).toHaveLength(1));
  expect(answers(mock)[0]).toEqual({
    ...{ argv: shellCommand('uname -r'), deadlineMs: 90_000, okCodes: [0, 3, 4], warnedCodes: [7] },
  });
});

it('nothing runs before the preview was read', async () => {
  const mock = await open(previewJob());
  screen.getByText('9 TPA: tpa-[1-9]');
  expect(button('Next').disabled).toBe(true);
  fireEvent.click(screen.getByLabelText('I have read what will be done.'));
  fireEvent.click(button('Next'));
  await waitFor(() => expect(answers(mock)).toEqual([{ accept: true }]));
});

it('outputs are folded with exceptions marked, and saved as one row a node', async () => {
  const mock = await open(outputsJob());
  const region = await screen.findByRole('region', { name: 'Outputs' });
  const groups = await within(region).findAllByRole('article');
  expect(groups.map((group) => group.className.includes('exception'))).toEqual([false, true, true, true]);
  within(groups[1] as HTMLElement).getByText('differs');
  within(groups[2] as HTMLElement).getByText('exit code 2');
  fireEvent.click(within(region).getByRole('button', { name: 'Save as CSV' }));
  await waitFor(() => expect(saved(mock)?.suggestedName).toBe('outputs-job-7.csv'));
  expect(saved(mock)?.text.split('\r\n').length).toBeGreaterThan(12);
  await act(() => Promise.resolve());
});

it('versions show differences first, alone on request', async () => {
  await open(versionsJob());
  const region = await screen.findByRole('region', { name: 'Versions' });
  const rows = await within(region).findAllByRole('row');
  expect(rows[1]?.textContent).toContain('kernel-default');
  fireEvent.click(within(region).getByLabelText('Only differences'));
  await waitFor(() => expect(within(region).getAllByRole('row')).toHaveLength(3));
});
