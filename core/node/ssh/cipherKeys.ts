import { createSecretKey, KeyObject } from 'node:crypto';
import type { Client } from 'ssh2';

/** Where ssh2 (1.17) keeps the keys of ciphers and MACs that it makes anew for each packet. */
const KEY_FIELDS = ['_encKey', '_decipherKey', '_macKey'] as const;

type Keys = Partial<Record<(typeof KEY_FIELDS)[number], unknown>>;

/** Both directions of a connection as ssh2 has them inside. */
function directionsOf(client: Client): readonly Keys[] {
  const { _protocol: protocol } = client as unknown as { readonly _protocol?: { _cipher?: Keys; _decipher?: Keys } };
  return [protocol?._cipher, protocol?._decipher].filter((keys) => keys !== undefined);
}

/** Keys of a connection that are KeyObjects now; for tests. */
export function keyObjectsOf(client: Client): number {
  return directionsOf(client).flatMap((keys) => KEY_FIELDS.filter((field) => keys[field] instanceof KeyObject)).length;
}

/**
 * Gives the ciphers of a connection their keys as KeyObjects, after every key exchange. ssh2 makes a cipher for each packet, which takes Node 24 ten times
 * as long from the bytes of a key (14 us of a processor) as from a KeyObject. A library that keeps its keys elsewhere works as before.
 */
export function useKeyObjects(client: Client): void {
  client.on('handshake', () => {
    for (const keys of directionsOf(client)) {
      for (const field of KEY_FIELDS) {
        const key = keys[field];
        if (Buffer.isBuffer(key)) keys[field] = createSecretKey(key);
      }
    }
  });
}
