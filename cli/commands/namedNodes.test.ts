import { beforeEach, describe, expect, it } from 'vitest';
import type { NodeRow } from '../../core/model/node.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { cell, jobView } from '../testing/jobViews.ts';

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
let host: FakeHost;
const codeOf = (document: Record<string, unknown>): unknown =>
  (document['error'] as { code: string } | undefined)?.code;

const node = (nodeId: string): NodeRow => ({
  ...{ nodeId, address: '', type: 'TPA', system: 1, reachable: 'yes', packageCount: 3 },
});
const nodeIds = ['aws-1', 'tpa-1', 'tpa-2', 'tpa-3'];

beforeEach(() => {
  host = new FakeHost();
  host.master.setState('nodes', { nodes: Object.fromEntries(nodeIds.map((nodeId) => [nodeId, node(nodeId)])) });
});

const namesOf = async (...args: string[]): Promise<string[]> => {
  expect(await host.run('nodes', ...args, ...LAB, '-o', 'name'), host.err).toBe(EXIT.done);
  return host.out.trim().split('\n');
};

describe('nodes named behind the command', () => {
  it('are listed alone, one, several or by pattern, as by --name', async () => {
    expect(await namesOf('tpa-2')).toEqual(['tpa-2']);
    expect(await namesOf('tpa-3', 'aws-1')).toEqual(['aws-1', 'tpa-3']);
    expect(await namesOf('tpa-[1-2],aws-1')).toEqual(await namesOf('--name', 'tpa-[1-2],aws-1'));
    expect(await namesOf('tpa-*', '--type', 'AWS', '--name', 'x').catch(() => 'refused')).toBe('refused');
    expect(host.err).toContain('name the nodes once');
    expect(codeOf((await host.runJson('nodes', 'refrsh')).document)).toBe('node-unknown');
  });

  it('have their services started alone', async () => {
    host.master.answers['nodes.startServices'] = () => ({ started: [], failed: [], unfinished: [] });
    await host.runJson('nodes', 'start-services', 'tpa-1', 'tpa-2');
    expect(host.master.requests.at(-1)?.params).toEqual({ nodeIds: ['tpa-1', 'tpa-2'] });
  });

  describe('of a job', () => {
    beforeEach(() => {
      const made = jobView('package-install', 'attention', { eventNumber: 40 });
      const step = made.steps['package-install'];
      if (!step) throw new Error('the job has no such step');
      const cells = { 'tpa-1': cell('failed'), 'tpa-2': cell('failed'), 'tpa-3': cell('ok') };
      const nodes = Object.fromEntries(
        Object.keys(cells).map((nodeId) => [nodeId, { ...node(nodeId), before: [], outcomes: {} }]),
      );
      const view = { ...made, nodes, steps: { ...made.steps, 'package-install': { ...step, cells } } };
      host.master.setState('jobs', { jobs: { job7: { ...view, nodes: 3 } } });
      host.master.setState('job:job7', view);
      host.master.answers['job.retry'] = () => ({ retried: 1 });
      host.master.answers['job.ignore'] = () => ({ ignored: 1 });
      host.master.answers['job.hold'] = () => ({ held: 1 });
      host.master.answers['job.release'] = () => ({ released: 1 });
      host.master.answers['job.giveUp'] = () => ({ stopping: 1 });
      host.master.answers['job.accept'] = () => ({ accepted: 1 });
      host.master.answers['job.confirm'] = () => ({ confirmed: [], failed: [], unfinished: [] });
    });

    it.each([
      ['retry', '--no-wait'],
      ['ignore', '--reason', 'disks'],
      ['hold', '--reason', 'disks'],
      ['release'],
      ['give-up'],
      ['confirm'],
      ['accept', '--step', 'package-install'],
    ])('%s: with the job before them or without, as by --nodes', async (command, ...more) => {
      const asked: unknown[] = [];
      for (const words of [
        ['tpa-1', 'tpa-2'],
        ['7', 'tpa-1', 'tpa-2'],
        ['job7', 'tpa-[1-2]'],
        ['7', '--nodes', 'tpa-1,tpa-2'],
      ]) {
        const before = host.master.requests.length;
        await host.runJson(command, ...words, ...more);
        asked.push(host.master.requests.slice(before).at(0)?.params);
      }
      expect(asked).toEqual(asked.map(() => expect.objectContaining({ jobId: 'job7', nodeIds: ['tpa-1', 'tpa-2'] })));
      const twice = await host.runJson(command, 'tpa-1', '--nodes', 'tpa-2', ...more);
      expect(codeOf(twice.document)).toBe('usage');
    });

    it('is told where a job was asked for and a node is named', async () => {
      expect(await host.run('status', 'tpa-1', ...LAB)).toBe(EXIT.failed);
      expect(host.err).toContain('there is no job tpa-1; the last are 7; jobs are named by their numbers');
      expect(host.err).toContain('putctl nodes tpa-1');
    });
  });
});
