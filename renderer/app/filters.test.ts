// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react';
import { afterEach, describe, expect, it } from 'vitest';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { renderApp } from '../testing/renderApp.tsx';
import { checkedFilters, filterOf, NO_FILTER, withFilter, type Filters } from '../stores/filters.ts';
import { createAppStore } from '../stores/store.ts';

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
  window.localStorage.clear();
});

describe('filters', () => {
  it('stand each for its own list, and one that leaves nothing out is none', () => {
    const some = withFilter({}, 'job', 'sys j1', { find: 'tpa', states: [] });
    expect(filterOf(some, 'job', 'sys j1').find).toBe('tpa');
    expect(filterOf(some, 'job', 'sys j2')).toBe(NO_FILTER.job);
    expect(filterOf({}, 'nodes', 'constructor')).toBe(NO_FILTER.nodes);
    expect(withFilter(some, 'job', 'sys j1', NO_FILTER.job)).toEqual({});
  });

  it('are forgotten, the oldest first, where there are very many', () => {
    let filters: Filters = {};
    for (let i = 0; i < 100; i++) filters = withFilter(filters, 'job', `j${i}`, { find: 'x', states: [] });
    expect(Object.keys(filters)).toHaveLength(60);
    expect(Object.keys(filters).at(-1)).toBe('job j99');
  });

  it('are read member by member', () => {
    const stored = {
      'history s': { find: 'x'.repeat(500), state: 'gone', days: -1, who: 'ann' },
      'nodes s': { reachable: 'no' },
      'nodes t': { reachable: 'perhaps' },
      nodes: 7,
    };
    expect(checkedFilters(stored)).toEqual({
      'history s': { find: 'x'.repeat(200), state: '', operationId: '', days: 0, who: 'ann' },
      'nodes s': { find: '', reachable: 'no' },
    });
    expect([checkedFilters(null), checkedFilters([1])]).toEqual([{}, {}]);
  });
});

describe('what a person looks for', () => {
  const openAt = async (mock: MockWorkbench, jobId: string): Promise<void> => {
    const place = { kind: 'job', systemId: mock.systemId, jobId } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }, createAppStore(window.localStorage)));
  };

  it('is there again after a start, in its operation alone, in sight, and ended by one button', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    mock.advanceTo('package-install', 3);
    const { jobId } = mock.job;
    await openAt(mock, jobId);
    fireEvent.change(await screen.findByRole('searchbox'), { target: { value: 'tpa-00' } });
    const shown = await screen.findByText(/^\d of 8 shown$/);
    const some = shown.textContent ?? '';
    fireEvent.click(screen.getByRole('button', { name: /\d running$/ }));
    stop?.();

    await openAt(mock, jobId);
    expect((await screen.findByRole('searchbox')).getAttribute('value')).toBe('tpa-00');
    expect(await screen.findByText(some)).toBeTruthy();
    expect(screen.getByRole('button', { name: /\d running$/ }).getAttribute('aria-pressed')).toBe('true');
    const kept = createAppStore(window.localStorage).getState().filters;
    expect(filterOf(kept, 'job', `${mock.systemId} another-job`)).toBe(NO_FILTER.job);

    fireEvent.click(screen.getByRole('button', { name: 'Show all' }));
    expect(await screen.findByText('8 shown')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Show all' })).toBeNull();
    expect(createAppStore(window.localStorage).getState().filters).toEqual({});
  });

  it('among the nodes of a system stands there when the person comes back', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    fireEvent.change(await screen.findByRole('searchbox'), { target: { value: 'aws' } });
    expect(await screen.findByText('1 of 8 shown')).toBeTruthy();
    fireEvent.click(screen.getByRole('button', { name: 'Operations' }));
    fireEvent.click(screen.getByRole('button', { name: 'Nodes' }));
    expect((await screen.findByRole('searchbox')).getAttribute('value')).toBe('aws');
    expect(await screen.findByText('1 of 8 shown')).toBeTruthy();
  });
});
