// @vitest-environment jsdom
import { nodesOfRow } from '../../core/model/job.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { createActions } from './actions.ts';
import { countsOf } from './selectors.ts';
import { createAppStore } from './store.ts';
import { checkedPreferences } from './viewSlice.ts';

afterEach(() => window.localStorage.clear());

describe('what is kept between starts', () => {
  it('is view preferences and nothing else', async () => {
    const store = createAppStore(window.localStorage);
    const mock = new MockWorkbench({ nodes: 8 });
    const actions = createActions(store, mock.carrier);
    actions.follow();
    actions.setTheme('dark');
    actions.setViewKind('table');
    await actions.signIn(mock.systemId, 'engineer', 'secret-word', true);
    const kept = JSON.stringify({ ...window.localStorage });
    expect(kept).not.toContain('secret-word');
    expect(kept).not.toContain('engineer');
    const again = createAppStore(window.localStorage).getState();
    expect([again.theme, again.viewKind]).toEqual(['dark', 'table']);
    expect(again.picture).toBeUndefined();
  });

  it('is written when it changes and not with every change of the picture', () => {
    let written = 0;
    const { localStorage } = window;
    const counting = {
      ...{ length: 0, clear: () => undefined, key: () => null },
      getItem: (name: string) => localStorage.getItem(name),
      removeItem: (name: string) => localStorage.removeItem(name),
      setItem: (name: string, value: string) => {
        written += 1;
        localStorage.setItem(name, value);
      },
    };
    const store = createAppStore(counting);
    store.setState({ theme: 'dark' });
    const before = written;
    for (let number = 1; number <= 5; number++) store.setState({ pictureNumber: number });
    expect(written).toBe(before);
    store.setState({ theme: 'light' });
    expect(written).toBe(before + 1);
    expect(createAppStore(localStorage).getState().theme).toBe('light');
  });

  it('survives foreign content', () => {
    window.localStorage.setItem(
      'put-desktop-view',
      '{"state":{"theme":"pink","filters":{"job s j":{"states":["failed",7],"find":9},"job t":7,"x y":{"find":"z"}}},"version":1}',
    );
    const { theme, filters } = createAppStore(window.localStorage).getState();
    expect([theme, filters]).toEqual(['system', { 'job s j': { find: '', states: ['failed'] } }]);
    expect(checkedPreferences(null).viewKind).toBe('map');
  });
});

describe('asks', () => {
  it('mark their key busy and keep the error of the last try until the next', async () => {
    let refuse = true;
    const mock = new MockWorkbench({
      nodes: 8,
      override: (method) =>
        method === 'practice.start' && refuse
          ? {
              ok: false,
              error: { code: 'port-in-use', message: '9000', details: {}, nextStep: 'Stop it.', retry: 'later' },
            }
          : undefined,
    });
    const store = createAppStore();
    const actions = createActions(store, mock.carrier);
    const asking = actions.startPractice();
    expect(store.getState().busy['practice']).toBe(true);
    await asking;
    expect(store.getState().busy['practice']).toBeUndefined();
    expect(store.getState().errors['practice']?.code).toBe('port-in-use');
    refuse = false;
    await actions.startPractice();
    expect(store.getState().errors['practice']).toBeUndefined();
    expect(store.getState().place).toEqual({ kind: 'system', systemId: mock.systemId, tab: 'operations' });
  });
});

describe('counts of a step', () => {
  it('add up to the selection at every moment of a job', () => {
    const mock = new MockWorkbench({
      nodes: 128,
      faults: { 'tpa-009': { stepId: 'package-install', state: 'failed', cause: { code: 'internal', message: 'x' } } },
    });
    mock.advanceTo('package-install');
    for (let turn = 0; turn < 60; turn += 1) {
      mock.tick();
      const step = mock.system.openJobs[mock.job.jobId]?.steps['package-install'];
      const counts = step && countsOf(step);
      expect(counts?.byState.reduce((sum, { count }) => sum + count, 0)).toBe(128);
      for (const row of mock.job.packages) {
        expect(nodesOfRow(row)).toBe(row.nodes);
      }
    }
  });
});
