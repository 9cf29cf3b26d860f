import { createHash } from 'node:crypto';
import { PutError } from '../../protocol/errors.ts';
import { checkKnownHosts } from './knownHosts.ts';
import type { SshHop } from './sshHostSettings.ts';

/** `SHA256:` and the digest of a host key in base64 without padding, as ssh-keygen -lf prints it. */
export function sshFingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** Type of a public key in wire form: a length and its name. */
function keyTypeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
}

/**
 * Why a host's key is not trusted, `ssh-host-key-unknown` or `ssh-host-key-changed`; undefined where it is. An accepted key
 * goes before the text of the known_hosts files.
 */
export function judgeHostKey(hop: SshHop, key: Buffer, knownHosts: string): PutError | undefined {
  const fingerprint = sshFingerprintOf(key);
  const where = `${hop.host}:${hop.port}`;
  const details = { host: hop.host, port: hop.port, fingerprint };
  const shown = `${where} shows the SSH host key ${fingerprint}`;
  if (hop.hostKey !== undefined) {
    return hop.hostKey === fingerprint
      ? undefined
      : new PutError('ssh-host-key-changed', `${shown}; ${hop.hostKey} was accepted before`, {
          ...details,
          pinned: hop.hostKey,
        });
  }
  const names = hop.host === hop.address ? [hop.host] : [hop.host, hop.address];
  const verdicts = names.map((name) =>
    checkKnownHosts(knownHosts, name, hop.port, keyTypeOf(key), key.toString('base64')),
  );
  if (verdicts.some(({ kind }) => kind === 'revoked'))
    return new PutError('ssh-host-key-changed', `${shown}, which known_hosts revokes`, details);
  if (verdicts.some(({ kind }) => kind === 'known')) return undefined;
  const changed = verdicts.find((verdict) => verdict.kind === 'changed');
  if (changed) {
    const pinned = sshFingerprintOf(Buffer.from(changed.knownKey, 'base64'));
    return new PutError('ssh-host-key-changed', `${shown}; known_hosts has ${pinned}`, { ...details, pinned });
  }
  return new PutError('ssh-host-key-unknown', `${shown}, which known_hosts does not have`, details);
}
