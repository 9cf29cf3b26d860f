import type { Algorithms, KexAlgorithm, ServerHostKeyAlgorithm } from 'ssh2';

/**
 * Exchanges offered, best first: the post-quantum hybrid that OpenSSH prefers costs over 2 kB and is left out, as in the
 * TLS handshake, since each second counts on a slow line. After the fast ones those that hardened hosts allow alone, then
 * those of old hosts (SHA-1); the host takes the first of ours that it has. The 1,024 bit group is not offered (Logjam).
 */
const KEY_EXCHANGES: KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'diffie-hellman-group14-sha256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group-exchange-sha1',
];

/** Algorithms that show a key of a family, by the type that known_hosts names. */
const BY_KEY_TYPE: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
};

/** Types of host keys that can be checked, in the order of OpenSSH. */
export const HOST_KEY_TYPES: readonly string[] = Object.keys(BY_KEY_TYPE);

/** The host shows a key of the first type that it has: `hostKeyTypes`, best first. */
export function algorithmsFor(hostKeyTypes: readonly string[]): Algorithms {
  return {
    kex: KEY_EXCHANGES,
    serverHostKey: hostKeyTypes.flatMap((type) => BY_KEY_TYPE[type] ?? []),
    // Only where the host has nothing better; a cipher that this machine's OpenSSL leaves out is not offered.
    cipher: { append: [/^aes(128|192|256)-cbc$/] } as unknown as Algorithms['cipher'],
  };
}

/** What a host offered in its key exchange, by the kind of algorithm, as the library's trace tells it. */
export function readHostOffer(trace: string): readonly [kind: string, offered: string] | undefined {
  const match = /^Handshake: \(remote\) (KEX method|Host key format|C->S cipher|C->S MAC): (.*)$/.exec(trace);
  return match ? [match[1] ?? '', match[2] ?? ''] : undefined;
}
