import { open } from 'node:fs/promises';
import type { ClientChannel } from 'ssh2';
import type { LocalFile } from '../NodePort.ts';

/** Bytes that are read and sent at a time. */
const PIECE_BYTES = 256 * 1024;

/**
 * Writes a file from an offset on, no faster than the node takes it; one buffer serves the whole of it.
 * @throws what the file system says, and where the file is shorter than it was
 */
export async function sendFile(
  file: LocalFile,
  from: number,
  channel: ClientChannel,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const source = await open(file.path);
  try {
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.max(1, file.sizeBytes - from)));
    for (let at = from; at < file.sizeBytes && channel.writable;) {
      const { bytesRead } = await source.read(piece, 0, Math.min(piece.length, file.sizeBytes - at), at);
      if (bytesRead === 0) throw new Error(`it ends after ${at} of ${file.sizeBytes} bytes`);
      at += bytesRead;
      if (!(await isTaken(channel, piece.subarray(0, bytesRead)))) return;
      onProgress(at);
    }
  } finally {
    await source.close();
  }
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
