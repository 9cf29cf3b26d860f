import { DatabaseSync } from 'node:sqlite';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { seenOf } from '../../core/model/job.ts';
import type { JobHead, NodePart } from '../../core/model/jobParts.ts';
import { readTextParts } from '../../core/model/textParts.ts';
import { encodeBody } from '../../core/protocol/body.ts';
import { LIMITS } from '../../core/protocol/limits.ts';
import { applyPatch, diffTrees } from '../../core/replica/patch.ts';
import type { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { around } from './logRequests.ts';
import { callerNamed } from './testing/askService.ts';
import { JobHarness, faults, type HarnessOptions } from './testing/jobHarness.ts';
import { SampleLibrary, sampleLibrary, samplePackage } from './testing/sampleLibrary.ts';

let harness: JobHarness | undefined;
function make(options: HarnessOptions = {}): JobHarness {
  harness = new JobHarness(options);
  return harness;
}
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

const code = (wanted: keyof typeof ERROR_CATALOGUE): object => expect.objectContaining({ code: wanted }) as object;

describe('packages', () => {
  it('keeps Next off while a mandatory package is missing, and turns it on when it is uploaded', async () => {
    const full = sampleLibrary().view();
    const list = Object.values(full.certLists)[0];
    if (!list) throw new Error('no cert list');
    const others = Object.values(full.packages).filter((one) => one.name !== 'base');
    const library = new SampleLibrary(others, [{ ...list, missing: ['base'] }]);
    const h = make({ library });
    await h.start();
    const source = await h.driveTo('package-source');
    expect(source.screen?.content).toMatchObject({ certLists: [{ release: '2.0', missing: ['base'] }] });
    const view = await h.driveTo('select-packages', { 'package-source': { certList: list.fileName } });
    expect(view.nextOffBecause).toContain('base');
    const fileNames = others.map((one) => one.fileName);
    await expect(h.answer({ fileNames })).rejects.toThrow(/base/);
    const { problems } = await h.ask('job.checkAnswer', {
      ...{ jobId: 'j1', stepId: 'select-packages', input: { fileNames } },
    });
    expect(problems).not.toEqual([]);
    library.change((before) => ({ ...before, packages: full.packages, certLists: full.certLists }));
    await h.clock.advance(1000);
    expect(h.view().nextOffBecause).toBeUndefined();
    await h.answer();
    expect((await h.driveTo('finished')).state).toBe('succeeded');
  });

  it('refuses a selection with an unmet requirement and offers what would mend it', async () => {
    const needs = samplePackage('tools', '2.0', {
      requires: [{ name: 'helper', sense: '>=', version: '1.0', flags: 12 }],
    });
    const helper = samplePackage('helper', '1.5');
    const h = make({ library: new SampleLibrary([needs, helper]) });
    await h.start();
    await h.driveTo('select-packages');
    const { problems } = (await h.ask('job.checkAnswer', {
      ...{ jobId: 'j1', stepId: 'select-packages', input: { fileNames: [needs.fileName] } },
    })) as {
      problems: { code: string; offers: string[] }[];
    };
    expect(problems[0]).toMatchObject({ code: 'package-requires', offers: [helper.fileName] });
    await expect(h.answer({ fileNames: [needs.fileName] })).rejects.toThrow(code('package-requires'));
    await expect(h.answer({ fileNames: ['nothing.rpm'] })).rejects.toThrow(code('package-unknown'));
    await h.answer({ fileNames: [needs.fileName, helper.fileName] });
    expect((await h.driveTo('finished')).state).toBe('succeeded');
    expect(h.driver.versionsOf('n1')).toMatchObject({ tools: '2.0', helper: '1.5' });
  });

  it('refuses an empty library and an unknown cert list', async () => {
    const h = make({ library: new SampleLibrary([]) });
    await h.start();
    const view = await h.driveTo('package-source');
    expect(view.nextOffBecause).toContain('library is empty');
    await expect(h.answer({ certList: undefined })).rejects.toThrow(code('package-unknown'));
    const h2 = new JobHarness();
    try {
      await h2.start();
      await h2.driveTo('package-source');
      await expect(h2.answer({ certList: 'nothing.certlist' })).rejects.toThrow(code('package-unknown'));
    } finally {
      await h2.dispose();
    }
  });

  it('shows when a step cannot begin and begins it anew with Retry', async () => {
    const h = make();
    await h.start();
    await h.driveTo('select-packages');
    const before = h.library.view();
    await h.answer();
    await h.ask('job.back', { jobId: 'j1' });
    h.library.change((view) => ({ ...view, certLists: {} }));
    await h.ask('job.cancel', { jobId: 'j1', choice: 'restart-step' });
    expect(h.view()).toMatchObject({ state: 'attention', currentStep: 'select-packages', canBack: true });
    expect(h.view().nextOffBecause).toContain('not in the package library any more');
    h.library.change(() => before);
    await h.ask('job.retry', { jobId: 'j1', stepId: 'select-packages' });
    expect(h.view()).toMatchObject({ state: 'input', currentStep: 'select-packages' });
  });

  it('proposes /var/opt/teradata and refuses a file system without room', async () => {
    const h = make({ freeBytes: 10 });
    await h.start();
    const view = await h.driveTo('spool-area');
    expect(view.screen?.content).toMatchObject({ areas: [{ enough: false, neededBytes: 3000 }, { enough: false }] });
    expect(view.nextOffBecause).toContain('3000 bytes needed');
    await expect(h.answer({ path: '/var/opt/teradata' })).rejects.toThrow(code('disk-full'));
    await expect(h.answer({ path: '/etc/put' })).rejects.toThrow(code('input-invalid'));
  });
});

describe('people', () => {
  it('lets only the driver decide, until another takes the baton with a reason', async () => {
    const h = make();
    await h.start();
    await expect(h.answer({}, 'j1', 'bob')).rejects.toThrow(code('baton-needed'));
    await expect(h.ask('job.cancel', { jobId: 'j1', choice: 'exit' }, 'bob')).rejects.toThrow(code('baton-needed'));
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'shift change' }, 'bob');
    expect(h.view().driver).toBe('bob');
    await h.answer({}, 'j1', 'bob');
    await expect(h.answer({}, 'j1', 'ada')).rejects.toThrow(code('baton-needed'));
    expect(h.told.find((entry) => entry.text.includes('shift change'))).toMatchObject({ user: 'bob', jobId: 'j1' });
  });

  it('starts nothing twice and one operation at a time', async () => {
    const h = make();
    await h.start();
    await h.start();
    await expect(h.start('j2', 'bob')).rejects.toThrow(code('job-running'));
    await expect(h.ask('job.start', { jobId: 'j3', operationId: 'disk-wipe' })).rejects.toThrow(
      code('operation-unknown'),
    );
    await expect(h.ask('job.back', { jobId: 'j9' })).rejects.toThrow(code('job-unknown'));
    expect(() => h.topic('job:j9')).toThrow(code('job-unknown'));
    expect(h.service.topic('ports', callerNamed('ada'))).toBeUndefined();
  });

  it('refuses an answer to another step or attempt, and input that does not fit', async () => {
    const h = make();
    await h.start();
    const ask = (attempt: number, input: object): Promise<unknown> =>
      h.ask('job.answer', { jobId: 'j1', seen: { ...seenOf(h.view()), attempt }, input });
    await expect(ask(2, { stepId: 'configuration-mode', mode: 'typical' })).rejects.toThrow(code('step-not-current'));
    await expect(ask(1, { stepId: 'plan', accept: true })).rejects.toThrow(code('step-not-current'));
    await expect(ask(1, { stepId: 'configuration-mode', mode: 'fast' })).rejects.toThrow(code('input-invalid'));
    await expect(ask(1, { stepId: 'configuration-mode', mode: 'typical', more: 1 })).rejects.toThrow(
      code('input-invalid'),
    );
    await expect(ask(1, { stepId: 'find-systems' })).rejects.toThrow(code('step-not-current'));
    await h.answer();
    await expect(h.answer({ nodeIds: ['n1', 'zz'] })).rejects.toThrow(code('node-unknown'));
    expect(h.view().eventNumber).toBe(4);
  });

  it('keeps the log of each node and reads it by range', async () => {
    const h = make();
    await h.start();
    await h.driveTo('finished');
    const log = (params: object): Promise<Record<string, unknown>> =>
      h.ask('job.nodeLog', { jobId: 'j1', nodeId: 'n1', from: 0, limit: 100, ...params });
    const all = await log({});
    expect(all['total']).toBe(7);
    expect(await log({ from: 3, limit: 2 })).toMatchObject({
      total: 7,
      lines: [{ stepId: 'shutdown', attempt: 1, text: 'service begins' }, { stepId: 'package-install' }],
    });
    expect(await log({ stepId: 'start' })).toMatchObject({ total: 1 });
    await expect(log({ nodeId: 'zz' })).rejects.toThrow(code('node-unknown'));
  });

  it('finds a text in the logs of all nodes, node by node, and tells where the rest begins', async () => {
    const h = make();
    await h.start();
    await h.driveTo('finished');
    const search = async (params: object): Promise<unknown> =>
      h.ask('job.searchLog', { jobId: 'j1', text: 'SERVICE BEGINS', from: 0, limit: 100, ...params });
    const line = { stepId: 'shutdown', attempt: 1, text: 'service begins' };
    const whole = (await search({ stepId: 'shutdown' })) as { nodes: { nodeId: string }[]; searched: number };
    expect(whole.nodes[0]).toMatchObject({ nodeId: 'n1', matches: 1, lines: [line] });
    expect(whole).not.toHaveProperty('next');
    const part = await search({ stepId: 'shutdown', limit: 1 });
    expect(part).toMatchObject({ nodes: [{ nodeId: 'n1' }], searched: 1, next: 1 });
    expect(await search({ stepId: 'shutdown', from: 1 })).toMatchObject({
      nodes: whole.nodes.slice(1).map(({ nodeId }) => ({ nodeId })),
      searched: whole.searched - 1,
    });
    expect(await search({ text: 'not said' })).toEqual({ nodes: [], searched: whole.searched });
    await expect(search({ jobId: 'zz' })).rejects.toThrow(code('job-unknown'));
    expect(around(`${'a'.repeat(300)}Needle${'b'.repeat(600)}`, 'needle')).toMatch(/^…a{120}Needleb{274}…$/);
  });

  it('gives a large report in parts that one message can carry', async () => {
    const nodes = Array.from({ length: 1500 }, (_, i) => ({ nodeId: `node-${i}-${'x'.repeat(85)}` }));
    const h = make({ nodes, ...faults({}) });
    await h.start();
    // The report of a job that was left has all its nodes, and no work has to be done on them.
    await h.driveTo('group-nodes');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    await h.settle();
    let parts = 0;
    const ask = async (from: number): Promise<{ text: string; next: number | undefined }> => {
      const { html, next } = (await h.ask('job.reportHtml', { jobId: 'j1', from })) as { html: string; next?: number };
      parts++;
      expect(encodeBody({ k: 'r', i: 1, v: { html } }).length).toBeLessThan(LIMITS.messageBodyBytes / 2);
      return { text: html, next };
    };
    const whole = (await readTextParts(ask)) ?? '';
    expect(parts).toBeGreaterThan(1);
    expect(whole).toMatch(/^<!doctype html>[\s\S]*node-1499[\s\S]*<\/html>\n$/);
  }, 30_000);

  it('writes the report as one HTML page with everything escaped', async () => {
    const h = make(faults({ 'spooling n2': 'fail' }));
    await h.start();
    await expect(h.ask('job.reportHtml', { jobId: 'j1' })).rejects.toThrow(code('step-not-current'));
    await h.driveTo('finished');
    const reason = '<script>alert("x")</script> & more';
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n2'], reason });
    await h.ask('job.continue', { jobId: 'j1' });
    await h.settle();
    const { html } = (await h.ask('job.reportHtml', { jobId: 'j1' })) as { html: string };
    expect(html).not.toContain('<script');
    expect(html).toContain('&#60;script&#62;');
    expect(html).not.toMatch(/https?:|src=/);
    expect(html).toContain('2.0-1');
  });
});

describe('topics', () => {
  it('shows progress without the journal, with numbers that only grow, and cheap differences', async () => {
    const h = make(faults({ 'package-install n1': 'hang' }));
    await h.start();
    const topics = ['job:j1', 'job:j1/cells:package-install', 'job:j1/packages'].map((name) => h.topic(name));
    const first = topics.map((topic) => topic.state());
    let known = first;
    let patched = first;
    let number = topics[0]?.number() ?? 0;
    topics[0]?.onChange(() => {
      expect(topics[0]?.number()).toBeGreaterThan(number);
      number = topics[0]?.number() ?? 0;
      const now = topics.map((topic) => topic.state());
      const patches = now.map((state, i) => diffTrees(known[i] as object, state));
      patched = patched.map((state, i) => (patches[i] ? applyPatch(state, patches[i]) : state));
      known = now;
    });
    await h.driveTo('plan');
    await h.answer();
    await h.until(() => h.cells('package-install')['n2'] === 'ok');
    const parts = ['nodes', 'plan', 'cells:spooling', 'step:plan'].map((part) => h.topic(`job:j1/${part}`));
    const before = parts.map((part) => part.state());
    const head = h.topic('job:j1').state() as JobHead;
    await h.clock.advance(100);
    await h.ask('job.takeBaton', { jobId: 'j1', reason: 'x' }, 'bob');
    expect(patched).toEqual(JSON.parse(JSON.stringify(known)));
    expect(parts.map((part, i) => part.state() === before[i])).toEqual(parts.map(() => true));
    expect((h.topic('job:j1').state() as JobHead).steps['spooling']).toBe(head.steps['spooling']);
  });

  it('tells apart what people wait for, a step or the state of the job, from what is only gathered', async () => {
    const h = make(faults({ 'package-install n1': 'hang' }));
    await h.start();
    const head = (): string => {
      const { currentStep, state } = h.topic('job:j1').state() as JobHead;
      return `${currentStep} ${state}`;
    };
    let before = head();
    let [turns, others] = [0, 0];
    h.topic('job:j1').onChange((turned = false) => {
      expect(turned).toBe(head() !== before);
      before = head();
      if (turned) turns += 1;
      else others += 1;
    });
    await h.driveTo('plan');
    await h.answer();
    await h.until(() => h.cells('package-install')['n2'] === 'ok');
    expect(turns).toBeGreaterThan(5);
    expect(others).toBeGreaterThan(0);
  });

  it('has a part for everything that grows, the same object for every watcher, and none of another name', async () => {
    const h = make(faults({ 'package-install n1': 'hang' }));
    await h.startAccepted();
    await h.until(() => h.cells('package-install')['n2'] === 'ok');
    const head = h.topic('job:j1').state() as JobHead;
    expect(head).toMatchObject({ nodes: 4, packages: 3, planned: true, answered: { 'select-nodes': { nodeIds: 4 } } });
    expect(head.steps['package-install']).toMatchObject({ counts: { running: 1 } });
    expect(JSON.stringify(head)).not.toContain('n2');
    const names = [
      'nodes',
      'plan',
      'packages',
      'failed',
      'services',
      'report',
      'cells:spooling',
      'package:base',
      'node:n2',
    ];
    for (const name of [...names, 'step:select-nodes'])
      expect(h.topic(`job:j1/${name}`).state()).toBe(h.topic(`job:j1/${name}`).state());
    const node = h.topic('job:j1/node:n2').state() as NodePart;
    expect(node).toMatchObject({ node: { nodeId: 'n2' }, cells: { 'package-install': { state: 'ok', attempt: 1 } } });
    expect(node.changes?.length).toBeGreaterThan(0);
    for (const name of ['', 'cells', 'cells:', 'nobody', 'node', '__proto__'])
      expect(h.service.topic(`job:j1/${name}`, callerNamed('ada'))).toBeUndefined();
    expect(h.topic('job:j1/cells:__proto__').state()).toEqual({ shards: {} });
    expect(h.topic('job:j1/node:__proto__').state()).toEqual({ cells: {} });
  });

  it('keeps the parts that watchers share over a report of many nodes', async () => {
    const h = make({ nodes: Array.from({ length: 250 }, (_, i) => ({ nodeId: `n${i}` })) });
    await h.start();
    await h.driveTo('group-nodes');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    await h.until(() => h.head().report !== undefined);
    const before = h.topic('job:j1/nodes').state();
    await h.ask('job.reportHtml', { jobId: 'j1' });
    expect(h.topic('job:j1/nodes').state()).toBe(before);
  });

  it('lists jobs, with a number that survives a restart', async () => {
    const h = make();
    await h.start();
    await h.driveTo('group-nodes');
    const before = h.topic('jobs').number();
    const view = h.topic('job:j1').number();
    await h.service.close();
    h.open();
    expect(h.topic('jobs').number()).toBeGreaterThanOrEqual(before);
    expect(h.topic('job:j1').number()).toBeGreaterThan(view);
    expect(h.topic('jobs').state()).toMatchObject({
      jobs: { j1: { state: 'input', currentStep: 'group-nodes', nodes: 4 } },
    });
    const over = await h.driveTo('finished');
    expect(over.state).toBe('succeeded');
    await h.service.close();
    h.open();
    expect(h.view()).toEqual(over);
    expect(await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software' })).toEqual({
      jobId: 'j1',
      jobNumber: 1,
    });
  });

  it('shows nodes and reads them anew', async () => {
    const h = make();
    const topic = h.topic('nodes');
    const number = topic.number();
    expect(Object.keys((topic.state() as { nodes: object }).nodes)).toEqual(['n1', 'n2', 'n3', 'n4']);
    expect(topic.state()).toBe(topic.state());
    await h.ask('nodes.refresh', {});
    expect(h.topic('nodes').number()).toBe(number + 1);
  });
});

describe('practice', () => {
  it('sets faults on practice nodes only and names what is wrong', async () => {
    const h = make();
    const fault = { nodeId: 'n1', stepId: 'package-install', kind: 'fail', times: 1 };
    await h.ask('practice.setFault', fault);
    expect(h.driver.starts).toEqual(['fault fail package-install n1']);
    await h.ask('practice.setFault', { ...fault, times: 0 });
    expect(h.told.map((entry) => entry.text).slice(-2)).toEqual([
      'set the practice fault fail on n1 at Package Install, once',
      'took the practice fault fail on n1 at Package Install back',
    ]);
    await expect(h.ask('practice.setFault', { ...fault, nodeId: 'zz' })).rejects.toThrow(code('node-unknown'));
    await expect(h.ask('practice.setFault', { ...fault, stepId: 'lunch' })).rejects.toThrow(code('input-invalid'));
    await expect(h.ask('practice.setFault', { ...fault, stepId: 'plan' })).rejects.toThrow(/no work on nodes/);
    await h.ask('practice.reset', {});
    await h.start();
    await expect(h.ask('practice.reset', {})).rejects.toThrow(code('job-running'));
    await h.service.close();
    Object.defineProperty(h.driver, 'practice', { value: undefined });
    h.open();
    await expect(h.ask('practice.setFault', fault)).rejects.toThrow(code('not-practice'));
  });
});

describe('the journal', () => {
  it('refuses a state folder of a newer version, a foreign file, and one in use', async () => {
    const h = make();
    expect(() => h.open()).toThrow(code('state-locked'));
    await h.service.close();
    const database = new DatabaseSync(h.journalPath);
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => h.open()).toThrow(code('state-newer'));
    writeFileSync(h.journalPath, 'this is no journal, '.repeat(500));
    expect(() => h.open()).toThrow(code('state-damaged'));
  });

  it('lists a job that cannot be read with the event, and starts another one', async () => {
    const h = make();
    await h.start();
    await h.service.close();
    const database = new DatabaseSync(h.journalPath);
    database.exec("UPDATE events SET body = '{' WHERE number = 2");
    database.close();
    h.open();
    const jobs = h.service.topic('jobs', callerNamed('ada'));
    if (jobs?.kind !== 'state') throw new Error('no topic jobs');
    expect(jobs.state()).toMatchObject({
      jobs: { j1: { jobNumber: 1, problem: expect.stringContaining('event 2 of job j1') as string } },
    });
    // The others work.
    await h.start('j2');
    expect(jobs.state()).toMatchObject({ jobs: { j2: { state: 'input' } } });
  });
});
