import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InstalledPackage } from '../../../core/model/node.ts';
import type { WorkOfNode } from '../../steps/openStep.ts';
import { practiceFiles } from './PracticeNodeStore.ts';
import type { SimNodePortOptions } from './SimNodePort.ts';
import { contextFor, factsWork, serviceWork, SimTestSystem, type WorkedNodes } from './simTestKit.ts';

let system: SimTestSystem;
let folderNumber = 0;
const drivers: WorkedNodes[] = [];

beforeAll(async () => {
  system = await SimTestSystem.make();
});
afterAll(() => system.end());
afterEach(async () => {
  await Promise.all(drivers.splice(0).map((driver) => driver.close()));
});

const freshFolder = (): string => join(system.folder, `nodes-${++folderNumber}`);

async function open(options: Partial<SimNodePortOptions> = {}): Promise<WorkedNodes> {
  const driver = await system.open({ folder: freshFolder(), ...options });
  drivers.push(driver);
  return driver;
}

const versionOf = (packages: readonly InstalledPackage[] | undefined, name: string): string[] =>
  (packages ?? []).filter((one) => one.name === name).map((one) => one.version);

const packagesOf = (driver: WorkedNodes, nodeId: string): readonly InstalledPackage[] =>
  driver.rows()[nodeId]?.packages ?? [];

const TPA_SET = ['ptbase', 'ptools', 'pagent', 'ppde', 'ptdbms', 'pgateway'];

async function spooled(driver: WorkedNodes, nodeId: string, names: readonly string[]): Promise<WorkOfNode> {
  const packages = system.planned(names);
  expect((await driver.run(nodeId, system.spool(packages), contextFor('spooling'))).state).toBe('ok');
  return system.install(packages, packagesOf(driver, nodeId));
}

describe('a practice system', () => {
  it('goes through every action and ends at the new versions', async () => {
    const driver = await open();
    const facts = await driver.run('tpa-001', factsWork, contextFor('find-systems'));
    expect(facts.facts).toMatchObject({
      os: 'SLES 15 SP4',
      arch: 'x86_64',
      service: { name: 'practice-db', state: 'up' },
    });
    const install = await spooled(driver, 'tpa-001', TPA_SET);
    await driver.run('tpa-001', serviceWork('stop'), contextFor('shutdown'));
    expect(driver.rows()['tpa-001']?.service?.state).toBe('down');
    const context = contextFor('package-install');
    const outcome = await driver.run('tpa-001', install, context);
    expect(outcome.state).toBe('ok');
    expect(context.outcomes).toEqual(Object.fromEntries(TPA_SET.map((name) => [name, 'successful'])));
    expect(context.percents.at(-1)).toBe(100);
    expect(context.percents).toEqual([...context.percents].sort((a, b) => a - b));
    expect(versionOf(outcome.found, 'ppde')).toEqual(['17.20.03.01']);
    expect(versionOf(outcome.found, 'pmonitor')).toEqual([]);
    await driver.run(
      'tpa-001',
      { use: 'switch-versions', work: { ppde: '17.20.03.01-1' } },
      contextFor('switch-versions'),
    );
    await driver.run('tpa-001', serviceWork('start'), contextFor('start'));
    const validate: WorkOfNode = { use: 'validate', work: { expected: system.planned(TPA_SET), ignoredItems: [] } };
    expect((await driver.run('tpa-001', validate, contextFor('validation'))).state).toBe('ok');
  });

  it('keeps what the nodes are like over a restart, and only writes nodes that changed', async () => {
    const folder = freshFolder();
    const driver = await open({ folder });
    await driver.run('sws-001', serviceWork('stop'), contextFor('shutdown'));
    await driver.close();
    expect((await readdir(folder)).sort()).toEqual(['sws-001.journal.jsonl', 'sws-001.node.json']);
    const again = await open({ folder });
    expect(again.rows()['sws-001']?.service?.state).toBe('down');
    expect(again.rows()['tpa-001']?.service?.state).toBe('up');
  });

  it('keeps reset nodes fresh and their journals whole', async () => {
    const driver = await open();
    await driver.run('aws-001', serviceWork('stop'), contextFor('shutdown'));
    await driver.practice.setFault('aws-001', 'start', 'fail', 3);
    await driver.practice.reset();
    expect(driver.rows()['aws-001']).toMatchObject({ service: { state: 'up' } });
    expect(driver.rows()['aws-001']?.faults).toBeUndefined();
    expect((await system.journal(driver, 'aws-001')).map((line) => line['event'])).toEqual([
      'started',
      'ended',
      'reset',
    ]);
  });

  it('tells listeners once for many changes and shares unchanged rows', async () => {
    const driver = await open();
    const before = driver.rows();
    let calls = 0;
    const told = new Promise<void>((resolve) => driver.onRowsChange(() => (calls++, resolve())));
    await driver.practice.setFault('tpa-001', 'start', 'fail', 1);
    await driver.practice.setFault('tpa-001', 'start', 'slow', 1);
    await told;
    const after = driver.rows();
    expect(calls).toBeLessThanOrEqual(2);
    expect(after['tpa-002']).toBe(before['tpa-002']);
    expect(after['tpa-001']?.faults).toHaveLength(2);
  });
});

describe('packages that fail', () => {
  it('refuses the whole transaction for one package of another architecture: nothing is changed', async () => {
    const driver = await open();
    const install = await spooled(driver, 'tpa-002', ['paccel', 'ptbase']);
    const context = contextFor('package-install');
    const outcome = await driver.run('tpa-002', install, context);
    expect(outcome).toMatchObject({ state: 'failed', cause: { code: 'package-wrong-arch', packageName: 'paccel' } });
    expect(context.outcomes).toEqual({ paccel: 'fail' });
    expect(versionOf(outcome.found, 'ptbase')).toEqual(['17.10.04.02']);
  });

  it('upgrades packages that require the exact version of each other together, and refuses one of them alone', async () => {
    const driver = await open();
    const alone = await driver.run(
      'tpa-002',
      await spooled(driver, 'tpa-002', ['ptbase', 'ppde']),
      contextFor('package-install'),
    );
    expect(alone).toMatchObject({ state: 'failed', cause: { code: 'dependency-failed', packageName: 'ppde' } });
    expect(alone.cause?.message).toContain('is needed by (installed) ptdbms');
    const both = await spooled(driver, 'tpa-002', ['ptbase', 'ppde', 'ptdbms']);
    expect((await driver.run('tpa-002', both, contextFor('package-install', 2))).state).toBe('ok');
  });

  it('leaves the old version when %pre fails, warns when %post fails', async () => {
    const driver = await open();
    const install = await spooled(driver, 'tpa-002', ['pdiskcheck', 'plicense', 'ptbase']);
    const context = contextFor('package-install');
    const outcome = await driver.run('tpa-002', install, context);
    expect(outcome.state).toBe('failed');
    expect(context.outcomes).toEqual({
      pdiskcheck: 'fail',
      plicense: 'successful',
      ptbase: 'successful',
    });
    expect(context.causes['pdiskcheck']?.code).toBe('script-pre-failed');
    expect(context.causes['plicense']?.code).toBe('script-post-failed');
    expect(versionOf(outcome.found, 'pdiskcheck')).toEqual([]);
    expect(versionOf(outcome.found, 'plicense')).toEqual(['17.20.03.01']);
  });

  it('only warns when nothing but a %post failed', async () => {
    const driver = await open();
    const outcome = await driver.run(
      'tpa-002',
      await spooled(driver, 'tpa-002', ['plicense']),
      contextFor('package-install'),
    );
    expect(outcome).toMatchObject({ state: 'warned', cause: { code: 'script-post-failed', packageName: 'plicense' } });
  });

  it('installs what requires a package whose %pre failed all the same, as rpm does', async () => {
    const driver = await open();
    await driver.practice.setFault('nontpa-001', 'package-install', 'pre-script', 1);
    const context = contextFor('package-install');
    await driver.run('nontpa-001', await spooled(driver, 'nontpa-001', ['ppde', 'ptdbms', 'ptbase']), context);
    expect(context.outcomes).toEqual({ ppde: 'fail', ptdbms: 'successful', ptbase: 'successful' });
    expect(context.causes['ppde']?.code).toBe('script-pre-failed');
  });

  it('fails when the package is not in the spool area of the node', async () => {
    const driver = await open();
    const outcome = await driver.run(
      'tpa-001',
      system.install(system.planned(['ptbase'])),
      contextFor('package-install'),
    );
    expect(outcome).toMatchObject({ state: 'failed', cause: { code: 'action-failed', packageName: 'ptbase' } });
  });

  it('refuses a package that changed in the library since the plan', async () => {
    const driver = await open();
    const [wanted] = system.planned(['ptbase']);
    const spool = system.spool([{ ...wanted!, sha256: '0'.repeat(64) }]);
    expect(await driver.run('tpa-001', spool, contextFor('spooling'))).toMatchObject({
      state: 'failed',
      cause: { code: 'file-digest-mismatch' },
    });
  });

  it('finds a version that is not as planned at Validation, unless it was ignored', async () => {
    const driver = await open();
    const expected = system.planned(['ptbase', 'ptools']);
    const validate = (ignoredItems: string[]): WorkOfNode => ({ use: 'validate', work: { expected, ignoredItems } });
    expect(await driver.run('tpa-001', validate(['ptools']), contextFor('validation'))).toMatchObject({
      state: 'failed',
      cause: { code: 'validation-failed', packageName: 'ptbase' },
    });
    expect((await driver.run('tpa-001', validate(['ptbase', 'ptools']), contextFor('validation'))).state).toBe('ok');
  });
});

describe('ordered faults', () => {
  const steps: readonly [string, string, WorkOfNode][] = [
    ['find-systems', 'action-failed', factsWork],
    ['shutdown', 'service-failed', serviceWork('stop')],
    ['start', 'service-failed', serviceWork('start')],
    ['switch-versions', 'action-failed', { use: 'switch-versions', work: {} }],
    ['validation', 'action-failed', { use: 'validate', work: { expected: [], ignoredItems: [] } }],
  ];
  it.each(steps)('fail at %s as %s, as often as told and not on other nodes', async (stepId, code, action) => {
    const driver = await open();
    await driver.practice.setFault('tpa-001', stepId, 'fail', 2);
    expect((await driver.run('tpa-002', action, contextFor(stepId))).state).toBe('ok');
    for (const attempt of [1, 2]) {
      expect(await driver.run('tpa-001', action, contextFor(stepId, attempt))).toMatchObject({
        state: 'failed',
        cause: { code },
      });
    }
    expect((await driver.run('tpa-001', action, contextFor(stepId, 3))).state).toBe('ok');
  });

  it('disk-full stops spooling; the probe says what is there and the next run copies the rest', async () => {
    const driver = await open();
    await driver.practice.setFault('tpa-001', 'spooling', 'disk-full', 1);
    const spool = system.spool(system.planned(TPA_SET));
    expect(await driver.run('tpa-001', spool, contextFor('spooling'))).toMatchObject({
      state: 'failed',
      cause: { code: 'disk-full' },
    });
    expect((await driver.probe('tpa-001', spool, contextFor('spooling', 2))).done).toBe('no');
    const context = contextFor('spooling', 2);
    expect((await driver.run('tpa-001', spool, context)).state).toBe('ok');
    expect(context.lines.filter((line) => line.includes('digest right'))).toHaveLength(TPA_SET.length);
    expect((await driver.probe('tpa-001', spool, contextFor('spooling', 3))).done).toBe('yes');
  });

  it('unreachable: nothing is done, and the row says so', async () => {
    const driver = await open();
    await driver.practice.setFault('tpa-001', 'shutdown', 'unreachable', 1);
    expect(await driver.run('tpa-001', serviceWork('stop'), contextFor('shutdown'))).toMatchObject({
      state: 'unreachable',
      cause: { code: 'node-unreachable' },
      notBegun: true,
    });
    expect(driver.rows()['tpa-001']?.reachable).toBe('no');
    expect((await driver.probe('tpa-001', serviceWork('stop'), contextFor('shutdown', 2))).done).toBe('no');
    expect(driver.rows()['tpa-001']?.reachable).toBe('yes');
  });

  it('hang: goes on for ever, and is stopped by a cancel', async () => {
    const driver = await open();
    await driver.practice.setFault('tpa-002', 'shutdown', 'hang', 1);
    const context = contextFor('shutdown');
    const running = driver.run('tpa-002', serviceWork('stop'), {
      ...context,
      onLog: (line) => void (line === 'no further answer' && context.abort.abort()),
    });
    expect(await running).toMatchObject({ state: 'unknown', cause: { code: 'cancelled' } });
    expect((await driver.probe('tpa-002', serviceWork('stop'), contextFor('shutdown'))).done).toBe('no');
  });

  it('stuck: hears no stop and keeps its node until it ends by itself, or putservices does', async () => {
    const driver = await open({ durationFactor: 0.00002 });
    await driver.practice.setFault('tpa-001', 'shutdown', 'stuck', 1);
    const context = contextFor('shutdown');
    const lines: string[] = [];
    const onLog = (line: string): void => {
      lines.push(line);
      if (line.includes('no stop is heard')) context.abort.abort();
    };
    const outcome = await driver.run('tpa-001', serviceWork('stop'), { ...context, onLog });
    // It was told to stop, did not, and came to its end: a probe finds out which.
    expect(outcome).toMatchObject({ state: 'unknown', cause: { code: 'cancelled' } });
    expect((await driver.probe('tpa-001', serviceWork('stop'), contextFor('shutdown'))).done).toBe('yes');
    expect(lines.at(-1)).toContain('no stop is heard');
  });

  it('power-loss: both versions stay, the node is away as often as told, and a run repairs it', async () => {
    const driver = await open();
    const install = await spooled(driver, 'tpa-001', ['ptbase', 'ptools', 'pagent']);
    await driver.practice.setFault('tpa-001', 'package-install', 'power-loss', 2);
    expect(await driver.run('tpa-001', install, contextFor('package-install'))).toMatchObject({
      state: 'unreachable',
      cause: { code: 'node-power-lost' },
    });
    // Nobody sees what is on it while it is away.
    expect(versionOf(packagesOf(driver, 'tpa-001'), 'ptools')).toEqual(['17.10.04.02']);
    await driver.refresh();
    expect(driver.rows()['tpa-001']?.reachable).toBe('no');
    expect((await driver.probe('tpa-001', install, contextFor('package-install', 2))).done).toBe('unreachable');
    expect(await driver.probe('tpa-001', install, contextFor('package-install', 3))).toMatchObject({
      done: 'partly',
      items: {},
    });
    expect(versionOf(packagesOf(driver, 'tpa-001'), 'ptools')).toEqual(['17.10.04.02', '17.20.03.01']);
    const context = contextFor('package-install', 3);
    const outcome = await driver.run('tpa-001', install, context);
    expect(outcome).toMatchObject({ state: 'ok' });
    expect(versionOf(outcome.found, 'ptools')).toEqual(['17.20.03.01']);
    const begun = (await system.journal(driver, 'tpa-001')).filter((line) => line['event'] === 'package-begun');
    expect(begun.map((line) => [line['package'], line['repairs']])).toEqual([
      ['ptbase-17.20.03.01-1.noarch', false],
      ['ptools-17.20.03.01-1.noarch', false],
      ['ptbase-17.20.03.01-1.noarch', true],
      ['ptools-17.20.03.01-1.noarch', true],
      ['pagent-17.20.03.01-1.noarch', false],
    ]);
  });

  it('refuses unknown nodes at once and survives a restart', async () => {
    const folder = freshFolder();
    const driver = await open({ folder });
    expect(() => driver.practice.setFault('tpa-999', 'start', 'fail', 1)).toThrow(
      expect.objectContaining({ code: 'node-unknown' }),
    );
    await driver.practice.setFault('tpa-001', 'start', 'fail', 1);
    const again = await open({ folder });
    expect((await again.run('tpa-001', serviceWork('start'), contextFor('start'))).state).toBe('failed');
  });
});

describe('a kill in the middle', () => {
  it('at any write leaves a state from which probe and run come to the right end', async () => {
    const names = ['ptbase', 'pagent', 'ptools'];
    const planned = system.planned(names);
    let killedAtLeast = 0;
    for (let allowed = 0; ; allowed++) {
      const folder = freshFolder();
      const real = practiceFiles(false);
      let left = allowed;
      const guard = <T>(work: () => Promise<T>): Promise<T> =>
        left-- > 0 ? work() : Promise.reject(new Error('killed'));
      const dying = await open({
        folder,
        files: {
          ...real,
          replace: (path, text) => guard(() => real.replace(path, text)),
          append: (path, text) => guard(() => real.append(path, text)),
        },
      });
      const spool = await dying.run('tpa-001', system.spool(planned), contextFor('spooling'));
      const died = await dying.run('tpa-001', system.install(planned), contextFor('package-install'));
      if (spool.state === 'ok' && died.state === 'ok') break;
      killedAtLeast++;
      const reborn = await open({ folder });
      const first = await reborn.probe('tpa-001', system.spool(planned), contextFor('spooling', 2));
      expect(['yes', 'no', 'partly']).toContain(first.done);
      if (first.done !== 'yes')
        expect((await reborn.run('tpa-001', system.spool(planned), contextFor('spooling', 2))).state).toBe('ok');
      const install = system.install(planned);
      const second = await reborn.probe('tpa-001', install, contextFor('package-install'));
      if (second.done !== 'yes') {
        // What goes on by itself is followed.
        const attempt = second.done === 'running' ? 1 : 2;
        const outcome = await reborn.run('tpa-001', install, contextFor('package-install', attempt));
        expect(outcome).toMatchObject({ state: 'ok' });
      }
      const after = packagesOf(reborn, 'tpa-001');
      for (const name of names) expect(versionOf(after, name)).toEqual(['17.20.03.01']);
      const ended = (await system.journal(reborn, 'tpa-001')).filter((line) => line['event'] === 'package-ended');
      for (const name of names)
        expect(ended.filter((line) => String(line['package']).startsWith(`${name}-`)).length).toBeLessThanOrEqual(1);
    }
    expect(killedAtLeast).toBeGreaterThan(8);
  });

  it('a cancelled install ends as unknown and leaves the package half-done', async () => {
    const driver = await open({ durationFactor: 0.01 });
    const install = await spooled(driver, 'tpa-001', ['ptbase']);
    const context = contextFor('package-install');
    const abortAtTransaction = { ...context, onProgress: (percent: number) => percent > 84 && context.abort.abort() };
    expect(await driver.run('tpa-001', install, abortAtTransaction)).toMatchObject({ state: 'unknown' });
    expect(versionOf(packagesOf(driver, 'tpa-001'), 'ptbase')).toEqual(['17.10.04.02', '17.20.03.01']);
    expect((await driver.probe('tpa-001', install, contextFor('package-install', 2))).done).toBe('partly');
  });
});

describe('work that goes on without putservices', () => {
  it('is found again at the next start, followed to its end, and begun no second time', async () => {
    const folder = freshFolder();
    const driver = await open({ folder, durationFactor: 0.05 });
    const install = await spooled(driver, 'tpa-001', ['ptbase', 'ptools', 'pagent']);
    const stopping = new AbortController();
    const context = { ...contextFor('package-install'), signal: stopping.signal };
    const onItem = (): void => stopping.abort({ code: 'server-stopping', message: 'putservices is being stopped' });
    expect(await driver.run('tpa-001', install, { ...context, onItem })).toMatchObject({
      state: 'unknown',
      mayGoOn: true,
    });
    await driver.close();
    const again = await open({ folder, durationFactor: 0.05 });
    expect(await again.probe('tpa-001', install, contextFor('package-install'))).toEqual({ done: 'running' });
    const followed = contextFor('package-install');
    expect(await again.run('tpa-001', install, followed)).toMatchObject({ state: 'ok' });
    expect(followed.outcomes).toEqual({ ptbase: 'successful', ptools: 'successful', pagent: 'successful' });
    const events = (await system.journal(again, 'tpa-001')).map((line) => line['event']);
    expect(events.filter((event) => event === 'started')).toHaveLength(1);
    expect(events.filter((event) => event === 'package-ended')).toHaveLength(3);
  });

  it('has done by the next start what its time was enough for', async () => {
    const folder = freshFolder();
    let nowMs = 1_000_000;
    const driver = await open({ folder, durationFactor: 1, now: () => nowMs });
    const node = driver.node('tpa-001', { jobId: 'job-1', stepId: 'shutdown', attempt: 1, mode: 'run' });
    const key = { jobId: 'job-1', stepId: 'shutdown', attempt: 1 };
    const { signal } = new AbortController();
    expect(await node.start(key, { argv: ['systemctl', 'stop', 'practice-db'] }, signal)).toMatchObject({ ok: true });
    await driver.close();
    nowMs += 3_600_000;
    const again = await open({ folder, durationFactor: 1, now: () => nowMs });
    const outcome = await again.run('tpa-001', serviceWork('stop'), contextFor('shutdown'));
    expect(outcome).toMatchObject({ state: 'ok', service: 'down' });
  });

  it('never runs beside other work on its node', async () => {
    const driver = await open({ durationFactor: 0.01 });
    const [stop, start] = await Promise.all([
      driver.run('tpa-001', serviceWork('stop'), contextFor('shutdown')),
      driver.run('tpa-001', serviceWork('start'), contextFor('start')),
    ]);
    expect([stop, start].map((one) => one.cause?.code).sort()).toEqual(['node-busy', undefined]);
  });
});

describe('luck from the seed', () => {
  it('is the same for the same seed and another for another', async () => {
    const outcomes = async (seed: number): Promise<string> => {
      const driver = await open({ seed, faultRate: 0.5 });
      const ids = driver.entries().map((entry) => entry.nodeId);
      const signal = AbortSignal.timeout(1_000);
      const all = await Promise.all(
        ids.map((id) => driver.run(id, factsWork, { ...contextFor('find-systems'), signal })),
      );
      return all.map((one) => `${one.state} ${one.cause?.code ?? ''}`).join('|');
    };
    const [a, b, c] = await Promise.all([outcomes(1), outcomes(1), outcomes(2)]);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    expect(a).toMatch(/failed|unknown|unreachable/);
  });
});
