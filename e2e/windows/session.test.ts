import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CuttingProxy } from '../support/CuttingProxy.ts';
import type { SystemView } from '../../core/workbench/state.ts';
import { canShowWindows, launchDesktop, until, type Desktop } from '../support/desktop.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { button } from '../support/windowSteps.ts';

const ONLINE = /^Online/;

/** Saves the system and signs in to it. */
async function signIn(desktop: Desktop, system: PracticeSystem, ccPort: number): Promise<void> {
  const { host, sslPort, servicePort, chatPort, fingerprint } = system.target;
  const input = { name: 'lab', host, ccPort, sslPort, servicePort, chatPort, pathOrder: ['single-port' as const] };
  const { systemId } = await desktop.ask('system.add', input);
  // Only what a refused sign-in has shown can be accepted.
  await desktop.ask('session.signIn', { systemId, user: 'x', password: 'x' }).catch(() => undefined);
  await desktop.ask('system.trustCertificate', { systemId, fingerprint });
  await button(desktop.page, 'Systems').click();
  await desktop.page.getByRole('row', { name: 'lab' }).getByRole('button', { name: 'Sign in' }).click();
  await desktop.page.getByRole('textbox', { name: 'User' }).fill(system.user);
  await desktop.page.getByLabel(/^Password/).fill(system.password);
  await button(desktop.page, 'Sign in').click();
  await pill(desktop).getByText(ONLINE).waitFor();
}

const pill = ({ page }: Desktop) => page.getByRole('group', { name: 'Connection' });

async function viewOf(desktop: Desktop): Promise<SystemView> {
  const view = Object.values((await desktop.state()).systems)[0];
  if (!view) throw new Error('no system is saved');
  return view;
}

const onlineSince = async (desktop: Desktop): Promise<number> => {
  const { session } = await viewOf(desktop);
  return session.kind === 'online' ? session.sinceMs : 0;
};

describe.skipIf(!canShowWindows)('a session, in the window', () => {
  let system: PracticeSystem;
  let proxy: CuttingProxy;
  let laptop: Desktop;
  let other: Desktop | undefined;
  beforeAll(async () => {
    system = await PracticeSystem.start({ nodes: 2 });
    proxy = await CuttingProxy.start({ host: system.target.host, port: system.target.ccPort });
    laptop = await launchDesktop({ env: { PUT_CLIENT_SYSTEM: 'laptop-7' } });
    await signIn(laptop, system, proxy.port);
  });
  afterAll(async () => {
    await other?.close();
    await laptop?.close();
    await proxy?.stop();
    await system?.stop();
  });

  it('goes over to a new line when the machine wakes up and the old one is silent', async () => {
    const before = await onlineSince(laptop);
    expect(before).toBeGreaterThan(0);
    proxy.freeze();
    await laptop.inMain(({ powerMonitor }) => void powerMonitor.emit('resume'));
    await until('the session is on a new line', async () => (await onlineSince(laptop)) > before);
    // A request over the new line: what was watched before is watched still.
    await laptop.ask('master.request', {
      systemId: (await viewOf(laptop)).saved.systemId,
      method: 'nodes.refresh',
      params: {},
    });
    expect(Object.keys((await viewOf(laptop)).sessions ?? {})).toHaveLength(1);
  });

  it('says since when the line is lost and why, keeps the picture, and is back by itself', async () => {
    proxy.down();
    await pill(laptop)
      .getByText(/Line lost .* ago · (trying now|next try in \d+ s) · picture is .* old/)
      .waitFor();
    const banner = laptop.page.locator('.banner.lost');
    await banner.waitFor();
    await laptop.page.getByText(/The host answered that nothing listens at the port/).waitFor();
    await button(laptop.page, 'Retry now').waitFor();
    await proxy.up();
    await pill(laptop).getByText(ONLINE).waitFor();
    await banner.waitFor({ state: 'detached' });
  });

  it('is taken over at another client system; the one before says where it goes on and lets it be', async () => {
    proxy.down();
    await pill(laptop)
      .getByText(/Line lost/)
      .waitFor();
    other = await launchDesktop({ env: { PUT_CLIENT_SYSTEM: 'laptop-9' } });
    await signIn(other, system, system.target.ccPort);
    await other.page
      .getByText(/Your session on laptop-7 lost its line at \d\d:\d\d and is kept until \d\d:\d\d\./)
      .waitFor();
    await button(other.page, 'Take over from laptop-7').click();
    await other.page.getByText(/laptop-7/).waitFor({ state: 'detached' });
    const mine = (await viewOf(other)).session;
    expect(Object.keys((await viewOf(other)).sessions ?? {})).toEqual([mine.kind === 'online' ? mine.sessionId : '']);

    await proxy.up();
    await laptop.page
      .locator('#main')
      .getByText(/^Your session goes on at laptop-9. Nothing was lost/)
      .waitFor();
    await pill(laptop).getByText('Goes on elsewhere').waitFor();
    await laptop.page.getByRole('textbox', { name: 'User' }).waitFor();
    expect((await viewOf(laptop)).session).toMatchObject({ kind: 'failed', cause: { code: 'session-taken-over' } });
    await pill(other).getByText(ONLINE).waitFor();
    expect(Object.keys((await viewOf(other)).sessions ?? {})).toHaveLength(1);
  });
});
