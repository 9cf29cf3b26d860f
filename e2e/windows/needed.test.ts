import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenOf } from '../../core/model/job.ts';
import { canShowWindows, hasStandIn, launchDesktop, until, type Desktop } from '../support/desktop.ts';
import { processesBelow } from '../support/processes.ts';

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
