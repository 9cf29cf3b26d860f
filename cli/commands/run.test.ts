import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutError } from '../../core/protocol/errors.ts';
import type { AnswersView, JobView } from '../../core/model/job.ts';
import { askedIn, givenAnswer, type JobAnswers } from '../../core/steps/givenAnswers.ts';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { asksPerson } from '../../core/model/stepKinds.ts';
import { headOf } from '../../core/testing/splitJob.ts';
import { EXIT } from '../exitCodes.ts';
import { nextCommands } from '../jobText.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';
import { asking, cell, jobView } from '../testing/jobViews.ts';

let host: FakeHost;
let folder: string;

beforeEach(async () => {
  host = new FakeHost();
  folder = await mkdtemp(join(tmpdir(), 'putctl-test-'));
});

afterEach(async () => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  expect(host.master.openWatches, 'watches left open').toBe(0);
  await rm(folder, { recursive: true });
});

const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const codeOf = (document: Record<string, unknown>): unknown =>
  (document['error'] as { code?: unknown } | undefined)?.code;

/** Scripts a master that answers the input steps with the answers of the job, then ends or stops as `atEnd` says. */
function scriptJob(atEnd: JobView): { answers: unknown[] } {
  const { master } = host;
  const answers: unknown[] = [];
  const inputs = stepsOf(INSTALL_UPGRADE_SOFTWARE)
    .filter((step) => asksPerson(step.use) && step.id !== 'switch-versions')
    .map((step) => step.id);
  const show = (view: JobView): void => {
    master.setState(`job:${view.jobId}`, view);
    const { jobId, jobNumber, operationId, title, state, driver, startedBy, startedAtMs, currentStep } = view;
    master.setState('jobs', {
      jobs: {
        [jobId]: { jobId, jobNumber, operationId, title, state, driver, startedBy, startedAtMs, currentStep, nodes: 3 },
      },
    });
  };
  let id = '';
  master.setState('jobs', { jobs: {} });
  master.answers['job.start'] = (request: { jobId: string; answers?: JobAnswers; acceptPlan?: boolean }) => {
    id = request.jobId;
    const given = request.answers ?? {};
    const shown: AnswersView = { by: 'anna', acceptPlan: request.acceptPlan === true, active: true };
    for (const stepId of inputs) {
      const view = asking(stepId, { jobId: id, answers: shown });
      if (stepId === 'plan' && request.acceptPlan !== true) {
        show(view);
        return { jobId: id, jobNumber: 7 };
      }
      try {
        answers.push(givenAnswer(given, askedIn(view)));
      } catch (error) {
        const { code, message } = error as PutError;
        show({ ...view, answers: { ...shown, active: false, stopped: { stepId, cause: { code, message } } } });
        return { jobId: id, jobNumber: 7 };
      }
    }
    show({ ...atEnd, jobId: id });
    return { jobId: id, jobNumber: 7 };
  };
  master.answers['job.answer'] = ({ input }: { input: object }) => {
    answers.push(input);
    queueMicrotask(() => show({ ...atEnd, jobId: id }));
    return {};
  };
  master.answers['job.setAnswers'] = () => {
    queueMicrotask(() => show({ ...atEnd, jobId: id }));
    return {};
  };
  master.answers['job.cancel'] = () => {
    queueMicrotask(() => show(jobView('plan', 'exited', { jobId: id })));
    return {};
  };
  return { answers };
}

describe('run', () => {
  it('answers every step, follows to the end, and tells counts', async () => {
    const { answers } = scriptJob(jobView('finished', 'succeeded'));
    const { code, document } = await host.runJson('run', '--yes');
    expect(code).toBe(EXIT.done);
    expect(answers.map((input) => Object.keys(input as object)[0])).toEqual([
      ...['mode', 'nodeIds', 'types', 'certList', 'fileNames', 'path', 'canary', 'accept'],
    ]);
    expect(document).toMatchObject({ state: 'succeeded', exitCode: 0, next: [] });
  });

  it('gives the job its settings: those of the command line over those of the plan file', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    const plan = await planFile('version: 1\nsettings: { nodesAtOnce: 4, stopAt: 10 % }\n');
    expect((await host.runJson('run', '--plan', plan, '--yes', '--nodes-at-once', '8')).code).toBe(EXIT.done);
    const start = host.master.requests.find((one) => one.method === 'job.start');
    expect(start?.params).toMatchObject({ settings: { nodesAtOnce: '8', stopAt: '10 %' } });
    const wrong = await planFile('version: 1\nsettings: { nodesAtOne: 4 }\n');
    const { document } = await host.runJson('run', '--plan', wrong, '--yes');
    expect(document).toMatchObject({ error: { code: 'plan-invalid' } });
    expect(JSON.stringify(document)).toContain('settings.nodesAtOne: there is no such setting');
  });

  it('tells a step of newer software in words', () => {
    const view = jobView('spool-area', 'input', {
      screen: { stepId: 'spool-area', kind: 'launch-window', content: {} },
    });
    expect(nextCommands(headOf(view))[0]).toContain('this one does not know what is asked');
  });

  it('says in the words of the window why a proposal cannot be taken, and how the answer is given', () => {
    const content = { areas: [{ path: '/var', leastFreeBytes: 1, neededBytes: 9, enough: false }], proposal: '/var' };
    const view = jobView('spool-area', 'input', { screen: { stepId: 'spool-area', kind: 'spool-area', content } });
    expect(nextCommands(headOf(view), view.screen)[0]).toBe(
      'putctl run --continue 7 --plan FILE   with the answer in the file (answers: spool-area: ...); Select Spool Area: no file system has room for the packages on every node (9 bytes needed)',
    );
  });

  it('ends with warnings where the job did', async () => {
    scriptJob(jobView('finished', 'warned'));
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.warnings);
  });

  it('goes on without nodes that stand in the way, at a question and at work, where it was told so', async () => {
    const { master } = host;
    const answers: AnswersView = { by: 'anna', acceptPlan: true, active: false };
    const cause = { code: 'package-wrong-arch', message: 'base is certified for x86_64 only (on tpa-2)' };
    const asked = asking('select-packages', {
      answers: { ...answers, stopped: { stepId: 'select-packages', cause, nodeIds: ['tpa-2'] } },
      eventNumber: 10,
    });
    const lost = { key: 'k', state: 'unreachable' as const, cause: { code: 'node-unreachable', message: 'no answer' } };
    const view = jobView('package-install', 'attention', {
      attention: [{ ...lost, stepId: 'package-install', nodeIds: ['tpa-3'] }],
      eventNumber: 20,
    });
    const cells = { 'tpa-1': cell('ok'), 'tpa-3': cell('unreachable') };
    const step = { ...view.steps['package-install']!, cells };
    const failed = { ...view, steps: { ...view.steps, 'package-install': step } };
    scriptJob(jobView('finished', 'succeeded'));
    const show = (next: JobView): void => master.setState(`job:${next.jobId}`, next);
    let id = '';
    master.answers['job.start'] = (request: { jobId: string }) => {
      id = request.jobId;
      show({ ...asked, jobId: id });
      return { jobId: id, jobNumber: 7 };
    };
    const ignored: string[][] = [];
    master.answers['job.ignore'] = ({ nodeIds }: { nodeIds: string[] }) => {
      ignored.push(nodeIds);
      const next = ignored.length === 1 ? failed : jobView('finished', 'warned', { eventNumber: 30 });
      queueMicrotask(() => show({ ...next, jobId: id }));
      return { ignored: nodeIds.length };
    };
    const { code, document } = await host.runJson('run', '--yes', '--ignore-failed', 'replaced next week');
    expect(document).toMatchObject({ state: 'warned' });
    expect(code).toBe(EXIT.warnings);
    expect(ignored).toEqual([['tpa-2'], ['tpa-3']]);
    // Without being told so it leaves nothing behind, and says how it would go on.
    master.answers['job.cancel'] = () => {
      show({ ...jobView('finished', 'exited'), jobId: id });
      return {};
    };
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.failed);
    expect(host.err).toMatch(/--ignore-failed REASON +goes on without what stands in the way: tpa-2/);
    expect(ignored).toHaveLength(2);
  });

  it('waits for a person where nodes failed, and says which commands come next', async () => {
    const view = jobView('package-install', 'attention', {
      attention: [
        {
          key: 'k',
          stepId: 'package-install',
          state: 'failed',
          cause: { code: 'action-failed', message: 'rpm ended with code 1' },
          nodeIds: ['tpa-2'],
        },
      ],
    });
    const steps = {
      ...view.steps,
      'package-install': { ...view.steps['package-install']!, cells: { 'tpa-1': cell('ok'), 'tpa-2': cell('failed') } },
    };
    scriptJob({ ...view, steps });
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.out).toContain('putctl retry 7');
    expect(host.out).toContain('1 done, 1 failed');
  });

  it('needs a person at the plan without --yes', async () => {
    const { answers } = scriptJob(jobView('finished', 'succeeded'));
    const { code, document } = await host.runJson('run', '--plan', await planFile('version: 1\nmode: custom\n'));
    expect(code).toBe(EXIT.needsPerson);
    expect(host.master.requests[0]?.params).toMatchObject({ answers: { mode: 'custom' }, acceptPlan: false });
    expect(answers[0]).toEqual({ mode: 'custom' });
    expect(answers.at(-1)).toMatchObject({ canary: 1, by: 'all' });
    expect(document['next']).toContain(`putctl run --continue 7 --yes ${LAB.join(' ')}`);
  });

  it('walks to the plan with --until plan and leaves nothing behind', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    const { code, document } = await host.runJson('run', '--yes', '--until', 'plan');
    expect(code).toBe(EXIT.done);
    expect(document).toMatchObject({ kept: false, plan: { spoolArea: '/var' } });
    expect(host.master.requests.at(-1)).toMatchObject({ method: 'job.cancel', params: { choice: 'exit' } });
  });

  it('exits the operation when the plan names what the system does not have', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    host.master.setState('nodes', { nodes: {} });
    const { code, document } = await host.runJson(
      'run',
      '--yes',
      '--plan',
      await planFile('version: 1\npackages: [z.rpm]\n'),
    );
    expect([code, codeOf(document)]).toEqual([EXIT.failed, 'package-unknown']);
    expect(document['commands']).toEqual(['the operation was exited; no node was changed']);
    expect(host.master.requests.at(-1)?.method).toBe('job.cancel');
  });

  it('starts nothing for a plan with an unknown node, and none for a bad plan', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    host.master.setState('nodes', { nodes: {} });
    expect(codeOf((await host.runJson('run', '--plan', await planFile('version: 1\nnodes: [x]'))).document)).toBe(
      'node-unknown',
    );
    expect(codeOf((await host.runJson('run', '--plan', await planFile('version: 1\nnodess: [x]'))).document)).toBe(
      'plan-invalid',
    );
    expect(codeOf((await host.runJson('run', '--plan', join(folder, 'none.yaml'))).document)).toBe('file-unreadable');
    expect(codeOf((await host.runJson('run')).document)).toBe('usage');
    expect(host.master.requests).toEqual([]);
  });

  it('tells that another operation is running', async () => {
    host.master.answers['job.start'] = () => {
      throw new PutError('job-running', 'job 6 is running');
    };
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.heldByOther);
    expect(host.err).toContain('putctl run --continue');
  });

  it('asks a person at a terminal, and tells a master that was faster', async () => {
    const { answers } = scriptJob(jobView('finished', 'succeeded'));
    const answer = host.master.answers['job.answer'] as (params: unknown) => unknown;
    host.master.answers['job.answer'] = (params: never) => {
      answer(params);
      throw new PutError('step-not-current', 'somebody was faster');
    };
    host.canAsk = true;
    host.replies = ['yes'];
    expect(await host.run('run', '--until', 'plan', ...LAB)).toBe(EXIT.done);
    host.canAsk = true;
    expect(await host.run('run', '--plan', await planFile('version: 1\n'), ...LAB)).toBe(EXIT.done);
    expect(answers.at(-1)).toEqual({ accept: true, warnings: [] });
  });

  it('leaves the job where Ctrl-C is pressed at the question, and ends with 130', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    host.canAsk = true;
    host.interrupts = true;
    expect(await host.run('run', '--plan', await planFile('version: 1\n'), ...LAB)).toBe(EXIT.interrupted);
    expect(host.master.requests.map(({ method }) => method)).toEqual(['job.start']);
    expect(host.err).toContain('waits there: putctl run --continue --yes');
  });

  it('ends with 4 for a warning of the plan that nobody accepted by name', async () => {
    const report = {
      ...{ outcome: 'succeeded' as const, nodes: 1, packages: 1, installed: 1, failed: 0, ignored: 0, seconds: 1 },
      lines: [],
    };
    const warning = { name: 'nodes-left-out', message: '4 nodes are left out' };
    scriptJob(jobView('finished', 'succeeded', { report: { ...report, warnings: [warning] } }));
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.warnings);
    const accepted = { ...warning, acceptedBy: 'anna' };
    scriptJob(jobView('finished', 'succeeded', { report: { ...report, warnings: [accepted] } }));
    expect(await host.run('run', '--yes', '--accept-warning', 'nodes-left-out', ...LAB)).toBe(EXIT.done);
    expect(host.master.requests.at(-1)?.params).toMatchObject({ answers: { acceptWarnings: ['nodes-left-out'] } });
    expect(codeOf((await host.runJson('run', '--yes', '--accept-warning', 'typo')).document)).toBe('usage');
  });

  it('refuses a plan file that was changed after it was made, unless --replan says so', async () => {
    scriptJob(jobView('finished', 'succeeded'));
    host.master.setState('nodes', { nodes: {} });
    const text = 'version: 1\nbound: { madeAt: x, system: lab, files: [], nodes: [], digest: "sha256:0" }\n';
    const path = await planFile(text);
    expect(codeOf((await host.runJson('run', '--plan', path, '--yes')).document)).toBe('plan-stale');
    expect(host.master.requests).toEqual([]);
    expect((await host.runJson('run', '--plan', path, '--yes', '--replan')).code).toBe(EXIT.done);
    expect(host.master.requests[0]?.params).toMatchObject({ answers: { replan: true, bound: { system: 'lab' } } });
  });

  it('lets a job go on by its own answers, and leaves one of another driver alone with 3', async () => {
    const waiting = asking('plan', {
      answers: { by: 'anna', acceptPlan: false, active: true },
    });
    host.master.setState('jobs', { jobs: { job7: { ...waiting, nodes: 1 } } });
    host.master.setState('job:job7', waiting);
    host.master.answers['job.setAnswers'] = () => {
      host.master.setState('job:job7', jobView('finished', 'succeeded'));
      return {};
    };
    expect((await host.runJson('run', '--continue', '7', '--yes')).code).toBe(EXIT.done);
    expect(host.master.requests.map(({ params }) => params)).toMatchObject([{ jobId: 'job7', acceptPlan: true }]);
    expect(host.master.requests[0]?.params).not.toHaveProperty('answers');
    host.master.setState('job:job7', { ...waiting, driver: 'ben' });
    const { code, document } = await host.runJson('run', '--continue', '7', '--yes');
    expect([code, codeOf(document)]).toEqual([EXIT.heldByOther, 'baton-needed']);
  });

  it('ends with 2 and says what is down where a job under way waits, since its answer could not be used', async () => {
    const down = { nodeId: 'tpa-1', address: '', type: 'TPA' as const, system: 1, before: [], outcomes: {} };
    const stopped = { stepId: 'switch-versions' as const, cause: { code: 'input-invalid', message: 'a has no 9' } };
    const view = asking('switch-versions', {
      answers: { by: 'anna', acceptPlan: true, active: false, stopped },
      nodes: { 'tpa-1': { ...down, service: { name: 'db', state: 'down' } } },
      plan: { packages: [], nodes: {}, warnings: [] } as unknown as JobView['plan'],
    });
    scriptJob(view);
    expect(await host.run('run', '--yes', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.err).toContain('a has no 9 (input-invalid)');
    expect(host.err).toContain('db is down on 1 node (tpa-1)');
    expect(host.master.requests.map(({ method }) => method)).toEqual(['job.start']);
  });

  it('goes on with --continue where every failure was ignored', async () => {
    const view = jobView('package-install', 'attention');
    host.master.setState('jobs', { jobs: { job7: { ...view, nodes: 1 } } });
    host.master.setState('job:job7', view);
    host.master.answers['job.setAnswers'] = () => ({});
    host.master.answers['job.continue'] = () => {
      host.master.setState('job:job7', jobView('finished', 'warned'));
      return {};
    };
    expect((await host.runJson('run', '--continue')).code).toBe(EXIT.warnings);
    expect(host.master.requests.filter((one) => one.method === 'job.continue')).toHaveLength(1);
  });

  it('waits for a person with --continue at a step that could not begin, and says what helps', async () => {
    const view = jobView('plan', 'attention', { nextOffBecause: 'Plan could not begin: the list is gone.' });
    host.master.setState('jobs', { jobs: { job7: { ...view, nodes: 1 } } });
    host.master.setState('job:job7', view);
    host.master.answers['job.setAnswers'] = () => ({});
    expect(await host.run('run', '--continue', ...LAB)).toBe(EXIT.needsPerson);
    expect(host.master.requests.filter((one) => one.method === 'job.continue')).toEqual([]);
    expect(host.out).toContain('Plan could not begin: the list is gone.');
    expect(host.out).toContain('putctl cancel 7 --restart-step');
    expect(host.out).not.toContain('every failure was ignored');
  });

  async function planFile(text: string): Promise<string> {
    const path = join(folder, 'plan.yaml');
    await writeFile(path, text);
    return path;
  }
});
