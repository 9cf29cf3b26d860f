import { randomBytes } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import { printableForeignLines } from '../../../core/model/strangerText.ts';
import { lostFault, NodeFault } from './nodeTrouble.ts';
import { shellWord } from './shellWords.ts';

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
  onOutput(bytes: Buffer, channel: ClientChannel): void;
  onError?(line: string): void;
  /** The channel stands; its input is the script's own from the first byte after the script. */
  onOpen?(channel: ClientChannel): void;
}

/** What is kept of the last words of a script that failed. */
const MOST_LAST_WORDS = 2_000;

/** Same path and language everywhere, whatever the login shell of the user has. */
const PRELUDE = `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
unset ENV BASH_ENV CDPATH
`;

/**
 * Runs a script of the POSIX shell on a node, by whatever login shell: that one gets a single line which csh, fish and the Bourne shells read alike; the
 * script itself comes by the standard input, so that neither it nor a password stands in an argument. Answers its exit status.
 * @throws NodeFault where the connection breaks, the deadline passes, the shell does not run it or sudo does not let in
 */
export function runScript(client: Client, script: string, io: ScriptIo): Promise<number> {
  const { nodeId, rise, signal } = io;
  const ready = `PUT-${randomBytes(9).toString('hex')}`;
  const bytes = Buffer.from(PRELUDE + script);
  const inner = `/bin/sh -c 'echo ${ready}; eval "$(head -c ${bytes.length})"'`;
  const asksPassword = rise.way === 'sudo' && rise.password !== undefined;
  const command =
    rise.way === 'none'
      ? inner
      : asksPassword
        ? `sudo -S -p ${shellWord(`${ready}-password`)} ${inner}`
        : `sudo -n ${inner}`;
  return new Promise((resolve, reject) => {
    let settled = false;
    let channel: ClientChannel | undefined;
    let timer: NodeJS.Timeout | undefined;
    let begun = false;
    let passwords = 0;
    let before = Buffer.alloc(0);
    let lastWords = '';
    let errorRest = '';
    let status: { readonly code: number | null; readonly signal?: string | undefined } | undefined;

    const settle = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      client.off('close', onLost);
      outcome();
    };
    const fail = (fault: NodeFault): void =>
      settle(() => {
        channel?.on('error', () => {});
        channel?.close();
        reject(fault);
      });
    const onAbort = (): void =>
      fail(new NodeFault('unreachable', 'cancelled', `the question to ${nodeId} was given up`));
    const onLost = (): void => fail(lostFault(nodeId, 'the connection was lost'));
    const words = (): string =>
      printableForeignLines(lastWords)
        .trim()
        .replace(/\s*\n\s*/g, '; ')
        .slice(-500);
    /** The shell or sudo ended before the script began. */
    const notBegun = (): NodeFault => {
      const said = words() === '' ? '' : `: ${words()}`;
      if (rise.way === 'sudo' && /sudo|password|tty/i.test(lastWords)) {
        if (asksPassword && passwords > 1) rise.onWrongPassword?.();
        const code =
          !asksPassword && /password is required/i.test(lastWords) ? 'node-sudo-password' : 'node-sudo-refused';
        return new NodeFault('refused', code, `${nodeId} does not give root's rights by sudo${said}`);
      }
      return new NodeFault('refused', 'node-shell-unusable', `the login shell of ${nodeId} runs no command${said}`);
    };
    const send = (): void => {
      if (!channel) return;
      channel.write(bytes);
      io.onOpen?.(channel);
    };
    const takeOutput = (chunk: Buffer): void => {
      if (settled || !channel) return;
      if (begun) return io.onOutput(chunk, channel);
      before = Buffer.concat([before, chunk]);
      const at = before.indexOf(`${ready}\n`);
      if (at < 0) {
        lastWords = before.toString('utf8', Math.max(0, before.length - MOST_LAST_WORDS));
        before = before.subarray(Math.max(0, before.length - MOST_LAST_WORDS));
        return;
      }
      begun = true;
      lastWords = '';
      errorRest = '';
      const rest = before.subarray(at + ready.length + 1);
      before = Buffer.alloc(0);
      if (asksPassword) send();
      if (rest.length > 0) io.onOutput(rest, channel);
    };
    const takeError = (chunk: Buffer): void => {
      if (settled || !channel) return;
      const text = chunk.toString('utf8');
      lastWords = (lastWords + text).slice(-MOST_LAST_WORDS);
      if (!begun && asksPassword && lastWords.includes(`${ready}-password`)) {
        lastWords = '';
        passwords += 1;
        if (passwords > 1) {
          lastWords = 'the password for sudo is wrong';
          return fail(notBegun());
        }
        channel.write(`${rise.password}\n`);
        return;
      }
      const lines = (errorRest + text).split('\n');
      errorRest = (lines.pop() ?? '').slice(0, MOST_LAST_WORDS);
      for (const line of lines) io.onError?.(line);
    };
    client.once('close', onLost);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    if (io.deadlineMs !== undefined) {
      const late = `${nodeId} did not answer within ${Math.round(io.deadlineMs / 1000)} s`;
      timer = setTimeout(() => fail(new NodeFault('unreachable', 'node-timeout', late)), io.deadlineMs);
    }
    const onChannel = (error: Error | undefined, opened: ClientChannel): void => {
      if (error) return fail(lostFault(nodeId, `no command could be begun (${error.message})`));
      channel = opened;
      opened.on('error', () => {});
      if (settled) return opened.close();
      opened.on('data', takeOutput);
      opened.stderr.on('data', takeError);
      opened.on('exit', (code: number | null, name?: string) => (status = { code, signal: name }));
      opened.on('close', () => {
        if (errorRest !== '') io.onError?.(errorRest);
        if (!status) return fail(lostFault(nodeId, 'the connection was lost'));
        const { code } = status;
        settle(() => (begun ? resolve(code ?? -1) : reject(notBegun())));
      });
      if (!asksPassword) send();
    };
    try {
      client.exec(command, onChannel);
    } catch {
      fail(lostFault(nodeId, 'the connection was lost'));
    }
  });
}
