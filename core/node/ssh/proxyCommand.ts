import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { PutError } from '../../protocol/errors.ts';

/** Of what a command writes to its error output, the end is told. */
const SAID_BYTES = 2_000;

/**
 * The stream of a ProxyCommand of the user's own ssh configuration, run by a shell as ssh does: its input and output carry
 * the connection. A command that ends takes the stream along, with what it said last as the error.
 */
export function openProxyCommand(command: string): Duplex {
  const isWindows = process.platform === 'win32';
  const child = spawn(isWindows ? command : `exec ${command}`, {
    shell: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    windowsHide: true,
  });
  return streamOfChild(child, (said) => new PutError('ssh-proxy-command-failed', `ProxyCommand ${command}: ${said}`));
}

/** Input and output of a child process as one stream; `faultOf` makes the error of an end before the stream's own. */
export function streamOfChild(
  child: ReturnType<typeof spawn>,
  faultOf: (said: string) => PutError,
  onLine: (line: string) => void = () => {},
): Duplex {
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new PutError('internal', 'the child process has no pipes');
  let said = '';
  let rest = '';
  stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_BYTES);
    const lines = (rest + text).split(/\r?\n/);
    rest = (lines.pop() ?? '').slice(-SAID_BYTES);
    for (const line of lines) onLine(line);
  });
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk: Buffer, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(() => done()),
    destroy: (error, done) => {
      child.kill();
      done(error);
    },
  });
  stdin.on('error', () => {});
  stdout.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) stdout.pause();
  });
  child.on('error', (error) => stream.destroy(faultOf(error.message)));
  // Only its end tells why; that of its output comes before.
  child.on('close', (status, signal) => {
    if (stream.destroyed) return;
    const last = said.trim().split(/\r?\n/).slice(-3).join('; ');
    stream.destroy(faultOf(last || `it ended with ${signal ?? status ?? 'no status'}`));
  });
  return stream;
}
