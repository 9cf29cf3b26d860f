import { describe, expect, it } from 'vitest';
import { jobSettings } from './jobSettings.ts';
import { INSTALL_UPGRADE_SOFTWARE } from './operations/installUpgradeSoftware.ts';

const { settings } = INSTALL_UPGRADE_SOFTWARE;

describe('settings of a job', () => {
  it('are what was given, else those of the master, else those of the operation', () => {
    expect(jobSettings(settings)).toEqual({ nodesAtOnce: 64 });
    expect(jobSettings(settings, {}, { nodesAtOnce: 16 })).toEqual({ nodesAtOnce: 16 });
    expect(jobSettings(settings, { nodesAtOnce: 8 }, { nodesAtOnce: 16 })).toEqual({ nodesAtOnce: 8 });
    expect(jobSettings(settings, { nodesAtOnce: '8' })).toEqual({ nodesAtOnce: 8 });
  });

  it.each([
    ['10 %', { job: { percent: 10 } }],
    ['10%', { job: { percent: 10 } }],
    ['3', { job: { nodes: 3 } }],
    [3, { job: { nodes: 3 } }],
    ['job 12.5 %, wave 2', { job: { percent: 12.5 }, wave: { nodes: 2 } }],
    ['wave 1', { wave: { nodes: 1 } }],
    [
      { job: '10 %', wave: 2 },
      { job: { percent: 10 }, wave: { nodes: 2 } },
    ],
  ])('take the limit of failures as %j', (stopAt, meant) => {
    expect(jobSettings(settings, { stopAt })['stopAt']).toEqual(meant);
  });

  it.each([
    [{ nodesAtOnce: 0 }, 'settings.nodesAtOnce: a whole number from 1 to 1024 is needed'],
    [{ nodesAtOnce: 1025 }, 'settings.nodesAtOnce: a whole number from 1 to 1024 is needed'],
    [{ nodesAtOnce: 2.5 }, 'settings.nodesAtOnce: a whole number from 1 to 1024 is needed'],
    [{ nodesAtOne: 8 }, 'settings.nodesAtOne: there is no such setting; there are notBefore, notAfter, waves'],
    [{ stopAt: '110 %' }, /^settings\.stopAt: a number of nodes or a share/],
    [{ stopAt: '3, 4' }, /^settings\.stopAt: a number of nodes or a share/],
    [{ stopAt: {} }, /^settings\.stopAt: a number of nodes or a share/],
    [{ stopAt: { node: 3 } }, /^settings\.stopAt: a number of nodes or a share/],
    [{ stopAt: -1 }, /^settings\.stopAt: a number of nodes or a share/],
  ])('refuse %j, naming it', (given, message) => {
    expect(() => jobSettings(settings, given)).toThrow(message);
  });
});
