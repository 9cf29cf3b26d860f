import { afterEach, describe, expect, it } from 'vitest';
import type { ERROR_CATALOGUE } from '../../core/protocol/errorCatalogue.ts';
import { bindPlan, type PlanBinding } from '../../core/model/planBinding.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import { operationSpecSchema } from '../../core/model/operationSpec.ts';
import type { JobPlan } from '../../core/model/job.ts';
import { faults, JobHarness, type HarnessOptions } from './testing/jobHarness.ts';
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
const start = (h: JobHarness, answers: JobAnswers, acceptPlan = true): Promise<unknown> =>
  h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', answers, acceptPlan });
const restart = async (h: JobHarness): Promise<void> => {
  h.driver.crash();
  await h.service.close();
  h.open();
};
const wordsOf = (h: JobHarness): string[] => h.told.map((entry) => entry.text);
const planOf = (h: JobHarness): JobPlan => {
  const plan = h.view().plan ?? (h.view().screen?.content as { plan?: JobPlan } | undefined)?.plan;
  if (!plan) throw new Error('no plan yet');
  return plan;
};
const boundTo = (plan: JobPlan): PlanBinding => ({
  ...bindPlan(plan, { at: '2026-11-26T03:00:00Z', system: 'lab' }),
  digest: 'sha256:test',
});

describe('answers that were given at the start', () => {
  it('carry the operation to its end without a person, whoever dies on the way', async () => {
    const h = make();
    await start(h, { mode: 'custom', nodes: ['n1', 'n2'], spoolArea: '/srv/put' });
    await h.until(() => h.view().currentStep === 'spooling');
    await restart(h);
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'succeeded', plan: { mode: 'custom', spoolArea: '/srv/put' } });
    expect(Object.keys(view.nodes)).toEqual(['n1', 'n2']);
    expect(view.steps['switch-versions']?.state).toBe('ok');
    expect(view.answers).toMatchObject({ by: 'ada', active: true, acceptPlan: true });
    expect(wordsOf(h)).toContain('answered Select Nodes, as given at the start or since');
  });

  it('belong to the job: after a failure the next command goes on by them, not by proposals', async () => {
    const old = samplePackage('tools', '1.5');
    const h = make({ ...faults({ 'spooling n1 1': 'fail' }), library: new SampleLibrary([old, ...packagesOf()]) });
    await start(h, { mode: 'custom', packages: [old.fileName], spoolArea: '/srv/put', versions: { tools: '1.5-1' } });
    expect(await h.settle()).toMatchObject({ state: 'attention', currentStep: 'spooling' });
    await restart(h);
    await h.ask('job.setAnswers', { jobId: 'j1', acceptPlan: true });
    await h.ask('job.retry', { jobId: 'j1', stepId: 'spooling' });
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'succeeded', plan: { spoolArea: '/srv/put' } });
    expect(h.driver.versionsOf('n1')).toMatchObject({ tools: '1.5', base: '1.0' });
    expect(view.inputs['switch-versions']).toMatchObject({ versions: { tools: '1.5-1' } });
  });

  it('wait at the plan until it is accepted, and go on after it', async () => {
    const h = make();
    await start(h, { mode: 'custom' }, false);
    expect(await h.settle()).toMatchObject({ state: 'input', currentStep: 'plan' });
    await restart(h);
    expect(h.view()).toMatchObject({ state: 'input', currentStep: 'plan' });
    await h.answer();
    expect(await h.settle()).toMatchObject({ state: 'succeeded', planAcceptedBy: 'ada' });
  });

  it('stop where one cannot be used, say so, and go on by another one; a decision in the timeline', async () => {
    const h = make();
    await start(h, { packages: ['nothing.rpm'] });
    const view = await h.settle();
    expect(view).toMatchObject({
      state: 'input',
      currentStep: 'select-packages',
      answers: { active: false, stopped: { stepId: 'select-packages', cause: { code: 'package-unknown' } } },
    });
    await expect(h.ask('job.setAnswers', { jobId: 'j1', answers: { nodes: ['n1'] } })).rejects.toThrow(
      /nodes: Select Nodes was answered already; go back to it first/,
    );
    await expect(h.ask('job.setAnswers', { jobId: 'j1', answers: { mode: 'fast' } })).rejects.toThrow(
      code('input-invalid'),
    );
    await expect(h.ask('job.setAnswers', { jobId: 'j1' }, 'bob')).rejects.toThrow(code('baton-needed'));
    await h.ask('job.setAnswers', {
      jobId: 'j1',
      answers: { packages: ['base-2.0-1.noarch.rpm'], spoolArea: '/srv/put' },
    });
    expect(await h.settle()).toMatchObject({ state: 'succeeded', plan: { spoolArea: '/srv/put' } });
    expect(wordsOf(h)).toContain('changed the answers of the operation (packages, spoolArea), the plan accepted');
  });

  it('stop once where neither they nor the answer of the wave before can be used in a wave', async () => {
    const h = make({
      ...faults({ 'package-install n2 1': 'fail-package' }),
      nodes: [{ nodeId: 'n1' }, { nodeId: 'n2' }],
    });
    const answers = { mode: 'custom' as const, versions: { base: '2.0-1', gateway: '2.0-1', tools: '2.0-1' } };
    const params = { jobId: 'j1', operationId: 'install-upgrade-software', answers, acceptPlan: true };
    await h.ask('job.start', { ...params, settings: { waves: { by: 1 } } });
    const failed = await h.settle();
    expect(failed).toMatchObject({ state: 'attention', currentStep: 'package-install' });
    const packageName = failed.attention[0]?.cause.packageName ?? '';
    const place = { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'], packageName };
    await h.ask('job.ignore', { ...place, reason: 'not in use here' });
    const view = await h.settle();
    expect(view).toMatchObject({
      ...{ state: 'input', currentStep: 'switch-versions' },
      answers: { active: false, stopped: { stepId: 'switch-versions', cause: { code: 'input-invalid' } } },
    });
    await h.answer();
    expect(await h.settle()).toMatchObject({ state: 'warned' });
  });

  it('are not what a wave goes by where a person answered the wave before, and the timeline says so', async () => {
    const h = make();
    const settings = { waves: { canary: 1, by: 'all', stopBefore: [] } };
    await h.ask('job.start', { jobId: 'j1', operationId: 'install-upgrade-software', settings });
    await h.driveTo('finished', { 'configuration-mode': { mode: 'custom' } });
    const said = wordsOf(h).filter((text) => text.startsWith('answered Switch Versions'));
    expect(said).toEqual(['answered Switch Versions', 'answered Switch Versions, as in the wave before']);
  });

  it('leave the job to the person who goes back', async () => {
    const h = make();
    await start(h, {}, false);
    await h.settle();
    await h.ask('job.back', { jobId: 'j1' });
    expect(h.view()).toMatchObject({ state: 'input', currentStep: 'spool-area', answers: { active: false } });
    await h.ask('job.setAnswers', { jobId: 'j1', answers: { spoolArea: '/srv/put' }, acceptPlan: true });
    expect(await h.settle()).toMatchObject({ state: 'succeeded', plan: { spoolArea: '/srv/put' } });
  });

  it('are checked before the plan where that is possible', async () => {
    const h = make();
    await start(h, { mode: 'custom', versions: { tools: '9.9-1' } });
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'input', currentStep: 'plan', answers: { active: false } });
    expect(view.answers?.stopped?.cause.message).toContain('tools has no 9.9-1; there is 2.0-1');
    expect(h.driver.starts.filter((line) => /spool|stop/.test(line))).toEqual([]);
  });

  it('are refused with the start where they are none', async () => {
    const h = make();
    await expect(start(h, { mode: 'fast' } as never)).rejects.toThrow(code('input-invalid'));
    await expect(start(h, { nodes: ['n1'], nodeTypes: ['TPA'] })).rejects.toThrow(code('input-invalid'));
    expect(Object.keys((h.topic('jobs').state() as { jobs: object }).jobs)).toEqual([]);
  });
});

const packagesOf = (): ReturnType<typeof samplePackage>[] => Object.values(sampleLibrary().view().packages);

describe('a plan that was agreed on', () => {
  async function agreed(): Promise<{ answers: JobAnswers }> {
    const h = make();
    await start(h, {}, false);
    await h.settle();
    const plan = planOf(h);
    await h.dispose();
    const certList = Object.keys(sampleLibrary().view().certLists)[0];
    const packages = plan.packages.map(({ fileName }) => fileName);
    return { answers: { certList, packages, nodes: Object.keys(plan.nodes), bound: boundTo(plan) } };
  }

  it('is what is done, whatever came into the library since', async () => {
    const { answers } = await agreed();
    const newer = samplePackage('tools', '99.0');
    const h = make({
      library: new SampleLibrary([...packagesOf(), newer], Object.values(sampleLibrary().view().certLists)),
    });
    await start(h, answers);
    expect(await h.settle()).toMatchObject({ state: 'succeeded', plan: { warnings: [{ name: 'no-way-back' }] } });
    expect(h.driver.versionsOf('n1')).toEqual({ base: '2.0', gateway: '2.0', tools: '2.0' });
  });

  it.each<[string, HarnessOptions, RegExp]>([
    [
      'another file under a name',
      {
        library: new SampleLibrary(
          packagesOf().map((one) => (one.name === 'tools' ? { ...one, sha256: 'b'.repeat(64) } : one)),
          Object.values(sampleLibrary().view().certLists),
        ),
      },
      /tools-2.0-1.noarch.rpm: another file, SHA-256 \S+ -> bbbbbbbbbbbb/,
    ],
    [
      'other versions on the nodes',
      { installed: { base: '1.0', gateway: '1.0', tools: '1.1' } },
      /n1, n2, n3, n4: tools: 1.0-1 to 2.0-1 -> 1.1-1 to 2.0-1/,
    ],
  ])('stops for %s, and goes on where that is accepted', async (_what, options, words) => {
    const { answers } = await agreed();
    const h = make(options);
    await start(h, answers);
    const view = await h.settle();
    expect(view).toMatchObject({ state: 'input', currentStep: 'plan' });
    expect(view.answers?.stopped?.cause).toMatchObject({ code: 'plan-stale' });
    expect(view.answers?.stopped?.cause.message).toMatch(words);
    expect(h.driver.transactions.size).toBe(0);
    await h.ask('job.setAnswers', { jobId: 'j1', answers: { replan: true }, acceptPlan: true });
    const done = await h.settle();
    expect(done.state).toBe('succeeded');
    expect(done.report?.warnings?.find(({ name }) => name === 'differs-from-plan-file')).toMatchObject({
      acceptedBy: 'ada',
    });
  });
});

describe('warnings of the plan', () => {
  it('name the nodes whose clock is off, and the report does; without a plan the report alone', async () => {
    const h = make({ clockOffsetMs: (nodeId) => ({ n2: -86_400_000, n3: -86_399_000, n4: 59_000 })[nodeId] ?? 0 });
    await start(h, {});
    const words = /The clock is about 1 day behind the master's on 2 nodes \(n2, n3\)\. Set it there/;
    const view = await h.settle();
    expect(view.plan?.warnings.find(({ name }) => name === 'clock-off')?.message).toMatch(words);
    expect(view.report).toMatchObject({ outcome: 'succeeded' });
    expect(view.report?.lines.join('\n')).toMatch(
      new RegExp(`Warning of the plan \\(clock-off\\), accepted by nobody: ${words.source}`),
    );
    await h.ask('job.start', { jobId: 'j2', operationId: 'view-versions', answers: {} });
    await expect.poll(() => h.view('j2').report !== undefined || h.clock.advance(1000)).toBe(true);
    expect(h.view('j2').report?.lines.join('\n')).toMatch(new RegExp(`^Attention: ${words.source}`, 'm'));
  });

  it('name a machine that takes part by several names, after it was found, in the plan and in the report', async () => {
    // The first one of them to be read did not know of the other yet.
    const h = make({ alsoNamed: (nodeId) => ({ n4: ['n2'], n3: ['not-selected'] })[nodeId] });
    await start(h, {});
    const words = /^n2, n4: one machine by several names\. .* choose one name of it in Select Nodes/;
    const view = await h.settle();
    expect(view.plan?.warnings.find(({ name }) => name === 'same-machine')?.message).toMatch(words);
    expect(view.report?.warnings?.map(({ name }) => name)).toContain('same-machine');
    await h.ask('job.start', { jobId: 'j2', operationId: 'view-versions', answers: {} });
    await expect.poll(() => h.view('j2').report !== undefined || h.clock.advance(1000)).toBe(true);
    expect(h.view('j2').report?.lines.join('\n')).toMatch(/^Attention: n2, n4: one machine/m);
    const asked = make({ alsoNamed: (nodeId) => (nodeId === 'n1' ? ['n3', 'n4'] : ['n1']) });
    await asked.start();
    const { screen } = await asked.driveTo('group-nodes');
    expect(screen?.content).toMatchObject({ warnings: [expect.stringMatching(/^n1, n2, n3, n4: one machine/)] });
  });

  it('stand in the report with who accepted each by name', async () => {
    const h = make();
    await start(h, { nodes: ['n1', 'n2'], acceptWarnings: ['nodes-left-out'] });
    const view = await h.settle();
    expect(view.report?.warnings).toMatchObject([
      { name: 'no-way-back' },
      { name: 'nodes-left-out', acceptedBy: 'ada' },
    ]);
    expect(view.report?.warnings?.[0]).not.toHaveProperty('acceptedBy');
    expect(view.report?.lines.join('\n')).toMatch(
      /\(nodes-left-out\), accepted by ada: 2 TPA or hot standby nodes are left out/,
    );
  });
});

describe('answers by step id', () => {
  /** Twice the same kind, under ids that are no kinds. */
  const SPEC = operationSpecSchema.parse({
    ...{ id: 'look-twice', version: 1, title: 'Look Twice', purpose: 'Looks at some nodes, then at others.' },
    phases: [
      {
        ...{ id: 'all', title: 'All' },
        steps: [
          { id: 'those', title: 'Those', help: 'Which.', use: 'select-nodes' },
          { id: 'how', title: 'How', help: 'How.', use: 'configuration-mode' },
          { id: 'look', title: 'Look', help: 'Looks.', use: 'facts', policy: { readOnly: true } },
          { id: 'others', title: 'Others', help: 'Which.', use: 'select-nodes', when: 'answers.how == custom' },
          { id: 'end', title: 'End', help: 'Ends.', use: 'report' },
        ],
      },
    ],
  });
  const options = { service: { operationOf: () => SPEC } };

  it('answer each of two steps of one kind; a short name answers what they leave out', async () => {
    const h = make(options);
    await start(h, { mode: 'custom', nodes: ['n1'], answers: { others: { nodeIds: ['n2', 'n3'] } } });
    const view = await h.settle();
    expect(view.state).toBe('succeeded');
    expect(view.inputs).toEqual({
      those: { nodeIds: ['n1'] },
      how: { mode: 'custom' },
      others: { nodeIds: ['n2', 'n3'] },
    });
    expect(view.steps['others']).toMatchObject({ kind: 'select-nodes', state: 'ok' });
  });

  it('are asked for one by one where nothing was given, each screen under its step and kind', async () => {
    const h = make(options);
    await h.start();
    await h.answer({ nodeIds: ['n1'] });
    await h.answer({ mode: 'custom' });
    const view = await h.settle();
    expect(view.screen).toMatchObject({ stepId: 'others', kind: 'select-nodes' });
    await h.ask('job.setAnswers', { jobId: 'j1', answers: { answers: { others: { nodeIds: ['n4'] } } } });
    expect((await h.settle()).inputs['others']).toEqual({ nodeIds: ['n4'] });
  });

  it.each<[JobAnswers, string]>([
    [
      { answers: { 'select-nodes': { nodeIds: ['n1'] } } },
      'Look Twice has no step select-nodes that asks; there are those',
    ],
    [{ answers: { look: {} } }, 'no step look that asks'],
    [{ answers: { how: { mode: 'fast' } } }, 'answers.how.mode: '],
    [{ answers: { how: { mode: 'custom', speed: 9 } } }, 'answers.how.speed: is not known here; there are mode'],
    [{ answers: { others: { nodeIds: [7] } } }, 'answers.others.nodeIds[0]: '],
  ])('are refused before anything is started: %j', async (answers, words) => {
    const h = make(options);
    const refused = expect.objectContaining({
      code: 'input-invalid',
      message: expect.stringContaining(words) as string,
    });
    await expect(start(h, answers)).rejects.toThrow(refused as never);
    expect(Object.keys((h.topic('jobs').state() as { jobs: object }).jobs)).toEqual([]);
  });

  it('stop the job at their step where the system does not have what they name, by the reason that a window gives', async () => {
    const h = make(options);
    await start(h, { answers: { those: { nodeIds: ['n9'] } } });
    const view = await h.settle();
    expect(view.answers?.stopped).toMatchObject({ stepId: 'those', cause: { code: 'node-unknown' } });
    await h.ask('job.setAnswers', { jobId: 'j1', answers: { answers: { those: null } } });
    expect(await h.settle()).toMatchObject({ state: 'succeeded' });
  });
});
