// @vitest-environment jsdom
import { act, renderHook, waitFor } from '@testing-library/react';
import type { ReactNode } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import type { ReadTable } from '../../core/steps/readTable.ts';
import { STEP_TABLES } from '../../core/steps/tables.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { AppContext } from '../app/context.ts';
import type { OpenJob } from '../stores/openJob.ts';
import { useStepTable } from './useStepTable.ts';

type Read = ReadTable<unknown>;
const system = { saved: { systemId: 's' }, session: { kind: 'online' } } as unknown as SystemView;
const answers: ((read: Read) => void)[] = [];
const readStepTable = vi.fn(() => new Promise<Read>((resolve) => answers.push(resolve)));
const read = (total: number): Read => ({ rows: [], notes: [], total });

beforeEach(() => {
  answers.length = 0;
  readStepTable.mockClear();
});

function show(): ReturnType<typeof renderHook<Read | undefined, { eventNumber: number; limit: number }>> {
  const value = { store: {}, actions: { readStepTable } } as never;
  const wrapper = ({ children }: { children: ReactNode }): ReactNode => (
    <AppContext.Provider value={value}>{children}</AppContext.Provider>
  );
  return renderHook(
    ({ eventNumber, limit }) => {
      const job = { jobId: 'job7', eventNumber } as OpenJob;
      return useStepTable({ system, job, stepId: 'run', table: 'outputs' }, STEP_TABLES['run-command'].outputs, limit);
    },
    { initialProps: { eventNumber: 1, limit: 50 }, wrapper },
  );
}

it('shows what was asked for although the job went on before it came', async () => {
  const { result, rerender } = show();
  await waitFor(() => expect(readStepTable).toHaveBeenCalledOnce());
  rerender({ eventNumber: 2, limit: 50 });
  await act(async () => answers[0]?.(read(3)));
  expect(result.current?.total).toBe(3);
});

it('an answer that was overtaken does not take the place of the newer one', async () => {
  const { result, rerender } = show();
  await waitFor(() => expect(readStepTable).toHaveBeenCalledOnce());
  rerender({ eventNumber: 1, limit: 100 });
  await waitFor(() => expect(readStepTable).toHaveBeenCalledTimes(2));
  await act(async () => answers[1]?.(read(100)));
  await act(async () => answers[0]?.(read(50)));
  expect(result.current?.total).toBe(100);
});

it('on a slow line the table is asked for again only when it has come', async () => {
  vi.useFakeTimers();
  try {
    const { result, rerender } = show();
    const later = (ms: number): Promise<void> => act(async () => void (await vi.advanceTimersByTimeAsync(ms)));
    await later(0);
    for (let eventNumber = 2; eventNumber < 6; eventNumber += 1) {
      rerender({ eventNumber, limit: 50 });
      await later(3000);
    }
    expect(readStepTable).toHaveBeenCalledOnce();
    await act(async () => answers[0]?.(read(3)));
    await later(0);
    expect(readStepTable).toHaveBeenCalledTimes(2);
    await act(async () => answers[1]?.(read(4)));
    await later(10_000);
    expect([readStepTable.mock.calls.length, result.current?.total]).toEqual([2, 4]);
  } finally {
    vi.useRealTimers();
  }
});
