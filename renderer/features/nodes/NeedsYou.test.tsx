// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { MockOptions } from '../../testing/mockBridge.ts';
import { masterCalls, openJob } from '../../testing/openJob.ts';

vi.setConfig({ testTimeout: 60_000 });

const cause = { code: 'script-post-failed', message: 'script of ppde failed', packageName: 'ppde' } as const;
const fault = (state: 'failed' | 'warned') => ({ stepId: 'package-install', state, cause }) as const;
const faultsOf = (failed: readonly string[], warned: readonly string[]): NonNullable<MockOptions['faults']> => ({
  ...Object.fromEntries(failed.map((nodeId) => [nodeId, fault('failed')])),
  ...Object.fromEntries(warned.map((nodeId) => [nodeId, fault('warned')])),
});

it('equal warnings are one line: tried again or accepted, with all their nodes', async () => {
  // Nobody has to decide about them, so that the job is further on.
  const mock = await openJob('package-install', 60, { nodes: 8, faults: faultsOf([], ['tpa-3', 'tpa-4']) });
  fireEvent.click(screen.getByRole('button', { name: /^Package Install/ }));
  const strip = within(await screen.findByRole('region', { name: 'Came through with a warning' }));
  expect(strip.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/2script of ppde failedtpa-3tpa-4Retry 2Accept 2$/),
  ]);
  fireEvent.click(strip.getByRole('button', { name: /^Accept 2: / }));
  const params = { jobId: mock.job.jobId, stepId: 'package-install', nodeIds: ['tpa-3', 'tpa-4'] };
  await waitFor(() => expect(masterCalls(mock, 'job.accept')).toEqual([params]));
  // What was accepted asks for nothing.
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Came through with a warning' })).toBeNull());
});

it('a person is not said to be needed for warnings, and failures and warnings of one cause stay apart', async () => {
  await openJob('package-install', 30, { nodes: 8, faults: faultsOf(['tpa-1'], ['tpa-3']) });
  const strip = within(await screen.findByRole('region', { name: 'Needs you' }));
  expect(strip.getAllByRole('listitem').map(({ textContent }) => textContent)).toEqual([
    expect.stringMatching(/1script of ppde failedtpa-1RetryIgnore…$/),
    expect.stringMatching(/1script of ppde failedtpa-3RetryAccept$/),
  ]);
});

it('a thousand nodes that fail alike are one line, and one text where they are decided about', async () => {
  const failed = Array.from({ length: 1_000 }, (_, i) => `tpa-${String(i + 1).padStart(4, '0')}`);
  await openJob('package-install', 60, { nodes: 1_200, faults: faultsOf(failed, []) });
  const strip = within(await screen.findByRole('region', { name: 'Needs you' }));
  const [line] = strip.getAllByRole('listitem');
  expect(line?.textContent).toMatch(/1,000.*tpa-0001.*tpa-0003and 997 moreRetry 1,000Ignore…$/);
  fireEvent.click(strip.getByRole('button', { name: /^Ignore…: / }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog.textContent).toContain('Ignore 1,000 nodes?');
  expect(dialog.textContent).toContain('tpa-[0001-1000]');
});

it('what calls for a person takes its room below the step, so that it moves nothing of it', async () => {
  await openJob('package-install', 30, { nodes: 8, faults: faultsOf(['tpa-1'], []) });
  const strip = await screen.findByRole('region', { name: 'Needs you' });
  const main = screen.getByRole('main');
  expect(main.contains(strip)).toBe(false);
  expect(main.compareDocumentPosition(strip) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy();
  expect(
    strip.compareDocumentPosition(screen.getByRole('contentinfo')) & Node.DOCUMENT_POSITION_FOLLOWING,
  ).toBeTruthy();
});
