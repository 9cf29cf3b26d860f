import { afterEach, describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../core/model/node.ts';
import type { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import { JobHarness, type HarnessOptions } from './testing/jobHarness.ts';
import { SampleLibrary, sampleLibrary, samplePackage } from './testing/sampleLibrary.ts';

let harness: JobHarness | undefined;
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

const code = (wanted: keyof typeof ERROR_CATALOGUE): object => expect.objectContaining({ code: wanted }) as object;
const room = (path: string): NodeFacts['fileSystems'][number] => ({ path, totalBytes: 1e10, freeBytes: 1e9 });
const full: Partial<NodeFacts> = { fileSystems: [{ path: '/', totalBytes: 1e10, freeBytes: 10 }] };

/** A release whose mandatory package is for one architecture. */
function oneArch(): SampleLibrary {
  const [list] = Object.values(sampleLibrary().view().certLists);
  if (!list) throw new Error('no cert list');
  const entries = list.entries.map((entry) => (entry.mandatory ? { ...entry, arch: 'x86_64' } : entry));
  const base = samplePackage('base', '2.0', { arch: 'x86_64' });
  return new SampleLibrary(
    [base, samplePackage('gateway', '2.0'), samplePackage('tools', '2.0')],
    [{ ...list, entries }],
  );
}

const start = (h: JobHarness, answers: JobAnswers = {}): Promise<unknown> =>
  h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', answers, acceptPlan: true });
const ignore = (h: JobHarness, stepId: string, nodeIds: readonly string[], user = 'ada'): Promise<unknown> =>
  h.ask('job.ignore', { jobId: 'j1', stepId, nodeIds, reason: 'it is replaced next week' }, user);

describe('nodes that alone stand against an answer', () => {
  it.each<[string, string, HarnessOptions, JobAnswers?]>([
    [
      'of another architecture',
      'select-packages',
      { library: oneArch(), factsOf: (nodeId) => (nodeId === 'n3' ? { arch: 's390x' } : {}) },
    ],
    [
      'that is full',
      'spool-area',
      {
        factsOf: (nodeId) =>
          nodeId === 'n3' ? full : { fileSystems: [{ path: '/', totalBytes: 1e10, freeBytes: 1e9 }] },
      },
    ],
    [
      'that lacks a file system',
      'spool-area',
      { factsOf: (nodeId) => ({ fileSystems: nodeId === 'n3' ? [room('/')] : [room('/'), room('/data')] }) },
      { spoolArea: '/data/put' },
    ],
    [
      'of which no file systems are known',
      'spool-area',
      { factsOf: (nodeId) => ({ fileSystems: nodeId === 'n3' ? [] : [room('/')] }) },
    ],
  ])(
    'are named, and left out with a reason the others go on by the same answers: one %s',
    async (_what, stepId, options, answers) => {
      const h = (harness = new JobHarness(options));
      await start(h, answers);
      const stopped = await h.settle();
      expect(stopped).toMatchObject({
        ...{ state: 'input', currentStep: stepId },
        answers: { active: false, stopped: { stepId, nodeIds: ['n3'] } },
      });
      await expect(ignore(h, stepId, ['n3'], 'bert')).rejects.toThrow(code('baton-needed'));
      await expect(ignore(h, stepId, ['n1', 'n2', 'n3', 'n4'])).rejects.toThrow(/no node would be left/);
      await h.service.close();
      h.open();
      await ignore(h, stepId, ['n3']);
      const done = await h.settle();
      expect(done.state).toBe('warned');
      expect(Object.keys(done.plan?.nodes ?? {})).toEqual(['n1', 'n2', 'n4']);
      const said =
        /^n3: left out at (Select Packages|Select Spool Area), it is replaced next week; nothing is planned there\.$/;
      expect(done.plan?.warnings.map(({ message }) => message)).toContainEqual(expect.stringMatching(said));
      expect(done.report?.lines.join('\n')).toMatch(/^n3: left out at Select .*: it is replaced next week$/m);
      expect(h.told.map(({ text }) => text)).toContainEqual(expect.stringMatching(/^left out of Select .*: n3: it is/));
      expect(h.driver.starts.filter((line) => /^(shutdown|package-install|start) n3/.test(line))).toEqual([]);
      expect(h.driver.versionsOf('n3')['base']).toBe('1.0');
      expect(h.driver.versionsOf('n4')['base']).toBe('2.0');
    },
  );

  it('fail at nothing: a limit of failures and the waves are counted of the others, in the plan and while it runs', async () => {
    const h = (harness = new JobHarness({
      factsOf: (nodeId) => ({ fileSystems: [{ ...room('/'), freeBytes: nodeId === 'n1' ? 10 : 1e9 }] }),
    }));
    await h.ask('job.start', {
      ...{ jobId: 'j1', operationId: 'install-upgrade-software', answers: {}, acceptPlan: true },
      settings: {
        stopAt: 'job 1, wave 34 %',
        waves: { canary: 1, by: 'all', stopBefore: [] },
      },
    });
    await h.settle();
    await ignore(h, 'spool-area', ['n1']);
    const done = await h.settle();
    expect(done.state).toBe('warned');
    // The canary is a node that is changed.
    expect(done.plan?.waves?.map(({ first }) => first)).toEqual([['n2'], ['n3', 'n4']]);
    expect(done.plan?.stops?.join('\n')).toContain('1 of 3 nodes failed');
    expect(h.driver.versionsOf('n4')['base']).toBe('2.0');
  });

  it('and are left out once the waves are answered stay out of theirs: the others are where they were divided', async () => {
    const h = (harness = new JobHarness());
    const settings = { waves: { canary: ['n2'], by: 2, stopBefore: [] }, stopAt: 'wave 50 %' };
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings });
    await h.driveTo('plan');
    await ignore(h, 'plan', ['n1']);
    const asked = await h.settle();
    expect(asked.currentStep).toBe('plan');
    await h.answer();
    const done = await h.settle();
    expect(done.state).toBe('warned');
    expect(done.plan?.waves).toEqual([
      { title: 'canary', nodes: 1, first: ['n2'] },
      { title: '1 node', nodes: 1, first: ['n3'] },
      { title: '1 node', nodes: 1, first: ['n4'] },
    ]);
    const begun = h.driver.starts.filter((start) => start.startsWith('run package-install '));
    expect(begun.map((start) => start.slice(-2))).toEqual(['n2', 'n3', 'n4']);
    expect(done.waves?.map(({ title, nodes, leftOut }) => [title, nodes, leftOut])).toEqual([
      ['canary', 1, 0],
      ['2 nodes', 2, 1],
      ['1 node', 1, 0],
    ]);
  });

  it('are told on the screen and of an answer that is not given yet; who goes back has them again', async () => {
    const h = (harness = new JobHarness({
      library: oneArch(),
      factsOf: (nodeId) => (nodeId === 'n3' ? { arch: 's390x' } : {}),
    }));
    await h.start();
    const { screen } = await h.driveTo('select-packages');
    expect(screen?.content).toMatchObject({ inTheWay: ['n3'] });
    const input = { fileNames: ['base-2.0-1.noarch.rpm'] };
    expect(await h.ask('job.checkAnswer', { jobId: 'j1', stepId: 'select-packages', input })).toMatchObject({
      inTheWay: ['n3'],
    });
    await ignore(h, 'select-packages', ['n3']);
    expect((await h.settle()).screen?.content).not.toHaveProperty('inTheWay');
    await h.ask('job.back', { jobId: 'j1' });
    await h.answer();
    expect((await h.settle()).screen?.content).toHaveProperty('inTheWay');
  });

  it('are those that lack a file system, which is proposed only where it is everywhere and is told of each by name', async () => {
    const h = (harness = new JobHarness({
      factsOf: (nodeId) => ({
        fileSystems: nodeId === 'n3' ? [room('/')] : [room('/'), { ...room('/data'), freeBytes: 5e9 }],
      }),
    }));
    await h.start();
    const { screen } = await h.driveTo('spool-area');
    expect(screen?.content).toMatchObject({
      areas: [
        { path: '/', enough: true },
        { path: '/data', enough: false, absentOn: ['n3'] },
      ],
      proposal: '/var/spool/put',
    });
    await expect(h.answer({ path: '/data/put' })).rejects.toThrow('no file system /data is known of n3');
    await h.dispose();
    // What the half lacks is no file system of this selection.
    const other = (harness = new JobHarness({
      factsOf: (nodeId) => ({ fileSystems: nodeId < 'n3' ? [room('/')] : [room('/'), room('/data')] }),
    }));
    await other.start();
    expect((await other.driveTo('spool-area')).screen?.content).toMatchObject({ areas: [{ path: '/', enough: true }] });
  });

  it('are not named where the half of the nodes or more would have to go, nor where an answer is wrong in itself', async () => {
    const h = (harness = new JobHarness({
      factsOf: (nodeId) => (nodeId < 'n3' ? full : { fileSystems: [{ path: '/', totalBytes: 1e10, freeBytes: 1e9 }] }),
    }));
    await start(h);
    expect((await h.settle()).answers?.stopped).not.toHaveProperty('nodeIds');
    await h.dispose();
    const other = (harness = new JobHarness());
    await start(other, { packages: ['nothing.rpm'] });
    expect((await other.settle()).answers?.stopped).not.toHaveProperty('nodeIds');
  });
});
