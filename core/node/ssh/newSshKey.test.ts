import ssh2 from 'ssh2';
import { expect, it } from 'vitest';
import { newSshKey } from './newSshKey.ts';

it('every new key can be read again, its two halves too', () => {
  for (let i = 0; i < 1500; i++) {
    const key = newSshKey('put');
    const secret = ssh2.utils.parseKey(key.private);
    const shown = ssh2.utils.parseKey(key.public);
    if (secret instanceof Error) throw secret;
    if (shown instanceof Error) throw shown;
    expect(secret.getPublicSSH().equals(shown.getPublicSSH())).toBe(true);
  }
});
