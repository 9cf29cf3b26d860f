import { afterEach, describe, expect, it } from 'vitest';
import { contentOf } from '../../core/steps/knownScreen.ts';
import { faults, JobHarness, type HarnessOptions } from './testing/jobHarness.ts';

let open: JobHarness[] = [];
function make(options: HarnessOptions = {}): JobHarness {
  const harness = new JobHarness(options);
  open.push(harness);
  return harness;
}

afterEach(async () => {
  for (const harness of open) await harness.dispose();
  open = [];
});

/** Runs a job until its packages are installed on every node, with all services down, and exits it there. */
async function exitWithEverythingInstalled(h: JobHarness, more: object = {}): Promise<void> {
  await h.start();
  await h.driveTo('switch-versions', { 'configuration-mode': { mode: 'custom' } });
  expect(h.view()).toMatchObject({ currentStep: 'switch-versions', state: 'input' });
  await h.ask('job.cancel', { jobId: 'j1', choice: 'exit', ...more });
  await h.settle();
  expect(h.view().state).toBe('exited');
}

const serviceStates = (h: JobHarness): boolean[] => [...h.driver.nodes.values()].map((node) => node.serviceUp);

describe('a second run after services were left down', () => {
  it('warns of them in the plan, starts them although no package changes, and validates what is so', async () => {
    const h = make();
    await exitWithEverythingInstalled(h);
    expect(serviceStates(h)).toEqual([false, false, false, false]);
    await h.start('j2');
    await h.driveTo('plan', {}, 'j2');
    const { screen } = h.view('j2');
    const warnings = contentOf(screen, 'plan')
      ?.plan.warnings.map(({ message }) => message)
      .join('\n');
    expect(warnings).toContain('practice is down on 4 nodes (n1, n2, n3, n4)');
    await h.answer({}, 'j2');
    await h.settle();
    expect(h.view('j2').state).toBe('succeeded');
    expect(h.cells('shutdown', 'j2')).toEqual({ n1: 'skipped', n2: 'skipped', n3: 'skipped', n4: 'skipped' });
    expect(h.cells('start', 'j2')).toEqual({ n1: 'ok', n2: 'ok', n3: 'ok', n4: 'ok' });
    expect(h.cells('validation', 'j2')).toEqual({ n1: 'ok', n2: 'ok', n3: 'ok', n4: 'ok' });
    expect(serviceStates(h)).toEqual([true, true, true, true]);
  });

  it('never ends succeeded with a service down: Validation says so on a node without changes', async () => {
    const h = make({ faultOf: (nodeId, stepId) => (stepId === 'start' && nodeId === 'n2' ? 'fail' : undefined) });
    await exitWithEverythingInstalled(h);
    await h.start('j2');
    await h.driveTo('start', {}, 'j2');
    expect(h.view('j2').state).toBe('attention');
    await h.ask('job.ignore', { jobId: 'j2', stepId: 'start', nodeIds: ['n2'], reason: 'later' });
    await h.ask('job.continue', { jobId: 'j2' });
    await h.settle();
    const { state, report } = h.view('j2');
    expect(state).toBe('warned');
    expect(report?.lines[0]).toContain('practice is down on 1 node (n2)');
    expect(report?.lines[0]).toContain('putctl nodes start-services');
  });

  it('Validation reads packages that are kept as well', async () => {
    const h = make();
    await exitWithEverythingInstalled(h);
    await h.start('j2');
    await h.driveTo('plan', {}, 'j2');
    const node = h.driver.nodes.get('n3');
    if (node) node.packages = node.packages.filter((one) => one.name !== 'gateway');
    await h.answer({}, 'j2');
    await h.settle();
    expect(h.cells('validation', 'j2')).toMatchObject({ n2: 'ok', n3: 'failed' });
  });

  it('Switch Versions asks and switches what is there, although nothing was installed by this run', async () => {
    const h = make();
    await exitWithEverythingInstalled(h);
    await h.start('j2');
    await h.driveTo('switch-versions', { 'configuration-mode': { mode: 'custom' } }, 'j2');
    const { screen, state } = h.view('j2');
    expect(state).toBe('input');
    expect(screen?.content).toMatchObject({
      components: [
        { name: 'base', versions: ['2.0-1'] },
        { name: 'gateway', versions: ['2.0-1'] },
        { name: 'tools', versions: ['2.0-1'] },
      ],
    });
    await h.answer({}, 'j2');
    await h.settle();
    expect(h.view('j2').state).toBe('succeeded');
    expect(h.driver.nodes.get('n1')?.switched).toEqual({ base: '2.0-1', gateway: '2.0-1', tools: '2.0-1' });
  });
});

describe('Exit', () => {
  it('leads its report with the services that stay down', async () => {
    const h = make();
    await exitWithEverythingInstalled(h);
    expect(h.view().report?.lines[0]).toContain('practice is down on 4 nodes (n1, n2, n3, n4)');
  });

  it('says nothing of services before Shutdown', async () => {
    const h = make();
    await h.start();
    await h.driveTo('plan');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    expect((await h.settle()).report?.lines.join('\n')).not.toContain('practice');
  });

  it('starts the services first where that is asked for', async () => {
    const h = make();
    await exitWithEverythingInstalled(h, { startServices: true });
    expect(serviceStates(h)).toEqual([true, true, true, true]);
    const { report, currentStep } = h.view();
    expect(currentStep).toBe('start');
    expect(report?.lines.join('\n')).not.toContain('is down');
    expect(report?.lines.join('\n')).toContain('Exited by ada at Switch Versions');
    expect(report?.lines.join('\n')).toContain('Start: 4 done');
  });

  it('starts only what is not known to be up', async () => {
    const h = make(faults({ 'shutdown n2 1': 'fail', 'shutdown n3 1': 'hang' }));
    await h.startAccepted();
    await h.until(() => h.cells('shutdown')['n1'] === 'ok' && h.cells('shutdown')['n2'] === 'failed');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit', startServices: true });
    await h.settle();
    expect(h.driver.starts.filter((start) => start.startsWith('run start'))).toEqual([
      'run start n1',
      'run start n3',
      'run start n4',
    ]);
    expect(h.view().report?.outcome).toBe('exited');
  });

  it('goes on after a restart of putservices in the middle of starting them', async () => {
    const h = make();
    await h.start();
    await h.driveTo('switch-versions', { 'configuration-mode': { mode: 'custom' } });
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit', startServices: true });
    await h.clock.advance(20);
    h.driver.crash();
    await h.service.close();
    h.open();
    await h.settle();
    expect(h.view().state).toBe('exited');
    expect(serviceStates(h)).toEqual([true, true, true, true]);
    expect(h.driver.violations).toEqual([]);
  });

  it('ends with the truth when a service does not start', async () => {
    const h = make({
      faultOf: (nodeId, stepId) => (stepId === 'start' && nodeId === 'n4' ? 'fail' : undefined),
    });
    await exitWithEverythingInstalled(h, { startServices: true });
    expect(h.view().report?.lines[0]).toContain('practice is down on 1 node (n4)');
  });

  it('a second Exit gives up a start that hangs', async () => {
    const h = make({
      faultOf: (nodeId, stepId) => (stepId === 'start' && nodeId === 'n4' ? 'hang' : undefined),
    });
    await h.start();
    await h.driveTo('switch-versions', { 'configuration-mode': { mode: 'custom' } });
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit', startServices: true });
    await h.until(() => h.cells('start')['n1'] === 'ok');
    await h.ask('job.cancel', { jobId: 'j1', choice: 'exit' });
    await h.settle();
    expect(h.view().state).toBe('exited');
    expect(h.view().report?.lines[0]).toContain('it is not known whether practice is up on 1 node (n4)');
  });
});
