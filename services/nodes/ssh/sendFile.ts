import { createReadStream } from 'node:fs';
import type { ClientChannel } from 'ssh2';
import type { LocalFile } from '../NodePort.ts';

/** Writes a file from an offset on, no faster than the node takes it. */
export async function sendFile(
  file: LocalFile,
  from: number,
  channel: ClientChannel,
  onProgress: (bytes: number) => void,
): Promise<void> {
  let sent = from;
  if (from < file.sizeBytes) {
    for await (const chunk of createReadStream(file.path, {
      start: from,
      end: file.sizeBytes - 1,
      highWaterMark: 256 * 1024,
    })) {
      const bytes = chunk as Buffer;
      const flows = channel.write(bytes);
      sent += bytes.length;
      onProgress(sent);
      if (!flows) {
        await new Promise<void>((resolve) => {
          const go = (): void => {
            channel.off('drain', go);
            channel.off('close', go);
            resolve();
          };
          channel.on('drain', go);
          channel.on('close', go);
        });
      }
      if (!channel.writable) return;
    }
  }
  channel.end();
}
