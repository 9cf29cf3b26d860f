import { spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { MOST_ANSWERS, type SshTarget, type WayQuestion, type WaySecrets } from '../../model/ways.ts';
import type { ErrorCode } from '../../protocol/errorCatalogue.ts';
import { PutError } from '../../protocol/errors.ts';
import { hostAndPort } from '../connectTcp.ts';
import { withinDial } from '../dialDeadline.ts';
import { openAskpass, type Askpass } from './askpass.ts';
import { streamOfChild } from './proxyCommand.ts';
import { asksForPassword, hostText } from './sshAttempts.ts';
import type { SshSurroundings } from './sshConfiguration.ts';
import type { SshHop } from './sshHostSettings.ts';

/** A sign-in may wait for a person; ssh itself gives up on a silent host after its own ConnectTimeout. */
const SIGN_IN_MS = 5 * 60_000;
const CONNECT_TIMEOUT_S = 20;

/** What OpenSSH's client says when it ends, and what that means; the first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/REMOTE HOST IDENTIFICATION HAS CHANGED|Host key .* revoked/i, 'ssh-host-key-changed'],
  [/Host key verification failed|No .* host key is known/i, 'ssh-host-key-unknown'],
  [/Permission denied|Too many authentication failures/i, 'ssh-sign-in-refused'],
  [/administratively prohibited/i, 'ssh-forwarding-denied'],
  [/stdio forwarding failed|open failed: connect failed/i, 'ssh-target-unreachable'],
  [/no matching .* found/i, 'ssh-algorithms-differ'],
  [/Could not resolve hostname/i, 'host-unknown'],
  [/Connection refused/i, 'port-closed'],
  [/timed out/i, 'dial-timeout'],
  [/No route to host/i, 'host-unreachable'],
  [/Network is unreachable/i, 'network-unreachable'],
  [/Exceeded MaxStartups|Not allowed at this time/i, 'ssh-host-busy'],
  [/kex_exchange_identification|banner exchange/i, 'ssh-host-hung-up'],
  [/Bad configuration option|bad configuration options/i, 'ssh-config-unusable'],
];

/** The last words of ssh without its trace. */
function wordsOf(lines: readonly string[]): string {
  return lines
    .filter((line) => line.trim() !== '' && !line.startsWith('debug'))
    .slice(-3)
    .map(hostText)
    .join('; ');
}

/** The error of an ssh that ended with these lines on its error output. */
export function ownSshError(
  where: string,
  lines: readonly string[],
  details: Readonly<Record<string, string | number>>,
): PutError {
  const text = lines.join('\n');
  const code = MEANINGS.find(([words]) => words.test(text))?.[1] ?? 'ssh-program-failed';
  return new PutError(code, `${where}: ssh: ${wordsOf(lines) || 'it ended without a word'}`, details);
}

/** The question of ours that fits a prompt of ssh. */
export function questionOfPrompt(prompt: string, { user, host }: SshHop): WayQuestion {
  const keyFile = /^Enter passphrase for (?:key )?'?(.*?)'?: ?$/.exec(prompt)?.[1];
  if (keyFile !== undefined) return { kind: 'ssh-key-passphrase', keyFile };
  const named = /^(?:\((.*?)@(.*?)\) |(.*?)@(.*?)'s )/.exec(prompt);
  const who = { user: named?.[1] ?? named?.[3] ?? user, host: named?.[2] ?? named?.[4] ?? host };
  if (asksForPassword({ prompt })) return { kind: 'ssh-password', ...who };
  return { kind: 'ssh-prompt', ...who, instructions: '', prompt: hostText(prompt), echo: false };
}

/** Answers the prompts of one ssh process: a prompt that comes again says that the answer before was wrong. */
function prompter(hop: SshHop, secrets: WaySecrets, signal: AbortSignal) {
  const asked = new Map<string, number>();
  const answered = new Map<string, WayQuestion>();
  return {
    answer: async (prompt: string): Promise<string | undefined> => {
      const question = questionOfPrompt(prompt, hop);
      const times = asked.get(prompt) ?? 0;
      asked.set(prompt, times + 1);
      if (times > 0) secrets.told(question, false);
      const known = times === 0 ? secrets.known(question) : undefined;
      if (times > MOST_ANSWERS) return undefined;
      const answer = known ?? (await secrets.ask(question, times > 0, signal));
      if (answer !== undefined) answered.set(prompt, question);
      return answer;
    },
    judged: (right: boolean): void => {
      for (const question of answered.values()) secrets.told(question, right);
    },
  };
}

function argsOf(target: SshTarget, end: string, { configFile }: SshSurroundings, mayAsk: boolean): string[] {
  const option = (text: string): string[] => ['-o', text];
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...['-vv', '-W', end],
    ...option('StrictHostKeyChecking=yes'),
    ...option(`BatchMode=${mayAsk ? 'no' : 'yes'}`),
    ...option(`NumberOfPasswordPrompts=${MOST_ANSWERS}`),
    ...option(`ConnectTimeout=${CONNECT_TIMEOUT_S}`),
    ...option('ServerAliveInterval=15'),
    ...['ControlMaster=no', 'ControlPath=none', 'PermitLocalCommand=no', 'RemoteCommand=none'].flatMap(option),
    ...(target.user === undefined ? [] : ['-l', target.user]),
    ...(target.port === undefined ? [] : ['-p', String(target.port)]),
    ...(target.keyFile === undefined ? [] : ['-i', target.keyFile]),
    ...(target.jump === undefined || target.jump.length === 0 ? [] : ['-J', target.jump.join(',')]),
    ...['--', target.host],
  ];
}

/** Where an ssh program leads. */
export interface OwnSshWay {
  readonly program: string;
  readonly target: SshTarget;
  /** The last of the hops, for questions and messages. */
  readonly hop: SshHop;
  readonly end: { readonly host: string; readonly port: number };
}

/**
 * A stream through the machine's own `ssh -W`, which can use what the library cannot: certificates of users and hosts, keys
 * on tokens. The host key must be known to it. Its questions come to `secrets`; on Windows it asks none. Rejects with the code
 * that its last words mean, `ssh-program-failed` otherwise, or `cancelled`.
 */
export async function openOwnSsh(
  { program, target, hop, end }: OwnSshWay,
  surroundings: SshSurroundings,
  secrets: WaySecrets,
  signal: AbortSignal,
): Promise<Duplex> {
  const where = `${hop.host}:${hop.port}`;
  const details = { host: hop.address, port: hop.port };
  const prompts = prompter(hop, secrets, signal);
  const mayAsk = process.platform !== 'win32';
  const askpass: Askpass | undefined = mayAsk ? await openAskpass(prompts.answer) : undefined;
  const lines: string[] = [];
  try {
    const stream = await withinDial<Duplex>(
      where,
      signal,
      () => {
        const child = spawn(program, argsOf(target, hostAndPort(end.host, end.port), surroundings, mayAsk), {
          stdio: ['pipe', 'pipe', 'pipe'],
          env: { ...surroundings.env, ...askpass?.env },
          // Without a terminal of its own it asks the program that SSH_ASKPASS names.
          detached: mayAsk,
          windowsHide: true,
        });
        let opened: () => void = () => {};
        const stream = streamOfChild(
          child,
          () => ownSshError(where, lines, details),
          (line) => {
            if (lines.push(line) > 400) lines.splice(0, 200);
            if (/channel \d+: open confirm/.test(line)) opened();
          },
        );
        const done = new Promise<Duplex>((resolve, reject) => {
          stream.once('error', reject);
          opened = () => {
            stream.off('error', reject);
            stream.on('error', () => {});
            resolve(stream);
          };
        });
        return { done, giveUp: () => stream.destroy() };
      },
      { timeoutMs: SIGN_IN_MS },
    );
    prompts.judged(true);
    return stream;
  } catch (error) {
    if (error instanceof PutError && error.code === 'ssh-sign-in-refused') prompts.judged(false);
    throw error;
  } finally {
    await askpass?.close();
  }
}
