import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutClient } from '../../core/client/PutClient.ts';
import type { SshTarget, WayQuestion, WaySecrets } from '../../core/model/ways.ts';
import { createDial, type DialOptions } from '../../core/node/dial.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { SshServer, whyNoSshd } from '../support/sshServer.ts';

const missing = whyNoSshd();

describe.skipIf(missing !== undefined)(
  `the way by SSH, through a real sshd${missing === undefined ? '' : ` (${missing})`}`,
  () => {
    let system: PracticeSystem;
    let ssh: SshServer;

    beforeAll(async () => {
      [system, ssh] = await Promise.all([PracticeSystem.start({ nodes: 2 }), SshServer.start()]);
    });
    afterAll(async () => {
      await ssh?.stop();
      await system?.stop();
    });

    const surroundings = async (configText: string): Promise<DialOptions> => ({
      sshSurroundings: await ssh.surroundings(configText),
    });

    async function signIn(
      target: SshTarget,
      options: Promise<DialOptions>,
      secrets?: WaySecrets,
      onChange: () => void = () => {},
    ): Promise<PutClient> {
      const client = new PutClient({
        target: { ...system.target, ssh: target, secrets },
        pathOrder: ['ssh'],
        dial: createDial(await options),
        clock: createSystemClock(),
        random: Math.random,
        software: 'tests',
        clientSystem: 'laptop',
        onChange,
      });
      await client.signIn({ user: system.user, password: system.password });
      return client;
    }

    it('signs in by key, host, user and port from the ssh configuration', async () => {
      const client = await signIn(
        { host: 'master' },
        surroundings(
          `Host master\n  HostName 127.0.0.1\n  Port ${ssh.port}\n  User ${ssh.user}\n  IdentityFile ${ssh.keyFile}`,
        ),
      );
      expect(client.line?.path).toBe('ssh');
      await expect(client.request('chat.say', { messageId: 'm1', text: 'through the tunnel' })).resolves.toMatchObject({
        number: expect.any(Number) as number,
      });
      await client.close();
    });

    it('goes through a jump host', async () => {
      const config = `Host master jump\n  HostName 127.0.0.1\n  Port ${ssh.port}\n  User ${ssh.user}\n  IdentityFile ${ssh.keyFile}\nHost master\n  ProxyJump jump`;
      const client = await signIn({ host: 'master' }, surroundings(config));
      expect(client.state.kind).toBe('online');
      await client.close();
    });

    it('unlocks an encrypted key, and says so when it cannot', async () => {
      const target = { host: '127.0.0.1', port: ssh.port, keyFile: ssh.encryptedKeyFile };
      await expect(signIn(target, surroundings(''))).rejects.toMatchObject({ code: 'ssh-key-locked' });
      const asked: [string, boolean][] = [];
      const told: boolean[] = [];
      const secrets: WaySecrets = {
        known: () => undefined,
        ask: (question, wrong) => {
          asked.push([question.kind, wrong]);
          return Promise.resolve(wrong ? 'let me in' : 'open sesame');
        },
        told: (_question, right) => void told.push(right),
      };
      const client = await signIn(target, surroundings(''), secrets);
      await client.close();
      expect(asked).toEqual([
        ['ssh-key-passphrase', false],
        ['ssh-key-passphrase', true],
      ]);
      expect(told).toEqual([false, true]);
    });

    it('asks for nothing where an answer is known, and shows an unknown host key for acceptance once', async () => {
      const asked: WayQuestion[] = [];
      const secrets: WaySecrets = {
        known: (question) => (question.kind === 'ssh-key-passphrase' ? 'let me in' : undefined),
        ask: (question) => Promise.resolve(asked.push(question) > 0 ? 'yes' : undefined),
        told: () => {},
      };
      const target = { host: '127.0.0.1', port: ssh.port, keyFile: ssh.encryptedKeyFile };
      const client = await signIn(
        target,
        surroundings('Host *\n  UserKnownHostsFile /nowhere\n  GlobalKnownHostsFile /nowhere'),
        secrets,
      );
      await client.close();
      expect(asked).toEqual([
        {
          kind: 'ssh-host-key',
          host: '127.0.0.1',
          port: ssh.port,
          fingerprint: expect.stringMatching(/^SHA256:/) as string,
          jump: false,
        },
      ]);
    });

    it('refuses a host whose key is unknown or changed, with the fingerprint, and takes an accepted one', async () => {
      const unknown = surroundings('Host *\n  UserKnownHostsFile /nowhere\n  GlobalKnownHostsFile /nowhere');
      const target = { host: '127.0.0.1', port: ssh.port, keyFile: ssh.keyFile };
      const refused: { details: { fingerprint: string } } = await signIn(target, unknown).then(
        () => Promise.reject(new Error('it was let through')),
        (error: unknown) => error as { details: { fingerprint: string } },
      );
      expect(refused).toMatchObject({
        code: 'ssh-host-key-unknown',
        details: { fingerprint: expect.stringMatching(/^SHA256:/) as string },
      });
      await expect(signIn({ ...target, hostKey: 'SHA256:other' }, unknown)).rejects.toMatchObject({
        code: 'ssh-host-key-changed',
      });
      const client = await signIn({ ...target, hostKey: refused.details.fingerprint }, unknown);
      await client.close();
    });

    it('notices a cut at once and comes back without asking anybody', async () => {
      const asked: WayQuestion[] = [];
      const secrets: WaySecrets = {
        known: () => 'let me in',
        ask: (question) => Promise.resolve(void asked.push(question)),
        told: () => {},
      };
      const target = { host: '127.0.0.1', port: ssh.port, keyFile: ssh.encryptedKeyFile };
      let lostBy: string | undefined;
      let onChange = (): void => {};
      const client = await signIn(target, surroundings(''), secrets, () => onChange());
      const back = new Promise<void>((resolve) => {
        onChange = () => {
          const { state } = client;
          if (state.kind === 'lost') lostBy = state.cause.code;
          if (state.kind === 'online' && lostBy !== undefined) resolve();
        };
      });
      ssh.cutConnections();
      await back;
      // Not by its silence, which would take twenty seconds.
      expect([lostBy, client.line?.path, asked]).toEqual(['line-lost', 'ssh', []]);
      await client.close();
    });

    it('says that the host did not let the user in', async () => {
      await expect(
        signIn({ host: '127.0.0.1', port: ssh.port, user: 'nobody', keyFile: ssh.keyFile }, surroundings('')),
      ).rejects.toMatchObject({ code: 'ssh-sign-in-refused' });
    });
  },
);
