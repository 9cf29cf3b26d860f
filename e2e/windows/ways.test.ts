import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionView } from '../../core/workbench/state.ts';
import { ConnectProxy } from '../support/connectProxy.ts';
import { canShowWindows, launchDesktop, until, type Desktop } from '../support/desktop.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { SshServer, whyNoSshd } from '../support/sshServer.ts';
import { button } from '../support/windowSteps.ts';

/** An address of this machine where nothing of the practice system listens: no way leads there directly. */
const WALLED_OFF = '127.0.0.9';

async function beginForm(page: Page, name: string, system: PracticeSystem): Promise<void> {
  await button(page, 'Systems').click();
  await button(page, 'Add a system…').click();
  await page.getByRole('textbox', { name: 'Name', exact: true }).fill(name);
  await page.getByRole('textbox', { name: /^Host name/ }).fill(WALLED_OFF);
  await page.getByLabel('CCPORT').fill(String(system.target.ccPort));
  await page.getByLabel('SSLPORT').fill(String(system.target.sslPort));
  await page.getByRole('checkbox', { name: 'Hand-off' }).uncheck();
}

async function save(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag22aa']).analyze();
  expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
  await button(page, 'Save').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function giveSignIn(page: Page, name: string, system: PracticeSystem): Promise<void> {
  await page.getByRole('row', { name }).getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('textbox', { name: 'User' }).fill(system.user);
  await page.getByLabel(/^Password/).fill(system.password);
  await button(page, 'Sign in').click();
}

/** Everything that the windows were ever told, as one text. */
async function collectPushes({ page }: Desktop): Promise<() => Promise<string>> {
  await page.evaluate(() => {
    const kept: string[] = [];
    const own = window as unknown as {
      keptPushes: string[];
      putBridge: { subscribe: (listener: (push: unknown) => void) => void };
    };
    own.keptPushes = kept;
    own.putBridge.subscribe((push) => kept.push(JSON.stringify(push)));
  });
  return () => page.evaluate(() => (window as unknown as { keptPushes: string[] }).keptPushes.join('\n'));
}

type Online = Extract<SessionView, { kind: 'online' }>;
const lineOf = async (desktop: Desktop, name: string): Promise<Online | undefined> => {
  const { systems } = await desktop.state();
  const session = Object.values(systems).find(({ saved }) => saved.name === name)?.session;
  return session?.kind === 'online' ? session : undefined;
};

describe.skipIf(!canShowWindows)('ways where CCPORT cannot be reached, in the window', () => {
  let system: PracticeSystem;
  let home: string;
  let desktop: Desktop;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'put-home-'));
    system = await PracticeSystem.start({ nodes: 2 });
    desktop = await launchDesktop({ env: { HOME: home, SSH_AUTH_SOCK: '' } });
  });
  afterAll(async () => {
    await desktop?.close();
    await system?.stop();
    await rm(home, { recursive: true, force: true });
  });

  it.skipIf(whyNoSshd() !== undefined)(
    'SSH: the host key is shown, the passphrase asked for once more after a wrong one, never again, and no state has it',
    async () => {
      const ssh = await SshServer.start();
      try {
        const { page } = desktop;
        const pushes = await collectPushes(desktop);
        await beginForm(page, 'by-ssh', system);
        await page.getByRole('checkbox', { name: 'SSH' }).check();
        const settings = page.getByRole('group', { name: 'SSH' });
        await settings.getByLabel('SSH host').fill('127.0.0.1');
        await settings.getByLabel('Port').fill(String(ssh.port));
        await settings.getByLabel('Key file').fill(ssh.encryptedKeyFile);
        await save(page);
        await giveSignIn(page, 'by-ssh', system);

        const dialog = page.getByRole('dialog');
        await dialog.getByText(ssh.hostKey).waitFor();
        await button(page, 'It is the same: accept').click();
        await dialog.getByLabel('Passphrase').fill('not this one');
        await dialog.getByLabel('Passphrase').press('Enter');
        await dialog.getByText('That was wrong.').waitFor();
        await dialog.getByLabel('Passphrase').fill('let me in');
        await dialog.getByRole('checkbox', { name: /keyring/ }).check();
        await button(page, 'Go on').click();
        await page.getByText('First contact with by-ssh').waitFor();
        await button(page, 'It is the same: accept').click();
        await page.getByRole('heading', { name: 'Operations' }).waitFor();
        expect(await lineOf(desktop, 'by-ssh')).toMatchObject({ kind: 'online', path: 'ssh' });

        const { systems } = await desktop.state();
        const saved = Object.values(systems).find((one) => one.saved.name === 'by-ssh')?.saved;
        expect(saved?.ssh?.hostKey).toBe(ssh.hostKey);
        const told = `${JSON.stringify(systems)}${await pushes()}`;
        expect(told).not.toContain('let me in');
        expect(told).toContain('ssh-key-passphrase');

        // The line is cut: the session comes back without a person.
        const before = await lineOf(desktop, 'by-ssh');
        ssh.cutConnections();
        await until('the session is back', async () => {
          const line = await lineOf(desktop, 'by-ssh');
          return line !== undefined && line.sinceMs !== before?.sinceMs;
        });
        // So it does after signing out, since the passphrase stands in the keyring, sealed.
        await button(page, 'Sign out').click();
        await giveSignIn(page, 'by-ssh', system);
        await page.getByRole('heading', { name: 'Operations' }).waitFor();
        expect(await page.getByRole('dialog').count()).toBe(0);
        const sealed = await readFile(join(desktop.dataFolder, 'secrets.json'), 'utf8');
        expect(sealed).toContain('ways:');
        expect(sealed + (await readFile(join(desktop.dataFolder, 'systems.json'), 'utf8'))).not.toContain('let me in');
        await button(page, 'Sign out').click();
      } finally {
        await ssh.stop();
      }
    },
  );

  it('proxy: the password is asked for when the proxy wants it; leaving the way out says why', async () => {
    const proxy = await ConnectProxy.start('proxy word');
    try {
      const { page } = desktop;
      await beginForm(page, 'by-proxy', system);
      await page.getByRole('checkbox', { name: 'Single port' }).uncheck();
      await page.getByRole('checkbox', { name: 'WebSocket' }).check();
      await page.getByRole('checkbox', { name: 'Through an HTTP proxy' }).check();
      const settings = page.getByRole('group', { name: 'Through an HTTP proxy' });
      await settings.getByLabel('Proxy host').fill('127.0.0.1');
      await settings.getByLabel('Port').fill(String(proxy.port));
      await settings.getByLabel('User').fill(proxy.user);
      await save(page);
      await giveSignIn(page, 'by-proxy', system);

      const dialog = page.getByRole('dialog');
      await dialog.getByText(`${proxy.user}@127.0.0.1:${proxy.port}`).waitFor();
      await page.keyboard.press('Escape');
      await page.getByText('it wants the password of eva', { exact: false }).first().waitFor();
      await button(page, 'Sign in').click();
      await dialog.getByLabel('Password').fill('proxy word');
      await button(page, 'Go on').click();
      await page.getByText('First contact with by-proxy').waitFor();
      await button(page, 'It is the same: accept').click();
      await page.getByRole('heading', { name: 'Operations' }).waitFor();
      expect(await lineOf(desktop, 'by-proxy')).toMatchObject({ kind: 'online', path: 'websocket' });
      expect(proxy.asked.filter(({ letIn }) => letIn).length).toBe(2);
      expect(await desktop.faults()).toEqual([]);
    } finally {
      await proxy.stop();
    }
  });
});
