import { randomBytes } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import { printableForeignLines } from '../../../core/model/strangerText.ts';
import { FenceReader } from './FenceReader.ts';
import { lostFault, NodeFault } from './nodeTrouble.ts';
import { shellWord } from '../../../core/model/shellWords.ts';

/** How the user of a connection comes to root's rights. */
export type Rise =
  | { readonly way: 'none' }
  /** `password` absent: sudo must ask for none. */
  | { readonly way: 'sudo'; readonly password?: string | undefined; onWrongPassword?(): void };

/** What a script is run with. Texts that a login script prints before it are dropped. */
export interface ScriptIo {
  readonly nodeId: string;
  readonly rise: Rise;
  readonly signal: AbortSignal;
  /** The whole of it has to end in this time; absent: it may go on. */
  readonly deadlineMs?: number | undefined;
  /**
   * The script reads what is written to the channel once it said so, and ends with 0 only where it read all of that: otherwise its shell ends with it, since
   * the rest would be read as a script. Without it, its standard input is empty.
   */
  readonly takesInput?: boolean | undefined;
  /** The script ends by nothing but its end and leaves nothing behind but names that nobody else uses (`put_`): it needs no shell of its own. */
  readonly inShell?: boolean | undefined;
  onOutput(bytes: Buffer, channel: ClientChannel): void;
  onError?(line: string): void;
  /** The script was sent. */
  onOpen?(channel: ClientChannel): void;
}

/** What is kept of the last words of a script that failed. */
const MOST_LAST_WORDS = 2_000;

/** Same path and language everywhere, whatever the login shell of the user has; what is made is as readable as what a service of systemd makes, unless a script says otherwise. */
const PRELUDE = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset ENV BASH_ENV CDPATH
umask 022
`;

/** What it says is read here, whatever language the user has. */
const SUDO = 'env LC_ALL=C sudo';
/** What sudo says, without what a login script printed, and without its word on a host that does not find its own name. */
function sudoSays(text: string): string {
  const lines = text.split('\n').filter((line) => !line.startsWith('sudo: unable to resolve host '));
  // There may be no sudo at all.
  const own = lines.filter((line) => /^(?:sudo|env): /.test(line));
  return (own.length > 0 ? own : lines).join('\n');
}

/** A shell on a node that runs one script after another. */
interface Shell {
  readonly channel: ClientChannel;
  /** Stands alone on a line before the first script, and with its status after each; nobody on the node can guess it. */
  readonly mark: string;
  isGone: boolean;
}

/** Shells of a connection that wait for their next script. With those at work they have to stay below what sshd takes (MaxSessions). */
const MOST_WAITING = 2;
const waiting = new WeakMap<Client, Map<Rise['way'], Shell[]>>();

/** The one that waited last. */
function takeWaiting(client: Client, way: Rise['way']): Shell | undefined {
  const shells = waiting.get(client)?.get(way) ?? [];
  for (let shell = shells.pop(); shell; shell = shells.pop()) if (!shell.isGone) return shell;
  return undefined;
}

function letWait(client: Client, way: Rise['way'], shell: Shell): void {
  const ways = waiting.get(client) ?? new Map<Rise['way'], Shell[]>();
  waiting.set(client, ways);
  const shells = (ways.get(way) ?? []).filter(({ isGone }) => !isGone);
  ways.set(way, shells);
  const { channel, isGone } = shell;
  // Nothing more comes of it; what does is dropped, so that its end is heard of.
  channel.resume();
  channel.stderr.resume();
  if (isGone) return;
  if (shells.length < MOST_WAITING) shells.push(shell);
  else channel.end();
}

function newShell(channel: ClientChannel, mark: string): Shell {
  const shell: Shell = { channel, mark, isGone: false };
  const leave = (): void => void (shell.isGone = true);
  channel.on('error', leave).once('exit', leave).once('close', leave);
  return shell;
}

/**
 * A script as a waiting shell takes it, with its end told on both outputs. It is one command, which a shell reads to its end before it begins with it: what
 * comes after that is the script's input, or the next script.
 */
export function fencedScript(
  script: string,
  mark: string,
  { takesInput = false, inShell = false }: Pick<ScriptIo, 'takesInput' | 'inShell'> = {},
): string {
  const [input, orEnd] = takesInput ? ['', '; [ $put_code = 0 ] || exit 1'] : [' </dev/null', ''];
  const [begin, end] = inShell ? ['{', '}'] : ['(', ')'];
  return `{
${begin}
${script}
${end}${input}
put_code=$?; echo "${mark} $put_code"; echo "${mark} end" >&2${orEnd}; }
`;
}

/**
 * Runs a script of the POSIX shell on a node, by whatever login shell: that one gets a single line which csh, fish and the Bourne shells read alike; the
 * script itself comes by the standard input, so that neither it nor a password stands in an argument. The shell that ran it waits for the next one, so that
 * a question costs neither a channel nor a login; each runs in a subshell of its own unless it needs none, and one that did not end is closed with its shell. Answers its exit
 * status.
 * @throws NodeFault where the connection breaks, the deadline passes, the shell does not run it or sudo does not let in
 */
export function runScript(client: Client, script: string, io: ScriptIo): Promise<number> {
  const { nodeId, rise, signal, takesInput = false } = io;
  const known = takeWaiting(client, rise.way);
  const mark = known?.mark ?? `PUT-${randomBytes(9).toString('hex')}`;
  const fenced = fencedScript(script, mark, io);
  const asksPassword = !known && rise.way === 'sudo' && rise.password !== undefined;
  // Where sudo reads a password from the same input, nothing is sent before its command has begun.
  const bytes = Buffer.from(known ? fenced : `${asksPassword ? '' : `echo ${mark}\n`}${PRELUDE}${fenced}`);
  const inner = asksPassword ? `/bin/sh -c 'echo ${mark}; exec /bin/sh'` : '/bin/sh';
  const command =
    rise.way === 'none'
      ? `exec ${inner}`
      : asksPassword
        ? `${SUDO} -S -p ${shellWord(`${mark}-password`)} ${inner}`
        : `${SUDO} -n ${inner}`;
  return new Promise((resolve, reject) => {
    let settled = false;
    let shell: Shell | undefined = known;
    let channel: ClientChannel | undefined;
    let timer: NodeJS.Timeout | undefined;
    let begun = known !== undefined;
    let passwords = 0;
    let before = Buffer.alloc(0);
    let lastWords = '';
    let errorRest = '';
    /** The shell ended by itself. */
    let exited = false;
    /** Exit status of the script; its errors end by themselves. */
    let code: number | undefined;
    let errorsEnded = false;
    const fence = new FenceReader(`${mark} `);
    const endOfErrors = `${mark} end`;

    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.off('close', onLost);
      channel?.off('data', takeOutput);
      channel?.stderr.off('data', takeError);
      channel?.off('exit', onExit);
      channel?.off('close', onClose);
      outcome();
    };
    const fail = (fault: NodeFault): void =>
      settle(() => {
        channel?.close();
        reject(fault);
      });
    const onAbort = (): void =>
      fail(new NodeFault('unreachable', 'cancelled', `the question to ${nodeId} was given up`));
    const onLost = (): void => fail(lostFault(nodeId, 'the connection was lost'));
    const words = (): string =>
      printableForeignLines(rise.way === 'sudo' ? sudoSays(lastWords) : lastWords)
        .trim()
        .replace(/\s*\n\s*/g, '; ')
        .slice(-500);
    /** The shell or sudo ended before the script began. */
    const notBegun = (): NodeFault => {
      const said = words() === '' ? '' : `: ${words()}`;
      if (rise.way === 'sudo' && /sudo|password|tty/i.test(lastWords)) {
        if (asksPassword && passwords > 1) rise.onWrongPassword?.();
        const why =
          !asksPassword && /password is required/i.test(lastWords) ? 'node-sudo-password' : 'node-sudo-refused';
        return new NodeFault('refused', why, `${nodeId} does not give root's rights by sudo${said}`);
      }
      return new NodeFault('refused', 'node-shell-unusable', `the login shell of ${nodeId} runs no command${said}`);
    };
    const send = (): void => {
      if (!channel) return;
      channel.write(bytes);
      io.onOpen?.(channel);
    };
    const endFenced = (): void => {
      const [ended, own] = [code, shell];
      if (ended === undefined || !errorsEnded || !own) return;
      settle(() => {
        if (takesInput && ended !== 0) own.channel.close();
        else letWait(client, rise.way, own);
        resolve(ended);
      });
    };
    const pass = (chunk: Buffer): void => {
      if (!channel) return;
      const { output, fenced: end } = fence.take(chunk);
      if (output.length > 0) io.onOutput(output, channel);
      if (end === undefined) return;
      if (!/^\d{1,3}$/.test(end)) return fail(lostFault(nodeId, 'the shell there does not tell how a script ended'));
      code = Number(end);
      endFenced();
    };
    const takeOutput = (chunk: Buffer): void => {
      if (settled || !channel) return;
      if (begun) return pass(chunk);
      before = Buffer.concat([before, chunk]);
      const at = before.indexOf(`${mark}\n`);
      if (at < 0) {
        lastWords = before.toString('utf8', Math.max(0, before.length - MOST_LAST_WORDS));
        before = before.subarray(Math.max(0, before.length - MOST_LAST_WORDS));
        return;
      }
      begun = true;
      lastWords = '';
      errorRest = '';
      const rest = before.subarray(at + mark.length + 1);
      before = Buffer.alloc(0);
      if (asksPassword) send();
      if (rest.length > 0) pass(rest);
    };
    const takeError = (chunk: Buffer): void => {
      if (settled || !channel) return;
      const text = chunk.toString('utf8');
      lastWords = (lastWords + text).slice(-MOST_LAST_WORDS);
      if (!begun && asksPassword && lastWords.includes(`${mark}-password`)) {
        lastWords = '';
        passwords += 1;
        if (passwords > 1) {
          lastWords = 'the password for sudo is wrong; the master has forgotten it';
          return fail(notBegun());
        }
        channel.write(`${rise.password}\n`);
        return;
      }
      const lines = (errorRest + text).split('\n');
      errorRest = (lines.pop() ?? '').slice(-MOST_LAST_WORDS);
      for (const line of lines) {
        // What a program wrote without an end of line stands before the mark.
        if (line.endsWith(endOfErrors)) {
          if (line.length > endOfErrors.length) io.onError?.(line.slice(0, -endOfErrors.length));
          errorsEnded = true;
        } else io.onError?.(line);
      }
      endFenced();
    };
    const onClose = (): void => {
      if (errorRest !== '') io.onError?.(errorRest);
      if (!begun && exited) return fail(notBegun());
      // A script's end is told by its fence: a shell that is gone without one was killed, or its node is.
      fail(lostFault(nodeId, 'the connection was lost'));
    };
    const onExit = (): void => void (exited = true);
    const onChannel = (error: Error | undefined, opened: ClientChannel): void => {
      if (error) return fail(lostFault(nodeId, `no command could be begun (${error.message})`));
      channel = opened;
      shell ??= newShell(opened, mark);
      if (settled) return void opened.close();
      opened.on('data', takeOutput);
      opened.stderr.on('data', takeError);
      opened.on('exit', onExit);
      opened.on('close', onClose);
      if (!asksPassword) send();
    };
    client.once('close', onLost);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    if (io.deadlineMs !== undefined) {
      const late = `${nodeId} did not answer within ${Math.round(io.deadlineMs / 1000)} s`;
      timer = setTimeout(() => fail(new NodeFault('unreachable', 'node-timeout', late)), io.deadlineMs);
    }
    if (known) return onChannel(undefined, known.channel);
    try {
      client.exec(command, onChannel);
    } catch {
      fail(lostFault(nodeId, 'the connection was lost'));
    }
  });
}
