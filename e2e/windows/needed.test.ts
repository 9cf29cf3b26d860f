import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenOf } from '../../core/model/job.ts';
import { canShowWindows, hasStandIn, launchDesktop, until, type Desktop } from '../support/desktop.ts';
import { processesBelow } from '../support/processes.ts';

/** The least window, 200 % of 1280 x 800, and the usual ones. */
const SIZES = [
  [640, 400],
  [900, 600],
  [1024, 700],
  [1280, 800],
  [1920, 1080],
] as const;

describe.skipIf(!canShowWindows)('the desktop with its own practice system', () => {
  let desktop: Desktop;
  let systemId = '';
  beforeAll(async () => {
    desktop = await launchDesktop({ args: ['--practice'] });
    await until('the practice system is up', async () => (await desktop.state()).practice.state === 'up', 60_000);
    systemId = (await desktop.state()).practice.systemId ?? '';
  });
  afterAll(async () => {
    await desktop.close().catch(() => undefined);
    await rm(desktop.dataFolder, { recursive: true, force: true });
  });

  it('signs in to it at the start', async () => {
    expect((await desktop.state()).systems[systemId]?.session.kind).toBe('online');
  });

  it.runIf(hasStandIn)(
    'calls the person who does not look at the window when a step waits, and comes to the front on a click',
    async () => {
      await desktop.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.blur());
      const request = (method: 'job.start' | 'job.answer', params: object): Promise<unknown> =>
        desktop.ask('master.request', { systemId, method, params });
      await request('job.start', { jobId: 'needed', operationId: 'install-upgrade-software' });
      await desktop.ask('job.open', { systemId, jobId: 'needed' });
      const job = async () => (await desktop.state()).systems[systemId]?.openJobs['needed'];
      await until('the job waits for its first answer', async () => (await job())?.state === 'input');
      const first = (await job())!;
      await desktop.ask('job.close', { systemId, jobId: 'needed' });
      await request('job.answer', {
        jobId: 'needed',
        seen: seenOf(first),
        input: { mode: 'typical' },
      });
      await until('a notification', () => desktop.inMain(({ standIn }) => standIn.notifications.length > 0));
      const shown = await desktop.inMain(({ standIn, BrowserWindow }) => {
        const notification = standIn.notifications[0] as unknown as { title: string; emit(event: 'click'): void };
        notification.emit('click');
        return { title: notification.title, focused: BrowserWindow.getFocusedWindow() !== null };
      });
      expect(shown).toEqual({ title: 'Practice system: Install/Upgrade Software', focused: true });
    },
  );

  it('keeps the name of the system and the room of the step at every size, and cuts nothing off in the table of contents', async () => {
    const { page } = desktop;
    await page.evaluate((address) => (window.location.hash = address), `#/system/${systemId}/job/needed`);
    await page.locator('.toc-step').first().waitFor();
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height });
      const seen = await page.evaluate(() => {
        const cut = (one: Element): boolean => one.scrollWidth > one.clientWidth + 1;
        const name = document.querySelector('.switcher .system-name') as HTMLElement;
        const { left, right, width } = name.getBoundingClientRect();
        const step = document.querySelector('.step-main') as HTMLElement;
        return {
          name: name.textContent,
          nameIsWhole: !cut(name) && width > 0 && left >= 0 && right <= window.innerWidth,
          step: step.getBoundingClientRect().width / window.innerWidth,
          cut: [...document.querySelectorAll('.toc-step')].filter(cut).map((one) => one.textContent),
        };
      });
      expect(seen, `${width} x ${height}`).toMatchObject({ name: 'Practice system', nameIsWhole: true });
      // 640 px are what 200 % leave of 1280.
      if (width <= 640) expect(seen.step, `${width} x ${height}`).toBeGreaterThanOrEqual(0.6);
      if (width >= 1280) expect(seen.cut, `${width} x ${height}`).toEqual([]);
    }
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('does one thing on a double click: what the first click opened stays', async () => {
    const { page } = desktop;
    await page.getByRole('contentinfo').getByRole('button', { name: 'Cancel…' }).dblclick();
    const dialog = page.getByRole('alertdialog');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });

  it.runIf(hasStandIn)(
    'says what becomes of a job that is under way before its window closes, and stays where that is wanted',
    async () => {
      const asked = await desktop.inMain(async ({ standIn, BrowserWindow }) => {
        standIn.answers.message.push({ response: 1, checkboxChecked: false });
        BrowserWindow.getAllWindows()[0]?.close();
        await new Promise((done) => setTimeout(done, 50));
        return { dialogs: standIn.dialogs, windows: BrowserWindow.getAllWindows().length };
      });
      expect(asked.windows).toBe(1);
      expect(asked.dialogs.at(-1)).toMatchObject({
        options: {
          message: 'A job is under way',
          detail: expect.stringMatching(
            /^Practice system: Install.Upgrade Software, job 1\. It stands still until/,
          ) as string,
        },
      });
    },
  );

  it('takes the practice system along when it is killed', async () => {
    const main = desktop.app.process().pid!;
    const below = processesBelow(main);
    expect(below.length).toBeGreaterThan(2);
    process.kill(main, 'SIGKILL');
    await until('every process is gone', () => below.every((pid) => !isRunning(pid)));
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
