import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKnownHosts, hasHostAuthority, knownHostName, knownKeyTypes } from './knownHosts.ts';

const TYPE = 'ssh-ed25519';
const kind = (text: string, host: string, port = 22, key = 'KEY'): string =>
  checkKnownHosts(text, [knownHostName(host, port)], TYPE, key).kind;

function hashed(name: string): string {
  const salt = Buffer.from('0123456789abcdefghij');
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
}

describe('known_hosts', () => {
  it.each([
    ['gate ssh-ed25519 KEY', 'gate', 22, 'known'],
    ['Gate,10.0.0.1 ssh-ed25519 KEY comment', 'gate', 22, 'known'],
    ['gate ssh-ed25519 KEY', 'gate', 2222, 'unknown'],
    ['[gate]:2222 ssh-ed25519 KEY', 'gate', 2222, 'known'],
    ['*.site.example,!bad.site.example ssh-ed25519 KEY', 'a.site.example', 22, 'known'],
    ['*.site.example,!bad.site.example ssh-ed25519 KEY', 'bad.site.example', 22, 'unknown'],
    ['gat? ssh-ed25519 KEY', 'gate', 22, 'known'],
    [`${hashed('gate')} ssh-ed25519 KEY`, 'gate', 22, 'known'],
    [`${hashed('gate')} ssh-ed25519 KEY`, 'other', 22, 'unknown'],
    ['gate ssh-ed25519 OTHER', 'gate', 22, 'changed'],
    ['gate ssh-rsa OTHER', 'gate', 22, 'unknown'],
    ['gate ssh-ed25519 OTHER\ngate ssh-ed25519 KEY', 'gate', 22, 'known'],
    ['@revoked gate ssh-ed25519 KEY', 'gate', 22, 'revoked'],
    ['gate ssh-ed25519 KEY\n@revoked * ssh-ed25519 KEY', 'gate', 22, 'revoked'],
    ['@cert-authority * ssh-ed25519 KEY', 'gate', 22, 'unknown'],
    ['# gate ssh-ed25519 KEY\n\n   \nhalf a line', 'gate', 22, 'unknown'],
    ['', 'gate', 22, 'unknown'],
  ])('%j says of %s:%d: %s', (text, host, port, verdict) => {
    expect(kind(text, host, port)).toBe(verdict);
  });

  it('tells the key that it knows in place of the one shown', () => {
    expect(checkKnownHosts('gate ssh-ed25519 OTHER', ['gate'], TYPE, 'KEY')).toEqual({
      kind: 'changed',
      knownKey: 'OTHER',
    });
  });

  it('takes any text, and never knows a key that is not in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.string({ maxLength: 20 }), (text, host) => {
        fc.pre(!text.includes('KEY'));
        expect(['unknown', 'changed']).toContain(kind(text, host));
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('tells which kinds of key are known for a host, and whether an authority vouches for it', () => {
    const text = 'gate ssh-rsa A\n@revoked gate ssh-ed25519 B\n@cert-authority *.site ssh-ed25519 CA\ngate ssh-rsa C';
    expect(knownKeyTypes(text, ['gate'])).toEqual(['ssh-rsa']);
    expect(knownKeyTypes(text, ['a.site'])).toEqual([]);
    expect([hasHostAuthority(text, ['gate']), hasHostAuthority(text, ['a.site'])]).toEqual([false, true]);
  });
});
