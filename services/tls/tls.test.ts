import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, createServer, type ConnectionOptions } from 'node:tls';
import { afterAll, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../core/node/certificateFingerprint.ts';
import { readAllowedCiphers, readClientAuthority, serverTlsOptions } from './serverTlsOptions.ts';
import { loadOwnIdentity, readGivenIdentity } from './tlsIdentity.ts';

const DAY_MS = 86_400_000;
const NOW_MS = Date.now();
const folder = mkdtempSync(path.join(tmpdir(), 'put-tls-'));
const inside = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('own certificate', () => {
  it('is made once, is self-signed over P-256, and its key is for its user only', () => {
    const first = loadOwnIdentity(inside('own'), { systemName: 'Production 1', nowMs: NOW_MS });
    const again = loadOwnIdentity(inside('own'), { systemName: 'another name', nowMs: NOW_MS + DAY_MS });
    expect(again).toEqual(first);
    const certificate = new X509Certificate(first.certificatePem);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
    expect(certificate.subject).toBe('CN=Production 1');
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.ca).toBe(false);
    expect(first.fingerprint).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    if (process.platform !== 'win32') expect(statSync(inside('own/key.pem')).mode & 0o077).toBe(0);
  });

  it('is renewed before its end with the same key, so the fingerprint stays', () => {
    const first = loadOwnIdentity(inside('renewed'), { systemName: 'x', nowMs: NOW_MS });
    const kept = loadOwnIdentity(inside('renewed'), { systemName: 'x', nowMs: first.validToMs - 400 * DAY_MS });
    expect(kept.certificatePem).toBe(first.certificatePem);
    const renewed = loadOwnIdentity(inside('renewed'), { systemName: 'x', nowMs: first.validToMs - 300 * DAY_MS });
    expect(renewed.certificatePem).not.toBe(first.certificatePem);
    expect(renewed.validToMs).toBeGreaterThan(first.validToMs);
    expect(renewed.fingerprint).toBe(first.fingerprint);
  });

  it('is made anew when it is damaged; a damaged key is an error, since pins hang on it', () => {
    const first = loadOwnIdentity(inside('damaged'), { systemName: 'x', nowMs: NOW_MS });
    writeFileSync(inside('damaged/certificate.pem'), 'nothing');
    expect(loadOwnIdentity(inside('damaged'), { systemName: 'x', nowMs: NOW_MS }).fingerprint).toBe(first.fingerprint);
    writeFileSync(inside('damaged/key.pem'), 'nothing');
    expect(() => loadOwnIdentity(inside('damaged'), { systemName: 'x', nowMs: NOW_MS })).toThrow(
      expect.objectContaining({ code: 'state-damaged' }) as Error,
    );
  });

  it('gives way to a given one; a key of another certificate is refused by name', () => {
    loadOwnIdentity(inside('one'), { systemName: 'x', nowMs: NOW_MS });
    loadOwnIdentity(inside('two'), { systemName: 'x', nowMs: NOW_MS });
    const given = readGivenIdentity(inside('one/certificate.pem'), inside('one/key.pem'));
    expect(given.fingerprint).toBe(fingerprintOf(new X509Certificate(readFileSync(inside('one/certificate.pem'))).raw));
    const refused = (cert: string, key: string): unknown => {
      try {
        return readGivenIdentity(inside(cert), inside(key));
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(refused('one/certificate.pem', 'two/key.pem')).toContain('does not belong to the certificate');
    expect(refused('missing.pem', 'two/key.pem')).toContain('TLSCERT');
    expect(refused('one/key.pem', 'two/key.pem')).toContain('holds a private key, and no certificate');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    writeFileSync(inside('locked.pem'), privateKey.export(locked));
    writeFileSync(inside('none.pem'), '');
    expect(refused('one/certificate.pem', 'locked.pem')).toMatch(/TLSKEY: .*locked by a passphrase.*openssl pkey/);
    expect(refused('one/certificate.pem', 'one/certificate.pem')).toContain('holds a certificate, and no private key');
    expect(refused('one/certificate.pem', 'none.pem')).toContain('is empty');
    expect(refused('one/certificate.pem', 'missing.pem')).toContain('is not there');
    expect(refused('one/certificate.pem', 'two')).toContain('is a folder');
  });

  it.skipIf(process.getuid?.() !== 0)('says which right is missing where, for a file of root', async () => {
    const [folder, site] = [inside('closed'), inside('site')];
    for (const at of [folder, site]) mkdirSync(at);
    const files = [path.join(folder, 'key.pem'), path.join(site, 'key.pem')];
    for (const file of files) writeFileSync(file, 'x', { mode: 0o640 });
    chmodSync(folder, 0o700);
    chmodSync(inside('.'), 0o755);
    const nobody = spawnSync(
      process.execPath,
      [
        ...['--input-type=module', '-e'],
        `import { readSiteKey } from ${JSON.stringify(new URL('siteFiles.ts', import.meta.url).href)};
process.setegid(65534); process.seteuid(65534);
for (const file of ${JSON.stringify(files)}) try { readSiteKey('TLSKEY', file) } catch (error) { console.log(error.code, error.message) }`,
      ],
      { encoding: 'utf8' },
    );
    expect(nobody.stdout.split('\n')).toEqual([
      `config-file-unusable TLSKEY: ${files[0]} cannot be read: nobody may not enter the folder ${folder}`,
      `config-file-unusable TLSKEY: ${files[1]} cannot be read: nobody may not read it; it is of root, with the rights 640`,
      '',
    ]);
  });
});

describe('settings', () => {
  const identity = loadOwnIdentity(inside('settings'), { systemName: 'x', nowMs: NOW_MS });

  async function handshake(
    options: Parameters<typeof serverTlsOptions>[0],
    client: ConnectionOptions,
  ): Promise<string> {
    const server = createServer(serverTlsOptions(options), (socket) => socket.end());
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect({
      port: (server.address() as AddressInfo).port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
      ...client,
    });
    try {
      await once(socket, 'secureConnect');
      return `${socket.getProtocol() ?? ''} ${socket.getCipher().name}`;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? 'failed';
    } finally {
      socket.destroy();
      server.close();
    }
  }

  it('take TLS 1.2 as the lowest, and only the ciphers that are allowed', async () => {
    const ticketKeys = Buffer.alloc(48);
    expect(await handshake({ identity, ticketKeys }, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1' })).not.toContain(
      'TLSv1.1',
    );
    expect(await handshake({ identity, ticketKeys }, { maxVersion: 'TLSv1.2' })).toContain('TLSv1.2');
    writeFileSync(
      inside('AllowedCiphers'),
      '# allowed here\nTLS_AES_256_GCM_SHA384\nECDHE-ECDSA-AES256-GCM-SHA384  # and for 1.2\n',
    );
    const ciphers = readAllowedCiphers(inside('AllowedCiphers'));
    expect(await handshake({ identity, ticketKeys, ciphers }, {})).toBe('TLSv1.3 TLS_AES_256_GCM_SHA384');
    expect(await handshake({ identity, ticketKeys, ciphers }, { maxVersion: 'TLSv1.2' })).toBe(
      'TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384',
    );
    expect(await handshake({ identity, ticketKeys, ciphers }, { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' })).toMatch(
      /ERR_SSL/,
    );
  });

  it.each([
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA',
    'ECDHE-ECDSA-AES128-CCM',
    'ECDHE-ECDSA-AES256-CCM8',
    'AES128-GCM-SHA256',
  ])('refuse %s, which is CBC, CCM or without forward secrecy', async (ciphers) => {
    const answer = await handshake({ identity, ticketKeys: Buffer.alloc(48) }, { maxVersion: 'TLSv1.2', ciphers });
    expect(answer).toMatch(/ERR_SSL/);
  });

  it('take authenticated encryption in TLS 1.2', async () => {
    for (const ciphers of ['ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'])
      expect(await handshake({ identity, ticketKeys: Buffer.alloc(48) }, { maxVersion: 'TLSv1.2', ciphers })).toBe(
        `TLSv1.2 ${ciphers}`,
      );
  });

  it('name file and line of what cannot be used', () => {
    writeFileSync(inside('wrong'), 'TLS_AES_256_GCM_SHA384\nNOT-A-CIPHER\n');
    expect(() => readAllowedCiphers(inside('wrong'))).toThrow(/line 2: cipher NOT-A-CIPHER/);
    writeFileSync(inside('empty'), '# nothing\n');
    expect(() => readAllowedCiphers(inside('empty'))).toThrow(/names no cipher/);
    expect(() => readClientAuthority(inside('empty'))).toThrow(/CLIENTCA/);
  });
});
