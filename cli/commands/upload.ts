import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Command } from 'commander';
import type { UploadProgress } from '../../core/client/FileClient.ts';
import { errorOf, PutError, reportOf } from '../../core/protocol/errors.ts';
import { libraryFileNameOf } from '../../core/model/libraryFileName.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { EXIT, exitCodeOfError, type ExitCode } from '../exitCodes.ts';
import {
  withDetailedExit,
  withTarget,
  wholeNumber,
  type CommonOptions,
  type Launcher,
  type SessionContext,
} from '../launch.ts';
import { findLibraryFiles, type FoundFiles, type LeftOut, type LocalFile } from '../localFiles.ts';
import { errorDocument, errorText } from '../output/Output.ts';
import { formatTable } from '../output/table.ts';
import { formatBytes, formatDuration, mark, plural } from '../output/words.ts';
import { uploadCap } from '../uploadCap.ts';
import { unlessEnded } from '../waiting.ts';

interface UploadOptions extends CommonOptions {
  readonly samples?: boolean;
  readonly atOnce: number;
  /** Bytes a second; 0: none. */
  readonly cap?: number;
}

interface FileResult {
  readonly path: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** `there` where the library had it with this digest already: nothing was sent. */
  readonly state: 'sent' | 'there' | 'failed';
  readonly sha256?: string;
  readonly error?: PutError;
}

/** The folders of the sample packages, one a release. Throws `file-unreadable` where this build has none. */
async function sampleFolders(folder: string | undefined): Promise<string[]> {
  const entries = folder === undefined ? [] : await readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.name.startsWith('release-'))
    .map((entry) => join(folder ?? '', entry.name));
  if (folders.length === 0)
    throw new PutError('file-unreadable', 'the sample packages are not part of this installation');
  return folders.sort();
}

class UploadBoard {
  readonly #context: SessionContext;
  readonly #stored = new Map<string, number>();
  readonly #totalBytes: number;
  readonly #files: number;
  readonly #startedAtMs: number;
  readonly #causes = new Map<string, { readonly code: string; readonly count: number }>();
  #ended = 0;

  constructor(context: SessionContext, files: number, totalBytes: number) {
    this.#context = context;
    this.#files = files;
    this.#totalBytes = totalBytes;
    this.#startedAtMs = context.host.clock.steadyMs();
  }

  progress(name: string, progress: UploadProgress): void {
    this.#stored.set(name, progress.storedBytes);
    const bytes = [...this.#stored.values()].reduce((sum, one) => sum + one, 0);
    const percent = this.#totalBytes === 0 ? 100 : Math.floor((bytes * 100) / this.#totalBytes);
    const seconds = Math.max(0.001, (this.#context.host.clock.steadyMs() - this.#startedAtMs) / 1000);
    this.#context.output.passing(
      `${percent} %  ${formatBytes(bytes)} of ${formatBytes(this.#totalBytes)}  ${this.#ended} of ${plural(this.#files, 'file')}  ${formatBytes(bytes / seconds)}/s  ${name}: ${progress.state}`,
    );
  }

  /** One cause is told once, whatever the number of files: the table names them all, and `tellRest` how many there were. */
  #failed(name: string, error: PutError): void {
    const cause = `${error.code} ${error.message.replaceAll(name, '').replace(/\d+/g, '0')}`;
    const files = this.#causes.get(cause);
    if (files === undefined) this.#context.output.note(errorText(error));
    this.#causes.set(cause, { code: error.code, count: (files?.count ?? 0) + 1 });
  }

  /** After the last file: how many more had a cause that was told. */
  tellRest(): void {
    for (const { code, count } of this.#causes.values()) {
      if (count > 1) this.#context.output.note(`The same (${code}) for ${plural(count - 1, 'more file')}.`);
    }
  }

  ended(result: FileResult): void {
    this.#ended++;
    if (result.error) {
      this.#failed(result.name, result.error);
      return;
    }
    const took = formatDuration(this.#context.host.clock.steadyMs() - this.#startedAtMs);
    const how = result.state === 'there' ? 'is there already' : `sent, digest confirmed, ${took}`;
    this.#context.output.progress(
      `${mark('ok', this.#context.host.terminal.style, result.name)}  ${formatBytes(result.sizeBytes)}  ${how}`,
    );
  }
}

async function uploadOne(context: SessionContext, path: string, board: UploadBoard): Promise<FileResult> {
  const name = libraryFileNameOf(basename(path));
  let sizeBytes = 0;
  try {
    const source = await openFileSource(path);
    sizeBytes = source.sizeBytes;
    let sent = false;
    const upload = context.session.upload(source, (progress) => {
      if (progress.state === 'sending' || progress.state === 'confirming') sent = true;
      board.progress(name, progress);
    });
    const { sha256 } = await unlessEnded(context.host, context.session, upload.done);
    return { path, name, sizeBytes, state: sent ? 'sent' : 'there', sha256 };
  } catch (error) {
    if (context.host.stop.aborted) throw error;
    return failedResult(path, sizeBytes, errorOf(reportOf(error)));
  }
}

function resultTable({ host }: SessionContext, results: readonly FileResult[]): string {
  return formatTable(
    [{ title: 'FILE', shrinks: true }, { title: 'SIZE', align: 'right' }, { title: 'STATE' }, { title: 'SHA-256' }],
    results.map((result) => [
      result.name,
      formatBytes(result.sizeBytes),
      mark(result.error ? 'failed' : 'ok', host.terminal.style, result.error?.code ?? result.state),
      result.sha256?.slice(0, 16) ?? '',
    ]),
    { columns: host.terminal.columns },
  );
}

interface ReadHeads {
  readonly waiting: readonly { readonly path: string; readonly sizeBytes: number }[];
  readonly refused: readonly FileResult[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Opens every file and reads its head before the first byte of any is sent: what the library would refuse at the end of a long upload is
 * known now. A source or delta package that only stands in a folder beside the others is left out; one that was named is refused.
 */
async function readHeads({ host, output }: SessionContext, found: FoundFiles, atOnce: number): Promise<ReadHeads> {
  const leftOut = [...found.leftOut];
  const refused = found.faults.map(({ path, error }) => failedResult(path, 0, error));
  const waiting: { path: string; sizeBytes: number }[] = [];
  const rest = [...found.files.entries()];
  const readOne = async (place: number, { path, isNamed }: LocalFile): Promise<void> => {
    try {
      const source = await openFileSource(path);
      await source.close();
      waiting[place] = { path, sizeBytes: source.sizeBytes };
    } catch (error) {
      const report = reportOf(error);
      const sizeBytes = await stat(path).then(
        ({ size }) => size,
        () => 0,
      );
      if (!isNamed && report.code === 'package-not-installable')
        leftOut.push({ path, reason: report.message.replace(`${path}: `, '') });
      else refused.push(failedResult(path, sizeBytes, errorOf(report)));
    }
  };
  const work = async (): Promise<void> => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      if (host.stop.aborted) return;
      output.passing(`reading heads: ${plural(rest.length, 'file')} left`);
      await readOne(...next);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, rest.length) }, work));
  output.passing('');
  return { waiting: waiting.filter(Boolean), refused, leftOut };
}

function failedResult(path: string, sizeBytes: number, error: PutError): FileResult {
  return { path, name: libraryFileNameOf(basename(path)), sizeBytes, state: 'failed', error };
}

/** Sends files into the package library, several at once; one that fails does not stop the others. */
export async function uploadFiles(
  context: SessionContext,
  paths: readonly string[],
  options: { samples?: boolean; atOnce: number; cap?: number },
): Promise<ExitCode> {
  const { host, output, session } = context;
  if (options.cap !== undefined) session.capUploads(options.cap === 0 ? undefined : options.cap);
  const given = options.samples === true ? [...paths, ...(await sampleFolders(host.samplesFolder))] : paths;
  if (given.length === 0) throw new PutError('usage', 'name files or folders to upload, or give --samples');
  const found = await findLibraryFiles(given);
  const onlyFault = found.files.length === 0 && found.faults.length === 1 ? found.faults[0] : undefined;
  if (onlyFault) throw onlyFault.error;
  const { waiting, refused, leftOut } = await readHeads(context, found, options.atOnce);
  const board = new UploadBoard(
    context,
    waiting.length,
    waiting.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  );
  for (const { error } of refused) if (error) output.note(errorText(error));
  for (const { path, reason } of leftOut) output.note(`left out: ${path}: ${reason}`);
  const results: FileResult[] = [];
  const queue = [...waiting];
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const result = await uploadOne(context, next.path, board);
      results.push(result);
      board.ended(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.atOnce, waiting.length) }, work));
  output.passing('');
  board.tellRest();
  const place = new Map(waiting.map(({ path }, i) => [path, i]));
  results.sort((a, b) => (place.get(a.path) ?? 0) - (place.get(b.path) ?? 0));
  results.push(...refused);
  const failures = results.filter((result) => result.error);
  const count = (state: FileResult['state']): number => results.filter((result) => result.state === state).length;
  output.result(
    {
      files: results.map(({ error, ...result }) => ({
        ...result,
        ...(error ? errorDocument(error) : {}),
      })),
      sent: count('sent'),
      there: count('there'),
      failed: count('failed'),
      leftOut,
      otherFiles: found.otherFiles,
    },
    () =>
      [
        ...(results.length === 0 ? [] : [resultTable(context, results)]),
        [
          `${plural(results.length, 'file')}: ${count('sent')} sent, ${count('there')} there already, ${count('failed')} failed`,
          ...(leftOut.length > 0 ? [`${leftOut.length} left out, named above`] : []),
          ...(found.otherFiles.length > 0
            ? [`${plural(found.otherFiles.length, 'other file')} of the folders: neither package nor cert list`]
            : []),
        ].join('; '),
      ].join('\n'),
  );
  const first = failures[0]?.error;
  if (!first) {
    if (leftOut.length > 0) return EXIT.warnings;
    return count('sent') === 0 ? EXIT.nothingToDo : EXIT.done;
  }
  return failures.every((result) => result.error && exitCodeOfError(result.error) === EXIT.heldByOther)
    ? EXIT.heldByOther
    : EXIT.failed;
}

export function defineUpload(program: Command, launch: Launcher): void {
  withDetailedExit(withTarget(program.command('upload')))
    .description('send packages and cert lists into the package library of the master node')
    .argument('[path...]', 'RPM and cert list files, or folders that hold them')
    .option('--samples', 'the sample packages of PUT Desktop, two releases, for practice')
    .option('--at-once <n>', 'files under way at a time', wholeNumber(1, 16), 4)
    .option('--cap <kB/s>', 'send at most that much; 0: what the line carries, whatever is saved', uploadCap)
    .action((paths: string[], options: UploadOptions) =>
      launch.withSession(options, (context) => uploadFiles(context, paths, options)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl upload /media/release-17.20/              every .rpm and .certlist of the folder and of those below it
  putctl upload ppde-17.20.03.01-1.x86_64.rpm put-17.20.certlist
  putctl upload --samples                          for the practice system
  putctl upload --cap 40 /media/release-17.20/     at most 40 kB a second, so that others on the line get on

A cap that is saved with the system (putctl systems edit NAME --upload-cap 40) holds for each of its uploads, here and in the window.

A file that the library has with the same digest is not sent again. After a cut, a Ctrl-C or a restart the same command goes
on where the bytes on the master's disk end. The master confirms the digest of every file.

Before a byte is sent, the head of every file is read: source and delta packages, cut files and wrong cert lists are refused with
the reason and the others are sent. Before a file is sent, all its bytes are compared with the digests that the package says of
itself. In folders links are followed; what is left out is named, and the exit code is 4 then (1 where a file failed).`,
    );
}
