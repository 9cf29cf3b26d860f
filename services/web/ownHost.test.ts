import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFromOwnPage, isOwnHost, ownHosts } from './ownHost.ts';

const own = ownHosts(['Master1', 'put.site.example', '203.0.113.9', 'FD00:0:0:0:0:0:0:9'], (address) =>
  ['127.0.0.1', '::1', '10.0.0.5', 'fe80::5'].includes(address),
);

describe('the name that a request calls the system by', () => {
  it.each([
    ['localhost:8443', true],
    ['LOCALHOST', true],
    ['master1:18443', true],
    ['put.site.example', true],
    ['10.0.0.5:8443', true],
    ['[::1]:8443', true],
    ['[fe80::5]', true],
    ['203.0.113.9:443', true],
    ['[fd00::9]:8443', true],
    ['10.0.0.6:8443', false],
    ['[::2]:8443', false],
    ['[10.0.0.5]:8443', false],
    ['evil.example', false],
    ['master1.evil.example', false],
    ['localhost.evil.example:8443', false],
    ['evil.example@10.0.0.5', false],
    ['10.0.0.5:8443/x', false],
    ['10.0.0.5:844300', false],
    ['10.0.0.5 ', false],
    ['', false],
    [undefined, false],
  ])('%s: %s', (host, expected) => expect(isOwnHost(host, own)).toBe(expected));

  it('is ours only where name or address is known, whatever else stands there', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (text, domain) => {
        if (isOwnHost(text, own))
          expect(text.toLowerCase()).toMatch(/^(localhost|master1|put\.site\.example|[\d.]+|\[[\da-f:.]+\])(:\d+)?$/);
        expect(isOwnHost(domain, own)).toBe(domain.toLowerCase() === 'put.site.example');
      }),
    );
  });
});

describe('the page that a request comes from', () => {
  const from = (origin: string | undefined, host: string | undefined): boolean =>
    isFromOwnPage({
      headers: { ...(origin === undefined ? {} : { origin }), ...(host === undefined ? {} : { host }) },
    });
  it('is one of ours over HTTPS by the very name and port that it asks for', () => {
    expect(from('https://localhost:8443', 'localhost:8443')).toBe(true);
    expect(from('https://Localhost:8443', 'localhost:8443')).toBe(true);
    for (const origin of [
      'https://localhost',
      'http://localhost:8443',
      'https://localhost:9443',
      'null',
      '',
      undefined,
    ])
      expect(from(origin, 'localhost:8443')).toBe(false);
    expect(from('https://localhost', undefined)).toBe(false);
  });
});
