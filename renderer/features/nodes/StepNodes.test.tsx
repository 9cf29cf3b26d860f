// @vitest-environment jsdom
import { screen, waitFor } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });
const react = globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean | undefined };
let stop: (() => void) | undefined;
afterEach(() => {
  react.IS_REACT_ACT_ENVIRONMENT = true;
  stop?.();
});

it('shows at once what was pressed or typed, and the nodes in a turn of their own, so that input is never kept waiting by them', async () => {
  const mock = new MockWorkbench({ nodes: 8 });
  mock.advanceTo('package-install', 30);
  const place = { kind: 'job', systemId: mock.systemId, jobId: mock.job.jobId } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  const table = screen.getByRole('button', { name: 'Table' });
  const rows = (): HTMLElement | null => screen.queryByRole('grid', { name: 'Nodes' });
  // As in a browser, where nothing waits for all that was asked for.
  react.IS_REACT_ACT_ENVIRONMENT = false;
  table.click();
  await new Promise<void>(queueMicrotask);
  expect([table.getAttribute('aria-pressed'), rows()]).toEqual(['true', null]);
  await waitFor(() => expect(rows()).not.toBeNull());
  const head = screen.getByRole('columnheader', { name: /^Node/ });
  const order = (): (string | null)[] => screen.getAllByRole('row').map(({ textContent }) => textContent);
  const before = order();
  head.querySelector('button')?.click();
  await waitFor(() => expect(head.getAttribute('aria-sort')).toBe('ascending'));
  head.querySelector('button')?.click();
  await new Promise<void>(queueMicrotask);
  expect([head.getAttribute('aria-sort'), order().slice(1)]).toEqual(['descending', before.slice(1)]);
  await waitFor(() => expect(order().slice(1)).not.toEqual(before.slice(1)));
});
