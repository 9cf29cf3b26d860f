import { createHash } from 'node:crypto';
import { PutError } from '../../protocol/errors.ts';
import { HOST_KEY_TYPES } from './sshAlgorithms.ts';
import { keyTypeOf } from './sshAgent.ts';
import { checkKnownHosts, knownHostName, knownKeyTypes } from './knownHosts.ts';
import type { SshHop } from './sshHostSettings.ts';

/** `SHA256:` and the digest of a host key in base64 without padding, as ssh-keygen -lf prints it. */
export function sshFingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

/** The names that known_hosts may have the host under. */
export function knownNamesOf({ host, address, port, hostKeyAlias }: SshHop): string[] {
  if (hostKeyAlias !== undefined) return [hostKeyAlias];
  return [...new Set([host, address])].map((name) => knownHostName(name, port));
}

/** Types of host keys to ask for, best first: one that known_hosts has before the others, since only that can be checked. */
export function hostKeyTypesFor(hop: SshHop, knownHosts: string): string[] {
  const known = hop.hostKey === undefined ? knownKeyTypes(knownHosts, knownNamesOf(hop)) : [];
  return [...HOST_KEY_TYPES].sort((a, b) => Number(known.includes(b)) - Number(known.includes(a)));
}

/**
 * Why a host's key is not trusted, `ssh-host-key-unknown` or `ssh-host-key-changed`; undefined where it is. An accepted key
 * goes before the text of the known_hosts files.
 */
export function judgeHostKey(hop: SshHop, key: Buffer, knownHosts: string): PutError | undefined {
  const fingerprint = sshFingerprintOf(key);
  const where = `${hop.host}:${hop.port}`;
  const hostKey = `${keyTypeOf(key)} ${key.toString('base64')}`;
  const details = { host: hop.host, port: hop.port, fingerprint, keyType: keyTypeOf(key), hostKey };
  const shown = `${where} shows the SSH host key ${fingerprint}`;
  if (hop.hostKey !== undefined) {
    return hop.hostKey === fingerprint
      ? undefined
      : new PutError('ssh-host-key-changed', `${shown}; ${hop.hostKey} was accepted before`, {
          ...details,
          pinned: hop.hostKey,
        });
  }
  const verdicts = knownNamesOf(hop).map((name) =>
    checkKnownHosts(knownHosts, [name], keyTypeOf(key), key.toString('base64')),
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
