import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { craftInstallable } from '../../core/model/testing/craftInstallable.ts';
import { PackageLibrary } from '../files/PackageLibrary.ts';
import { proposedInput } from '../jobs/testing/jobHarness.ts';
import { PracticeJobs } from '../jobs/testing/PracticeJobs.ts';
import { samplePackage } from '../jobs/testing/sampleLibrary.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import { librarySource } from '../nodes/sim/librarySource.ts';
import { PRACTICE_KERNEL } from '../nodes/sim/practiceInventory.ts';
import { contextFor, quietLog, SimTestSystem, type WorkedNodes } from '../nodes/sim/simTestKit.ts';
import type { WorkOfNode } from './openStep.ts';
import { reboot } from './reboot.ts';

const KERNEL = '5.14.21-150400.24.111-default';
const NODE = 'tpa-001';
const never = new AbortController().signal;

const ports: WorkedNodes[] = [];
let system: SimTestSystem;

async function open(options: Parameters<SimTestSystem['open']>[0] = {}): Promise<WorkedNodes> {
  const port = await system.open({ nodes: 4, ...options });
  ports.push(port);
  return port;
}

const rebootFor = (work: object = {}): WorkOfNode => ({
  use: 'reboot',
  work: { builds: ['a-1-1.x86_64'], service: 'up', ...work },
});

async function bootOf(port: WorkedNodes, nodeId = NODE): Promise<string | undefined> {
  const node = port.node(nodeId, { jobId: 'look', stepId: 'look', attempt: 1, mode: 'probe' });
  const facts = await node.facts(['boot'], never);
  return facts.ok ? facts.value.boot?.id : undefined;
}

describe('a reboot of a node', () => {
  beforeEach(async () => {
    system = await SimTestSystem.make();
  });
  afterEach(async () => {
    await Promise.all(ports.splice(0).map((port) => port.close()));
    await system.end();
  });

  it('is done once for a step, whatever attempt asks for it, and is found after putservices was killed in the middle', async () => {
    const port = await open();
    const before = await bootOf(port);
    expect((await port.probe(NODE, rebootFor(), contextFor('reboot'))).done).toBe('no');
    expect(await bootOf(port)).toBe(before);
    // Killed as soon as the node went down: nothing of what came after it is known.
    const real = port.node(NODE, { jobId: 'job-1', stepId: 'reboot', attempt: 1, mode: 'run' });
    const killed = { kind: 'unreachable', cause: { code: 'server-stopping', message: 'killed' } } as const;
    const dying = new Proxy(real, {
      get: (of: NodeHandle, name: keyof NodeHandle) => {
        if (name === 'nodeId') return of.nodeId;
        if (name !== 'reboot') return (...given: never[]) => (of[name] as (...all: never[]) => unknown)(...given);
        return async (...given: Parameters<NodeHandle['reboot']>) => {
          await of.reboot(...given);
          return { ok: false, trouble: killed };
        };
      },
    });
    expect(await reboot.run(dying, rebootFor().work, contextFor('reboot'))).toMatchObject({ state: 'unreachable' });
    await ports.pop()?.close();
    const again = await open();
    const after = await bootOf(again);
    expect(after).not.toBe(before);
    expect((await again.probe(NODE, rebootFor(), contextFor('reboot'))).done).toBe('yes');
    const second = contextFor('reboot', 2);
    expect(await again.run(NODE, rebootFor(), second)).toMatchObject({ state: 'ok', service: 'up' });
    expect(second.lines.join()).toMatch(/not rebooted once more/);
    expect(await bootOf(again)).toBe(after);
  });

  it('fails where the old kernel runs afterwards, or the service has to be up and is not', async () => {
    const port = await open();
    const kernel = rebootFor({ kernel: KERNEL });
    expect(await port.run(NODE, kernel, contextFor('reboot'))).toMatchObject({
      state: 'failed',
      cause: {
        code: 'reboot-failed',
        message: `${NODE} was rebooted and runs kernel ${PRACTICE_KERNEL}, not ${KERNEL}`,
      },
    });
    expect((await port.probe(NODE, kernel, contextFor('reboot', 2))).done).toBe('partly');
    await port.run('tpa-002', { use: 'service', work: { action: 'stop', name: 'practice-db' } }, contextFor('down'));
    expect(await port.run('tpa-002', rebootFor(), contextFor('reboot'))).toMatchObject({
      ...{ state: 'failed', cause: { code: 'service-failed' }, service: 'down' },
    });
  });

  it('is not done on the way back where the node was never booted with what is gone', async () => {
    const port = await open();
    const before = await bootOf(port);
    expect(await port.run(NODE, rebootFor({ unlessBoot: before }), contextFor('reboot-again'))).toMatchObject({
      state: 'ok',
    });
    expect(await bootOf(port)).toBe(before);
  });
});

describe('Install/Upgrade Software with a kernel', { timeout: 60_000 }, () => {
  let practice: PracticeJobs;
  beforeEach(async () => {
    practice = await PracticeJobs.make();
  });
  afterEach(() => practice.end());
  const kernelFile = samplePackage('kernel-default', '5.14.21', {
    ...{ release: '150400.24.111.1', arch: 'x86_64' },
    provides: [
      { name: 'kernel-uname-r', sense: '=', version: KERNEL, flags: 8 },
      { name: 'kernel-default', sense: '=', version: '5.14.21-150400.24.111.1', flags: 8 },
    ],
  });

  it('says in its plan which nodes are rebooted, reboots them once, and again on the way back', async () => {
    const folder = join(practice.system.folder, 'library');
    await writeFile(join(folder, 'kernel-default-5.14.21-150400.24.111.1.x86_64.rpm'), craftInstallable(kernelFile));
    const library = await PackageLibrary.open({ folder, log: quietLog });
    await practice.open({ nodes: 4, packages: librarySource(library) }, { library });
    const { driver } = practice;
    const boots = (): Promise<(string | undefined)[]> =>
      Promise.all(Object.keys(driver.rows()).map((nodeId) => bootOf(driver, nodeId)));
    const before = await boots();
    await driver.practice.setFault(NODE, 'start', 'fail', 1);
    await practice.ask('job.start', { operationId: 'install-upgrade-software', settings: {} });
    let view = await practice.settled();
    while (view.state === 'input') {
      const input = proposedInput(view) as { fileNames?: readonly string[]; certList?: unknown };
      const kernel = Object.keys(library.view().packages).filter((name) => name.startsWith('kernel-default'));
      await practice.ask('job.answer', {
        input: input.fileNames ? { ...input, fileNames: [...new Set([...input.fileNames, ...kernel])] } : input,
      });
      view = await practice.settled();
    }
    expect(view.plan?.warnings).toContainEqual({
      name: 'reboots',
      message: '4 nodes are rebooted, for kernel-default: hsn-001 nontpa-001 tpa-[001-002].',
    });
    expect(view).toMatchObject({ state: 'attention', currentStep: 'start' });
    expect(view.steps['reboot']).toMatchObject({ state: 'ok' });
    const rebooted = await boots();
    for (const [at, boot] of rebooted.entries()) expect(boot).not.toBe(before[at]);
    await practice.ask('job.rollback', { nodeIds: [NODE], reason: 'the kernel does not fit' });
    view = await practice.settled();
    expect(view.steps['reboot-again']?.cells?.[NODE]?.state).toBe('ok');
    const facts = await driver
      .node(NODE, { jobId: 'look', stepId: 'look', attempt: 1, mode: 'probe' })
      .facts(['os', 'packages'], never);
    expect(facts).toMatchObject({ ok: true, value: { kernel: PRACTICE_KERNEL } });
    const after = await boots();
    expect(after.filter((boot, at) => boot !== rebooted[at])).toHaveLength(1);
  });
});
