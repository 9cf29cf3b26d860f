import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contextFor, SimTestSystem, type WorkedNodes } from '../nodes/sim/simTestKit.ts';
import type { TestWork } from './rpmTest.ts';

const NODE = 'tpa-001';

describe('rpm-test on practice nodes', () => {
  let system: SimTestSystem;
  let nodes: WorkedNodes;
  let attempt = 0;
  beforeEach(async () => {
    system = await SimTestSystem.make();
    nodes = await system.open();
  });
  afterEach(async () => {
    await nodes.close();
    await system.end();
  });

  async function test(names: readonly string[], more: Partial<TestWork> = {}): ReturnType<WorkedNodes['run']> {
    const packages = system.planned(names);
    await nodes.run(NODE, system.spool(packages), contextFor('spooling'));
    const { work } = system.install(packages);
    const tested = { ...(work as TestWork), signatures: 'digests-only', ...more };
    return nodes.run(NODE, { use: 'rpm-test', work: tested }, contextFor('test', ++attempt));
  }

  it('changes nothing where rpm has nothing against it', async () => {
    const before = nodes.rows()[NODE]?.packages;
    expect(await test(['ptbase', 'ptools'])).toEqual({ state: 'ok' });
    expect(nodes.rows()[NODE]?.packages).toEqual(before);
  });

  it('names a requirement that would be lost, and a package without a signature where one is required', async () => {
    expect(await test(['ptbase', 'ppde'])).toMatchObject({ state: 'failed', cause: { code: 'dependency-failed' } });
    const required = await test(['ptools', 'ptbase'], { signatures: 'required' });
    expect(required).toMatchObject({ state: 'failed', cause: { code: 'signature-missing', packageName: 'ptools' } });
  });

  it('tells drift with what it was and what it is', async () => {
    const older = { name: 'ptools', epoch: 0, version: '17.00.01.01', release: '1', arch: 'noarch' };
    const drifted = await test(['ptools'], { seen: [older] });
    expect(drifted).toMatchObject({ state: 'failed', cause: { code: 'node-drifted', packageName: 'ptools' } });
    expect(drifted.cause?.message).toContain('was 17.00.01.01-1 when it was planned, and is 17.10');
    expect(drifted.found?.some(({ name }) => name === 'ptools')).toBe(true);
  });
});
