import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { decodeText } from '../core/model/decodeText.ts';
import { printableLines } from '../core/model/strangerText.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { Style } from './output/words.ts';

/** Where putctl writes and asks. Results go to `out`; progress, hints and questions to `err`, so that pipes get results alone. */
export interface Terminal {
  readonly style: Style;
  /** Width where results go to a terminal; undefined for a pipe or a file. */
  readonly columns: number | undefined;
  /** Width where progress goes to a terminal. */
  readonly errColumns: number | undefined;
  /** Results are read by a person at this moment. */
  readonly outIsTerminal: boolean;
  /** Progress lines may be written. */
  readonly errIsTerminal: boolean;
  /** Why results could not be written (ENOSPC: the disk is full), once everything written so far has gone its way; undefined: they were. */
  unwritten(): Promise<string | undefined>;
  /** A person can be asked. */
  readonly canAsk: boolean;
  out(text: string): void;
  err(text: string): void;
  /** The same without ending the line. */
  errRaw(text: string): void;
  /** Rejects with `cancelled` when the input ends, Ctrl-C is pressed (`interrupted` in the details), or `signal` says that nobody waits for it any more. */
  ask(question: string, signal?: AbortSignal): Promise<string>;
  /** The same without showing what is typed. */
  askHidden(question: string, signal?: AbortSignal): Promise<string>;
  /** The first line of what is piped in, for a secret. @throws PutError file-unreadable where nothing is, or it is longer than `mostBytes`; usage for a second one */
  readLine(mostBytes: number): Promise<string>;
}

interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
}

function hasUnicode(env: Streams['env'], platform: string): boolean {
  if (platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] !== undefined;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  return /utf-?8/i.test(locale) || platform === 'darwin';
}

function hasColour(env: Streams['env'], stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}

/** What goes to a terminal or a file holds texts of targets and packages: none of them drives the terminal. Line ends of CSV stay. */
function wholeLines(text: string): string {
  const shown = text.split('\r\n').map(printableLines).join('\r\n');
  return shown.endsWith('\n') ? shown : `${shown}\n`;
}

/** The terminal of a process. A reader that goes away (`putctl nodes | head`) ends the process quietly. */
export function createTerminal({ stdin, stdout, stderr, env, platform }: Streams): Terminal {
  let unwritten: string | undefined;
  let lineTaken = false;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    unwritten ??= error.code ?? error.message;
  });
  // Hints that cannot be written are no reason to fail; where the result goes is what counts.
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
  });
  const ask = (question: string, hidden: boolean, signal?: AbortSignal): Promise<string> => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    const lines = createInterface({ input: stdin, output: hidden ? silent : stderr, terminal: stdin.isTTY });
    return new Promise<string>((resolve, reject) => {
      let interrupted = false;
      const giveUp = (): void =>
        reject(
          interrupted
            ? new PutError('cancelled', 'stopped by Ctrl-C', { interrupted })
            : new PutError('cancelled', `no answer to: ${question.trim()}`),
        );
      const close = (): void => lines.close();
      lines.on('SIGINT', () => {
        interrupted = true;
        close();
      });
      signal?.addEventListener('abort', close);
      lines.on('close', () => {
        signal?.removeEventListener('abort', close);
        giveUp();
      });
      if (hidden) stderr.write(question);
      lines.question(hidden ? '' : question, (answer) => {
        resolve(answer);
        lines.close();
      });
    }).finally(() => {
      if (hidden) stderr.write('\n');
    });
  };
  return {
    style: { colour: hasColour(env, stdout), unicode: hasUnicode(env, platform) },
    get columns() {
      return stdout.isTTY ? stdout.columns : undefined;
    },
    get errColumns() {
      return stderr.isTTY ? stderr.columns : undefined;
    },
    outIsTerminal: stdout.isTTY,
    errIsTerminal: stderr.isTTY,
    unwritten: () =>
      new Promise((resolve) => {
        // Behind everything written so far; its own failure is told by the event.
        stdout.write('', () => setImmediate(() => resolve(unwritten)));
      }),
    canAsk: stdin.isTTY && stderr.isTTY,
    out: (text) => void stdout.write(wholeLines(text)),
    err: (text) => void stderr.write(wholeLines(text)),
    errRaw: (text) => void stderr.write(text),
    ask: (question, signal) => ask(printableLines(question), false, signal),
    askHidden: (question, signal) => ask(printableLines(question), true, signal),
    readLine: async (mostBytes) => {
      if (lineTaken) throw new PutError('usage', 'only one secret can come from the standard input');
      lineTaken = true;
      const bytes: Buffer[] = [];
      let length = 0;
      for await (const part of stdin) {
        const chunk = Buffer.from(part as Buffer);
        bytes.push(chunk);
        length += chunk.length;
        // What comes behind the first line is nobody's: whoever writes it may go on for ever.
        if (chunk.includes(0x0a) || length > mostBytes) break;
      }
      const decoded = decodeText(Buffer.concat(bytes));
      if ('problem' in decoded) throw new PutError('file-unreadable', `standard input: ${decoded.problem}`);
      const [line = ''] = decoded.text.split(/\r?\n/, 1);
      if (Buffer.byteLength(line) > mostBytes)
        throw new PutError('file-unreadable', `standard input: its first line is longer than ${mostBytes} bytes`);
      if (line === '') throw new PutError('file-unreadable', 'standard input: nothing came');
      return line;
    },
  };
}
