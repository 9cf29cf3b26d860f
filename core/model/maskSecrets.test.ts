import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskSecrets } from './maskSecrets.ts';

describe('maskSecrets', () => {
  it.each([
    ['password=hunter2 next', 'password=*** next'],
    ['{"password":"hun ter2","user":"anna"}', '{"password":***,"user":"anna"}'],
    ["sudoPassword: 'hunter2', x", 'sudoPassword: ***, x'],
    ['Authorization: Basic aHVudGVyMg== end', 'Authorization: *** end'],
    ['sessionToken: hunter2; done', 'sessionToken: ***; done'],
    ['dial https://anna:hunter2@proxy.site:3128/x', 'dial https://***@proxy.site:3128/x'],
    ['-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n-----END OPENSSH PRIVATE KEY-----', '-----PRIVATE KEY ***-----'],
    ['-----BEGIN PRIVATE KEY-----\nhunter2 was cut', '-----PRIVATE KEY ***-----'],
  ])('%j', (text, masked) => expect(maskSecrets(text)).toBe(masked));

  it.each([
    'the password is asked for',
    'lease 4 on port 9003',
    'user=anna host=https://site:8443/',
    'tokens counted: none',
  ])('leaves %j', (text) => expect(maskSecrets(text)).toBe(text));

  it('shows no value of a named secret, whatever stands around it', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9+/]{12,30}$/);
    const name = fc.constantFrom('password', 'passphrase', 'leaseToken', 'secret', 'PASSWORD');
    const between = fc.constantFrom('=', ': ', '":"', "': '");
    fc.assert(
      fc.property(fc.string(), name, between, word, (before, named, sign, secret) => {
        expect(maskSecrets(`${before} ${named}${sign}${secret}`)).not.toContain(secret);
      }),
    );
  });
});
