import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JobPlan } from '../../core/model/job.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { proposedInput } from '../jobs/testing/jobHarness.ts';
import { PracticeJobs } from '../jobs/testing/PracticeJobs.ts';

const NODE = 'tpa-001';
const NOBODY = { jobId: 'before', stepId: 'spooling', attempt: 1, mode: 'run' } as const;
let practice: PracticeJobs;
beforeEach(async () => {
  practice = await PracticeJobs.make();
  await practice.open({ nodes: 2 });
});
afterEach(() => practice.end());

it.each([
  ['keep', undefined],
  ['keep', 'keep'],
  ['remove', 'remove'],
])('packages of operations before are by %s', { timeout: 60_000 }, async (policy, oldFiles) => {
  await practice.ask('job.start', {
    ...{ operationId: 'install-upgrade-software', settings: oldFiles === undefined ? {} : { oldFiles } },
  });
  let view = await practice.settled();
  for (; view.currentStep !== 'plan'; view = await practice.settled()) {
    await practice.ask('job.answer', { input: proposedInput(view) });
  }
  const { plan } = view.screen?.content as { plan: JobPlan };
  const { signal } = new AbortController();
  const node = practice.driver.node(NODE, NOBODY);
  // A package that no node of this plan gets; what the way back needs stays.
  const files = practice.system.planned(['pconsole', 'ptbase'], '17.10.04.02').map(({ fileName: name, ...of }) => {
    return { ...{ name, path: name, sizeBytes: of.fileBytes }, sha256: of.sha256 };
  });
  const [other, former] = files.map(({ name }) => name);
  expect((await node.put(files, plan.spoolArea, { signal, onProgress: () => undefined })).ok).toBe(true);
  expect(['succeeded', 'warned']).toContain((await practice.untilTrouble()).state);
  const brought = (plan.nodes[NODE] ?? []).flatMap(({ fileName }) => fileName ?? []);
  const there = await node.digests(plan.spoolArea, [other ?? '', former ?? '', ...brought], signal);
  expect(brought.length).toBeGreaterThan(0);
  expect(there.ok && Object.keys(there.value)).toEqual([...(policy === 'keep' ? [other] : []), former, ...brought]);
});

it('a node that cannot take the packages says why in its log', { timeout: 60_000 }, async () => {
  const lines = async (): Promise<unknown> => {
    const asked = { nodeId: NODE, stepId: 'spooling', from: 0, limit: 10 };
    return ((await practice.ask('job.nodeLog', asked)) as MethodResult<'job.nodeLog'>).lines.map(({ text }) => text);
  };
  await practice.driver.practice.setFault(NODE, 'spooling', 'disk-full', 1);
  await practice.ask('job.start', { operationId: 'install-upgrade-software', settings: { oldFiles: 'remove' } });
  const { attention, plan } = await practice.untilTrouble();
  expect(attention[0]?.cause.code).toBe('disk-full');
  const why = `error: ${attention[0]?.cause.message ?? ''}`;
  expect(await lines()).toEqual([why]);
  // Also where it had something else to say.
  const [old] = practice.system.planned(['pconsole'], '17.10.04.02');
  const { fileName: name = '', fileBytes: sizeBytes = 0, sha256 = '' } = old ?? {};
  const folder = plan?.spoolArea ?? '';
  const io = { signal: new AbortController().signal, onProgress: () => undefined };
  await practice.driver.node(NODE, NOBODY).put([{ name, path: name, sizeBytes, sha256 }], folder, io);
  await practice.driver.practice.setFault(NODE, 'spooling', 'disk-full', 1);
  await practice.ask('job.retry', { stepId: 'spooling' });
  await practice.untilTrouble();
  expect(await lines()).toEqual([why, `${folder}/${name}: removed, this operation does not need it`, why]);
});
