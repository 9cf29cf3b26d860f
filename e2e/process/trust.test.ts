import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PutClient } from '../../core/client/PutClient.ts';
import type { Dial } from '../../core/client/paths.ts';
import type { TrustSettings, WaySecrets } from '../../core/model/ways.ts';
import { createDial } from '../../core/node/dial.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { Authority, whyNoOpenssl, type IssuedFiles } from '../support/certificates.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';

const missing = whyNoOpenssl();

describe.skipIf(missing !== undefined)('certificates of a site’s own authority', () => {
  let site: Authority;
  let other: Authority;
  let client: IssuedFiles;
  let lockedClient: IssuedFiles;
  let strangeClient: IssuedFiles;
  let system: PracticeSystem;

  beforeAll(async () => {
    [site, other] = await Promise.all([Authority.make('site authority'), Authority.make('another authority')]);
    const master = await site.issue('master', { names: 'DNS:master.example,IP:127.0.0.1' });
    client = await site.issue('engineer');
    lockedClient = await site.issue('locked', { passphrase: 'open sesame' });
    strangeClient = await other.issue('stranger');
    const configFile = join(site.folder, 'Config');
    await writeFile(
      configFile,
      `TLSCERT=${master.certificateFile}\nTLSKEY=${master.keyFile}\nCLIENTCA=${site.certificateFile}\n`,
    );
    system = await PracticeSystem.start({ nodes: 2, configFile });
  });
  afterAll(async () => {
    await system?.stop();
    await site?.remove();
    await other?.remove();
  });

  interface How {
    readonly trust?: TrustSettings;
    readonly path?: PathKind;
    readonly host?: string;
    readonly dial?: Dial;
    readonly secrets?: WaySecrets;
    readonly fingerprint?: string;
  }
  async function signIn(how: How): Promise<PutClient> {
    const { fingerprint: _pin, ...address } = system.target;
    const put = new PutClient({
      target: {
        ...address,
        host: how.host ?? address.host,
        trust: how.trust,
        secrets: how.secrets,
        fingerprint: how.fingerprint,
      },
      pathOrder: [how.path ?? 'single-port'],
      dial: how.dial ?? createDial(),
      clock: createSystemClock(),
      random: Math.random,
      software: 'tests',
      clientSystem: 'laptop',
      onChange: () => {},
    });
    await put.signIn({ user: system.user, password: system.password });
    return put;
  }
  const whole = (): TrustSettings => ({ authorityFile: site.certificateFile, ...client });

  it.each(['single-port', 'hand-off', 'websocket'] as const)(
    'let in by %s without a pin, and again by a resumed TLS session',
    async (path) => {
      const dial = createDial();
      for (let round = 0; round < 3; round++) {
        const put = await signIn({ trust: whole(), path, dial });
        expect(put.line?.path).toBe(path);
        await put.close();
      }
    },
  );

  it('a master of another authority, or of another name, is refused before a password is sent', async () => {
    await expect(signIn({ trust: { ...whole(), authorityFile: other.certificateFile } })).rejects.toMatchObject({
      code: 'certificate-untrusted',
      message: expect.stringContaining('another authority') as string,
    });
    await expect(signIn({ trust: whole(), host: 'localhost' })).rejects.toMatchObject({
      code: 'certificate-untrusted',
      details: { reason: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it.each(['single-port', 'hand-off', 'websocket'] as const)(
    'by %s a client without a certificate, or with one of another authority, is told why',
    async (path) => {
      const dial = createDial();
      const { authorityFile } = whole();
      // The second round resumes the TLS session that the first one was given before it was refused.
      for (let round = 0; round < 2; round++) {
        await expect(signIn({ trust: { authorityFile }, path, dial })).rejects.toMatchObject({
          code: 'client-certificate-refused',
        });
        await expect(signIn({ trust: { authorityFile, ...strangeClient }, path, dial })).rejects.toMatchObject({
          code: 'client-certificate-refused',
        });
      }
    },
  );

  it('the trust of one system never serves another: TLS sessions do not cross', async () => {
    const dial = createDial();
    await (await signIn({ trust: whole(), dial })).close();
    await expect(signIn({ trust: { authorityFile: site.certificateFile }, dial })).rejects.toMatchObject({
      code: 'client-certificate-refused',
    });
    await expect(signIn({ trust: { ...client }, dial })).rejects.toMatchObject({ code: 'certificate-unknown' });
    await expect(signIn({ trust: { ...whole(), authorityFile: other.certificateFile }, dial })).rejects.toMatchObject({
      code: 'certificate-untrusted',
    });
  });

  it('a pin works beside a client certificate, without an authority', async () => {
    await (await signIn({ trust: { ...client }, fingerprint: system.target.fingerprint })).close();
  });

  it('an encrypted client key is unlocked by a person, who may be wrong once', async () => {
    const trust = { authorityFile: site.certificateFile, ...lockedClient };
    const secretsOf = (...answers: string[]): WaySecrets => ({
      known: () => undefined,
      ask: () => Promise.resolve(answers.shift()),
      told: () => {},
    });
    await (await signIn({ trust, secrets: secretsOf('wrong', 'open sesame') })).close();
    await expect(signIn({ trust, secrets: secretsOf('wrong', 'wrong', 'open sesame') })).rejects.toMatchObject({
      code: 'client-key-locked',
    });
    await expect(signIn({ trust })).rejects.toMatchObject({ code: 'client-key-locked' });
  });

  it.each<[string, (files: IssuedFiles) => TrustSettings, RegExp]>([
    [
      'an authority that is not there',
      () => ({ authorityFile: '/nowhere/ca.pem' }),
      /authority: \/nowhere\/ca.pem cannot be read \(ENOENT\)/,
    ],
    ['a key as authority', (files) => ({ authorityFile: files.keyFile }), /authority: .* holds no certificate/],
    ['a key of another certificate', (files) => ({ ...files, keyFile: strangeClient.keyFile }), /does not belong to/],
    ['a certificate as key', (files) => ({ ...files, keyFile: files.certificateFile }), /holds no private key/],
    ['a key alone', (files) => ({ keyFile: files.keyFile }), /needs a client certificate/],
  ])('%s is named with its file', async (_what, trust, message) => {
    await expect(signIn({ trust: trust(client) })).rejects.toMatchObject({
      code: 'trust-file-unreadable',
      message: expect.stringMatching(message) as string,
    });
  });
});
