import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { defaultConfig, nearestKey, parseConfig, readConfig, withPorts } from './Config.ts';
import { CONFIG_KEYS, configHelp } from './configKeys.ts';

const messageOf = (text: string): string => {
  try {
    parseConfig(text, 'Config');
  } catch (error) {
    if (error instanceof PutError && error.code === 'config-invalid') return error.message;
    throw error;
  }
  return 'no error';
};

describe('parseConfig', () => {
  it('reads an empty file as the documented defaults', () => {
    expect(parseConfig('', 'Config')).toEqual(defaultConfig());
    expect(defaultConfig()).toMatchObject({
      ...{ ccPort: 9000, ccPortCount: 10, servicePort: 8992, chatPort: 11_111, sslPort: 8443, listen: [] },
      ...{ allowOverflow: false, leaseWatch: true, maxFileMib: 8192, graceMinutes: 180 },
    });
  });

  it('reads every key, with spaces, comments and Windows line ends', () => {
    const text = [
      '# ports',
      'CCPORT = 9100',
      'CCPORTCOUNT=4',
      ' SERVICEPORT=9200',
      'CHATPORT=9201',
      'SSLPORT=9202',
      'WEBNAMES=Upgrade.Site.Example, 203.0.113.9,fd00::1',
      'LISTEN=127.0.0.1, ::1',
      'ALLOWOVERFLOW=yes',
      'LEASEWATCH=OFF',
      '',
      'SYSTEMNAME=Production 1',
      'MAXFILEMIB=100',
      'GRACEMINUTES=5',
      'NODESATONCE=16',
      'APPROVAL=yes',
      'KEEPJOBS=1000',
      'SIGNATURES=digests-only',
      'TLSCERT=/etc/put/cert.pem',
      'TLSKEY=/etc/put/key.pem',
      'CLIENTCA=/etc/put/ca.pem',
      'ALLOWEDCIPHERS=/etc/put/AllowedCiphers',
    ].join('\r\n');
    expect(parseConfig(text, 'Config')).toEqual({
      approval: true,
      ...{ ccPort: 9100, ccPortCount: 4, servicePort: 9200, chatPort: 9201, sslPort: 9202 },
      webNames: ['upgrade.site.example', '203.0.113.9', 'fd00::1'],
      ...{ listen: ['127.0.0.1', '::1'], allowOverflow: true, leaseWatch: false, systemName: 'Production 1' },
      ...{
        maxFileMib: 100,
        graceMinutes: 5,
        nodesAtOnce: 16,
        keepJobs: 1000,
        signaturesRequired: false,
        tlsCert: '/etc/put/cert.pem',
        tlsKey: '/etc/put/key.pem',
      },
      ...{ clientCa: '/etc/put/ca.pem', allowedCiphers: '/etc/put/AllowedCiphers' },
    });
  });

  it.each([
    ['CCPROT=9000', 'Config, line 1: there is no key "CCPROT"; is CCPORT meant?'],
    ['CC_PORT=9000', 'Config, line 1: there is no key "CC_PORT"; is CCPORT meant?'],
    ['COLOUR=blue', 'Config, line 1: there is no key "COLOUR"'],
    ['\nCCPORT=9000\nCCPORT=9000', 'Config, line 3: CCPORT stands in line 2 already'],
    [
      'WEBNAMES=put.site,https://x',
      'Config, line 1: WEBNAMES=put.site,https://x: "https://x" is no host name and no IP address',
    ],
    ['CCPORT', 'Config, line 1: KEY=VALUE is needed, found "CCPORT"'],
    ['CCPORT=', 'Config, line 1: CCPORT has no value; leave the line out for the default'],
    ['CCPORT=0', 'Config, line 1: CCPORT=0: a whole number from 1 to 65535 is needed'],
    ['CCPORT=65536', 'Config, line 1: CCPORT=65536: a whole number from 1 to 65535 is needed'],
    ['CCPORT=9e3', 'Config, line 1: CCPORT=9e3: a whole number from 1 to 65535 is needed'],
    ['CCPORTCOUNT=1', 'Config, line 1: CCPORTCOUNT=1: a whole number from 2 to 64 is needed'],
    ['CCPORT=65530', 'Config, line 1: the ports from 65530 to 65539 end beyond 65535'],
    ['#\nSSLPORT=9005', 'Config, line 2: SSLPORT=9005 lies in the range of portmgmt, 9000 to 9009'],
    ['SSLPORT=1\nCHATPORT=1', 'Config, line 2: SSLPORT and CHATPORT are both 1'],
    ['LISTEN=localhost', 'Config, line 1: LISTEN=localhost: "localhost" is not an IP address'],
    ['LISTEN=::1,::1', 'Config, line 1: LISTEN=::1,::1: an address stands there twice'],
    ['LEASEWATCH=maybe', 'Config, line 1: LEASEWATCH=maybe: on or off is needed'],
    ['TLSCERT=cert.pem', 'Config, line 1: TLSCERT=cert.pem: an absolute path is needed'],
    ['TLSCERT=/c.pem', 'Config, line 1: TLSCERT and TLSKEY belong together; one of them is missing'],
  ])('%j is refused', (text, message) => {
    expect(messageOf(text)).toBe(message);
  });

  it('answers any text with a config or with config-invalid', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc
        .tuple(fc.constantFrom(...Object.values(CONFIG_KEYS).map(({ key }) => key)), fc.string({ maxLength: 20 }))
        .map((pair) => pair.join('=')),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        messageOf(lines.join('\n'));
      }),
      { seed: 42, numRuns: 300 },
    );
  });
});

it('finds the key of a typo only where it is near', () => {
  expect(nearestKey('SLLPORT')).toBe('SSLPORT');
  expect(nearestKey('listen')).toBe('LISTEN');
  expect(nearestKey('SOMETHINGELSE')).toBeUndefined();
});

it('reads a file and names it when it cannot', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'put-config-'));
  try {
    const file = join(folder, 'Config');
    await expect(readConfig(file)).rejects.toMatchObject({ code: 'config-unreadable', details: { file } });
    await writeFile(file, 'CCPORT=9500\n');
    expect((await readConfig(file)).ccPort).toBe(9500);
    await writeFile(file, Buffer.from('\ufeffCCPORT=9600\r\n', 'utf16le'));
    expect((await readConfig(file)).ccPort).toBe(9600);
    await writeFile(file, Buffer.from('CCPORT=9600 # caf\xe9', 'latin1'));
    await expect(readConfig(file)).rejects.toMatchObject({ code: 'config-invalid' });
    await writeFile(file, 'x'.repeat(2_000_000));
    await expect(readConfig(file)).rejects.toMatchObject({ code: 'config-invalid' });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('tells every key in the help and lets tests take any port', () => {
  for (const { key } of Object.values(CONFIG_KEYS)) expect(configHelp()).toContain(`${key}=`);
  expect(withPorts(defaultConfig(), { ccPort: 0, sslPort: 0 })).toMatchObject({
    ccPort: 0,
    sslPort: 0,
    chatPort: 11_111,
  });
});
