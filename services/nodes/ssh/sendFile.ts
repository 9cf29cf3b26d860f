import { open, type FileHandle } from 'node:fs/promises';
import type { ClientChannel } from 'ssh2';
import type { LocalFile } from '../NodePort.ts';
import { ownTurn } from './ownTurn.ts';

/** Bytes that are read and sent at a time. */
const PIECE_BYTES = 256 * 1024;
/** Pieces that are kept for other nodes while anything is sent: what is brought to many at the same time is read once. */
const MOST_PIECES = 32;

/** By digest of the file and number. */
const pieces = new Map<string, Promise<Buffer>>();
let sending = 0;

/**
 * Writes a file from an offset on, no faster than the node takes it; what other nodes take at about the same time is shared.
 * @throws what the file system says, and where the file is shorter than it was
 */
export async function sendFile(
  file: LocalFile,
  from: number,
  channel: ClientChannel,
  onProgress: (bytes: number) => void,
): Promise<void> {
  let source: FileHandle | undefined;
  const read = async (number: number): Promise<Buffer> => {
    source ??= await open(file.path);
    const at = number * PIECE_BYTES;
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, file.sizeBytes - at));
    for (let filled = 0; filled < piece.length;) {
      const { bytesRead } = await source.read(piece, filled, piece.length - filled, at + filled);
      if (bytesRead === 0) throw new Error(`it ends after ${at + filled} of ${file.sizeBytes} bytes`);
      filled += bytesRead;
    }
    return piece;
  };
  sending += 1;
  try {
    for (let at = from; at < file.sizeBytes && channel.writable;) {
      const number = Math.floor(at / PIECE_BYTES);
      const piece = await shared(`${file.sha256}:${number}`, () => read(number));
      const rest = piece.subarray(at - number * PIECE_BYTES);
      at += rest.length;
      await ownTurn();
      if (!(await isTaken(channel, rest))) return;
      onProgress(at);
    }
  } finally {
    sending -= 1;
    if (sending === 0) pieces.clear();
    await source?.close();
  }
}

/** A piece that another one read or reads, or that is read now; of too many the one that nobody took for longest is forgotten. */
function shared(key: string, read: () => Promise<Buffer>): Promise<Buffer> {
  const known = pieces.get(key);
  pieces.delete(key);
  const piece = known ?? read();
  pieces.set(key, piece);
  const [oldest] = pieces.keys();
  if (pieces.size > MOST_PIECES && oldest !== undefined) pieces.delete(oldest);
  if (!known) piece.catch(() => pieces.delete(key));
  return piece;
}

/** Writes bytes; false where the channel was closed before it had taken them. */
function isTaken(channel: ClientChannel, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve) => {
    const onClose = (): void => resolve(false);
    channel.once('close', onClose);
    channel.write(bytes, () => {
      channel.off('close', onClose);
      resolve(true);
    });
  });
}
