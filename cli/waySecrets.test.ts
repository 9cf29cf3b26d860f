import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { WayQuestion, WaySecrets } from '../core/model/ways.ts';
import { FakeHost } from './testing/FakeMaster.ts';
import type { SecretFileOptions } from './wayOptions.ts';
import { createWaySecrets } from './waySecrets.ts';

const PASSPHRASE: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: '/k' };
const PROXY: WayQuestion = { kind: 'proxy-password', user: 'eva', host: 'proxy', port: 3128 };
const HOST_KEY: WayQuestion = {
  kind: 'ssh-host-key',
  host: 'gate',
  port: 22,
  fingerprint: 'SHA256:abc',
  jump: false,
};
const here = new AbortController().signal;

async function make(
  setting: Partial<Pick<FakeHost, 'env' | 'canAsk' | 'replies'>>,
  options: SecretFileOptions = {},
): Promise<{ secrets: WaySecrets; host: FakeHost; hostKeys: string[] }> {
  const host = new FakeHost();
  Object.assign(host, setting);
  const hostKeys: string[] = [];
  const secrets = await createWaySecrets(host, options, ({ fingerprint }) => void hostKeys.push(fingerprint));
  return { secrets, host, hostKeys };
}

describe('secrets of the ways', () => {
  it('come from files and from the environment, the first line only, a file first', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'putctl-secrets-'));
    try {
      const sshPassphraseFile = join(folder, 'pass');
      await writeFile(sshPassphraseFile, 'from a file\nand more\n');
      const env = { PUT_SSH_PASSPHRASE: 'from env', PUT_PROXY_PASSWORD: 'proxy word' };
      const { secrets, host } = await make({ env }, { sshPassphraseFile });
      expect(secrets.known(PASSPHRASE)).toBe('from a file');
      expect(secrets.known(PROXY)).toBe('proxy word');
      secrets.told(PROXY, false);
      expect(secrets.known(PROXY)).toBeUndefined();
      expect(await secrets.ask(PROXY, true, here)).toBeUndefined();
      expect(host.questions).toEqual([]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('name the option and file that cannot be read', async () => {
    await expect(make({}, { proxyPasswordFile: '/nowhere/p' })).rejects.toMatchObject({
      code: 'file-unreadable',
      message: '--proxy-password-file /nowhere/p: there is no such file',
    });
  });

  it('are asked for on a terminal, once for two ways, and anew after a wrong one', async () => {
    const { secrets, host } = await make({ canAsk: true, replies: ['first', 'second'] });
    const both = await Promise.all([secrets.ask(PASSPHRASE, false, here), secrets.ask(PASSPHRASE, false, here)]);
    expect(both).toEqual(['first', 'first']);
    secrets.told(PASSPHRASE, false);
    expect(await secrets.ask(PASSPHRASE, true, here)).toBe('second');
    secrets.told(PASSPHRASE, true);
    expect(secrets.known(PASSPHRASE)).toBe('second');
    expect(host.questions).toEqual(Array(2).fill('Passphrase of the SSH key /k: '));
    expect(host.err).toContain('wrong');
    expect(host.err + host.out).not.toMatch(/first|second/);
  });

  it('are not asked for once their way was given up', async () => {
    const { secrets, host } = await make({ canAsk: true, replies: ['x'] });
    expect(await secrets.ask(PASSPHRASE, false, AbortSignal.abort())).toBeUndefined();
    expect(host.questions).toEqual([]);
  });

  it('show a host key and take yes alone for an answer', async () => {
    const { secrets, host, hostKeys } = await make({ canAsk: true, replies: ['y', 'yes'] });
    expect(await secrets.ask(HOST_KEY, false, here)).toBeUndefined();
    expect(await secrets.ask(HOST_KEY, false, here)).toBe('yes');
    secrets.told(HOST_KEY, true);
    expect(hostKeys).toEqual(['SHA256:abc']);
    expect(host.err).toContain('SHA256:abc');
  });

  it('shows what an SSH host asks, hidden or not as it says, and keeps no code', async () => {
    const prompt = (echo: boolean): WayQuestion => ({
      ...{ kind: 'ssh-prompt', user: 'eva', host: 'gate', instructions: 'Second factor', prompt: 'Code:', echo },
    });
    const { secrets, host } = await make({ canAsk: true, replies: ['123456', '654321'] });
    expect(await secrets.ask(prompt(false), false, here)).toBe('123456');
    secrets.told(prompt(false), true);
    expect(secrets.known(prompt(false))).toBeUndefined();
    expect(await secrets.ask(prompt(true), false, here)).toBe('654321');
    expect(host.err).toContain('eva@gate asks:\nSecond factor');
  });
});
