import type { ClientChannel } from 'ssh2';
import type { ErrorCode } from '../../../core/protocol/errorCatalogue.ts';
import type { LocalFile } from '../NodePort.ts';
import { putScript, remember, seenAsOf, type SeenFile } from './fileScripts.ts';
import { NodeFault } from './nodeTrouble.ts';
import { sendFile } from './sendFile.ts';

export interface PutFilesOptions {
  readonly nodeId: string;
  /** Files of the node by their paths. */
  readonly seen: Map<string, SeenFile>;
  run(
    script: string,
    io: {
      readonly takesInput: true;
      onOutput(bytes: Buffer, channel: ClientChannel): void;
      onError(line: string): void;
    },
  ): Promise<number>;
  onProgress(bytes: number, ofBytes: number): void;
}

/**
 * Brings files into a folder of a node, by one script and over one channel; nothing is sent that is there.
 * @throws NodeFault with the file that it is about, and what `run` throws
 */
export async function putFiles(
  files: readonly LocalFile[],
  folder: string,
  options: PutFilesOptions,
): Promise<readonly ('there' | 'copied')[]> {
  const { nodeId, seen } = options;
  if (files.length === 0) return [];
  let said = '';
  let began = false;
  let broken: NodeFault | undefined;
  const send = async (channel: ClientChannel): Promise<void> => {
    const missing = [...said.matchAll(/^from (\d+) (\d+)$/gm)].flatMap(([, i, from]) => {
      const file = files[Number(i)];
      return file ? [{ file, from: Number(from) }] : [];
    });
    const ofBytes = missing.reduce((sum, { file, from }) => sum + file.sizeBytes - from, 0);
    let before = 0;
    for (const { file, from } of missing) {
      try {
        await sendFile(file, from, channel, (at) => options.onProgress(before + at - from, ofBytes));
      } catch (error) {
        const message = `${file.path}: ${(error as Error).message}`;
        broken = new NodeFault('refused', 'file-unreadable', message, { file: file.name });
        channel.close();
        return;
      }
      before += file.sizeBytes - from;
    }
  };
  let lastError = '';
  const code = await options
    .run(putScript(files, folder, seen), {
      takesInput: true,
      onOutput: (bytes, channel) => {
        said += bytes.toString('utf8');
        if (began || !/^go$/m.test(said)) return;
        began = true;
        void send(channel);
      },
      onError: (line) => (lastError = line),
    })
    .catch((error: unknown) => {
      throw broken ?? error;
    });
  if (broken) throw broken;
  for (const [i, as] of seenAsOf(said, files)) {
    const file = files[i];
    if (file) remember(seen, `${folder}/${file.name}`, { as, sha256: file.sha256 });
  }
  const words = new Map([...said.matchAll(/^(there|copied) (\d+)$/gm)].map(([, word, i]) => [Number(i), word]));
  if (code === 0) return files.map((_, i) => (words.get(i) === 'there' ? 'there' : 'copied'));
  const [word, i, ...rest] = (said.trimEnd().split('\n').at(-1) ?? '').split(' ');
  const file = files[Number(i)] ?? files.find((_, at) => !words.has(at));
  const name = file?.name ?? folder;
  const fault = (why: ErrorCode, what: string): NodeFault =>
    new NodeFault('refused', why, `${nodeId}: ${what}`, file ? { file: file.name } : {});
  if (word === 'no-room' && file) {
    throw fault('disk-full', `${rest[1]} has ${rest[0]} bytes free; ${name} needs ${file.sizeBytes}`);
  }
  if (word === 'mismatch') throw fault('file-digest-mismatch', `${name} arrived with another digest`);
  const full = /No space left/i.test(lastError);
  throw fault(full ? 'disk-full' : 'action-failed', `${name} could not be copied (${lastError || `status ${code}`})`);
}
