import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';

/** Smaller pieces are left to the collection: to give one back takes as long as to copy it. */
const LARGE_BYTES = 16 * 1024;

/** Where ssh2 (1.17) makes packets and gives them to the socket. */
interface Cipher {
  encrypt?: (packet: Buffer) => void;
  _onWrite?: (bytes: Buffer) => void;
}

const isLarge = (bytes: unknown): bytes is Buffer =>
  Buffer.isBuffer(bytes) && bytes.length >= LARGE_BYTES && bytes.length === bytes.buffer.byteLength;

/** Gives the memory of bytes back that nobody reads any more; they are empty afterwards. */
function giveBack(bytes: unknown): void {
  if (isLarge(bytes)) (bytes.buffer as ArrayBuffer).transfer(0);
}

/** What is written to the stream is nobody else's: its memory is given back as soon as it has gone out. */
function giveBackWritten(stream: Duplex): void {
  const write = stream.write.bind(stream) as (...words: unknown[]) => boolean;
  stream.write = (...words: unknown[]): boolean =>
    words.length === 1 && isLarge(words[0]) ? write(words[0], () => giveBack(words[0])) : write(...words);
}

/**
 * Gives the memory of packets that a connection sends back at once. Node keeps it outside of the heap, where V8 counts 64 MB of it and then looks through all of the
 * heap, whatever is in it: once for each 32 MB that are sent, since a packet is there as it is and encrypted. A library that makes its packets elsewhere works as before.
 */
export function giveBackPackets(client: Client, socket: Duplex): void {
  giveBackWritten(socket);
  client.on('handshake', () => {
    const { _protocol: protocol } = client as unknown as { readonly _protocol?: { readonly _cipher?: Cipher } };
    const cipher = protocol?._cipher;
    const [encrypt, write] = [cipher?.encrypt?.bind(cipher), cipher?._onWrite?.bind(cipher)];
    if (!cipher || !encrypt || !write) return;
    let open: Buffer | undefined;
    // The length of a packet goes out as it is.
    cipher._onWrite = (bytes) => write(bytes.buffer === open?.buffer ? Buffer.from(bytes) : bytes);
    cipher.encrypt = (packet) => {
      open = packet;
      encrypt(packet);
      open = undefined;
      giveBack(packet);
    };
  });
}
