import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../build/bundle.ts';
import { openConsolePage, withPutctlConsole } from '../support/consolePage.ts';
import { canShowWindows, launchDesktop } from '../support/desktop.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl, type PutctlRun } from '../support/runPutctl.ts';
import {
  giveAccount,
  jobInWindow,
  signInAsNewSystem,
  startInstall,
  uploadSamplesInWindow,
  walkThroughInputSteps,
} from '../support/windowSteps.ts';

const PUTCTL = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

function putctl({ target, user, password }: PracticeSystem, ...args: string[]): Promise<PutctlRun> {
  const way = ['--host', target.host, '--cc-port', String(target.ccPort), '--fingerprint', target.fingerprint];
  return runPutctl(PUTCTL, [...args, ...way], { PUT_USER: user, PUT_PASSWORD: password });
}

/** Opens the job that waits, as a person does who comes to it. */
async function continueJob(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
  await page
    .getByRole('button', { name: /^Continue/ })
    .first()
    .click();
}

/** Goes on with Next until a step is on screen, and answers the steps that were. */
const walkUntil = (page: Page, title: string): Promise<string[]> =>
  walkThroughInputSteps(page, (shown) => shown === title);

describe.skipIf(!canShowWindows)('one job in four carriers', () => {
  beforeAll(() => bundle());

  it('begins in the desktop, goes on at SSLPORT and by putctl console, and putctl ends it', async () => {
    const system = await PracticeSystem.start({ nodes: 4, speed: 10 });
    const { user, password } = system;
    const client = await system.signIn();
    const fault = { requestId: 'fault', nodeId: 'tpa-002', stepId: 'package-install', kind: 'fail', times: 1 } as const;
    await client.request('practice.setFault', fault);
    await client.close();
    const desktop = await launchDesktop();
    try {
      await signInAsNewSystem(desktop.page, system);
      await desktop.page.getByRole('heading', { name: 'Operations' }).waitFor();
      await uploadSamplesInWindow(desktop.page);
      await startInstall(desktop.page);
      const begun = await walkUntil(desktop.page, 'Group Nodes');
      expect([begun[0], begun.includes('Select Nodes'), begun.at(-1)]).toEqual([
        'Configuration Mode',
        true,
        'Group Nodes',
      ]);
      const jobId = (await jobInWindow(desktop))?.jobId ?? '';

      const web = await openConsolePage(system);
      try {
        await web.signIn(user, password);
        await continueJob(web.page);
        await web.page.getByRole('heading', { name: 'Group Nodes' }).waitFor();
        expect(web.page.url()).toContain(`/job/${jobId}`);
        const seen = await walkUntil(web.page, 'Plan');
        expect([seen[0], seen.includes('Select Packages'), seen.at(-1)]).toEqual(['Group Nodes', true, 'Plan']);
        // What was answered there is on the screen that the desktop has open.
        await desktop.page.getByRole('heading', { name: 'Plan' }).waitFor();
      } finally {
        await web.close();
      }

      await withPutctlConsole(system, async ({ page, faults }) => {
        await page.getByRole('button', { name: /^Sign in to / }).click();
        await giveAccount(page, system);
        await continueJob(page);
        await page.getByRole('heading', { name: 'Plan' }).waitFor();
        expect((await walkThroughInputSteps(page))[0]).toBe('Plan');
        await page.getByRole('region', { name: 'Needs you' }).waitFor({ timeout: 60_000 });
        expect(await putctl(system, 'wait', jobId, '--for', 'attention')).toMatchObject({ code: 2 });
        expect(await putctl(system, 'retry', jobId, '--failed')).toMatchObject({ code: 0 });
        expect(await putctl(system, 'wait', jobId, '--for', 'done')).toMatchObject({ code: 0 });
        for (const window of [page, desktop.page])
          await window.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 30_000 });
        expect(faults).toEqual([]);
      });
      expect(await desktop.faults()).toEqual([]);
    } finally {
      await desktop.close();
      await system.stop();
    }
  });
});
