import { screen } from '@testing-library/react';
import { afterEach, expect } from 'vitest';
import { MockWorkbench, type MockOptions } from './mockBridge.ts';
import { renderApp } from './renderApp.tsx';

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

/** The operation view of a job of the mock at a step, some ticks of its work later. */
export async function openJob(
  stepId: Parameters<MockWorkbench['advanceTo']>[0],
  ticks = 0,
  options: Partial<MockOptions> = {},
): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8, ...options });
  mock.advanceTo(stepId, ticks);
  await showJob(mock);
  return mock;
}

/** The operation view of the mock's job. Closed after the test. */
export async function showJob(mock: MockWorkbench): Promise<void> {
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
}
/** The button of a name. */
export const button = (name: string | RegExp): HTMLButtonElement => screen.getByRole('button', { name });
/** Params of the requests, without what the person saw, which every request to a job carries. */
export const masterCalls = (mock: MockWorkbench, method: string): unknown[] =>
  mock.calls
    .filter((call) => call.params['method'] === method)
    .map((call) => {
      const { seen, ...params } = call.params['params'] as Record<string, unknown>;
      if (method.startsWith('job.')) expect(seen).toBeDefined();
      return params;
    });
