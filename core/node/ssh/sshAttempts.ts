import type { AnyAuthMethod, Prompt } from 'ssh2';
import { printableForeignLines } from '../../model/strangerText.ts';
import { MOST_ANSWERS, type WayQuestion, type WaySecrets } from '../../model/ways.ts';
import { agentOfOneKey } from './sshAgent.ts';
import type { SshHop } from './sshHostSettings.ts';
import { unlockKey, type HopKeys } from './sshKeys.ts';

const MOST_SIGNS = 2000;

/** Asks a person while the connection waits; undefined: not given. */
export type AskPerson = (question: WayQuestion, wrong: boolean) => Promise<string | undefined>;

/** What became of the questions of a sign-in, over all of its connections. */
export interface SignInRecord {
  passwordAsks: number;
  /** A password was refused; the next one is asked for as a correction. */
  passwordWrong: boolean;
  readonly stillLocked: Set<string>;
  /** The host took a first factor. */
  tookFactor: boolean;
  /** What the host asked for and nobody gave. */
  notGiven?: string | undefined;
}

export const newSignInRecord = (): SignInRecord => ({
  passwordAsks: 0,
  passwordWrong: false,
  tookFactor: false,
  stillLocked: new Set(),
});

/** The methods of one connection, one after the other, by what the host still takes. */
export interface Attempts {
  /** `left`: what the host takes now, undefined before it told. Undefined: nothing is left to try. */
  next(left: readonly string[] | undefined, partial: boolean): Promise<AnyAuthMethod | undefined>;
  /** The host let in: what was answered last was right. */
  letIn(): void;
}

/** Whether a host's prompt is for the password of the account, which may be kept for reconnects, and not for a code. */
export function asksForPassword({ prompt, echo }: { prompt: string; echo?: boolean | undefined }): boolean {
  return (
    echo !== true &&
    /passw|passphrase|kennwort|mot de passe|contrase|senha/i.test(prompt) &&
    !/one[- ]?time|otp|token|code|pin\b|new|again|retype|einmal/i.test(prompt)
  );
}

/**
 * The order of ssh: keys, encrypted keys, the host's own prompts (keyboard-interactive), password. All of them on one
 * connection, so that a host may ask for several factors. A code is asked for each time and sent once; a password that is
 * known answers a prompt for a password.
 */
export function createAttempts(
  hop: SshHop,
  keys: HopKeys,
  secrets: WaySecrets,
  record: SignInRecord,
  ask: AskPerson,
  giveUp: () => void,
): Attempts {
  const { user: username, host } = hop;
  const usable = [...keys.usable];
  const locked = keys.locked.filter(({ file }) => !record.stillLocked.has(file));
  const passwordQuestion: WayQuestion = { kind: 'ssh-password', user: username, host };
  let passwordKnown = secrets.known(passwordQuestion);
  let triedNone = false;
  /** The password that was sent before the host told what it takes. */
  let sentUnasked: string | undefined;
  let rounds = 0;
  /** Answered since the host last judged. */
  let answered: WayQuestion[] = [];

  const judged = (right: boolean): void => {
    for (const question of new Map(answered.map((one) => [JSON.stringify(one), one])).values()) {
      secrets.told(question, right);
      if (!right && question.kind === 'ssh-password') record.passwordWrong = true;
    }
    answered = [];
  };

  const password = async (): Promise<string | undefined> => {
    let answer = passwordKnown;
    passwordKnown = undefined;
    if (answer === undefined && record.passwordAsks < MOST_ANSWERS) {
      record.passwordAsks++;
      answer = await ask(passwordQuestion, record.passwordWrong);
    }
    if (answer !== undefined) answered.push(passwordQuestion);
    return answer;
  };

  const answerPrompts = async (instructions: string, prompts: readonly Prompt[]): Promise<string[] | undefined> => {
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      let answer: string | undefined;
      if (asksForPassword({ prompt, echo })) answer = await password();
      else {
        const question: WayQuestion = {
          kind: 'ssh-prompt',
          user: username,
          host,
          instructions: hostText(instructions),
          prompt: hostText(prompt),
          echo: echo === true,
        };
        answer = await ask(question, rounds > 1);
        if (answer !== undefined) answered.push(question);
      }
      if (answer === undefined) {
        record.notGiven = hostText(prompt);
        return undefined;
      }
      answers.push(answer);
    }
    return answers;
  };

  const interactive: AnyAuthMethod = {
    type: 'keyboard-interactive',
    username,
    prompt(name, instructions, _language, prompts, finish) {
      void answerPrompts([name, instructions].filter((text) => text !== '').join('\n'), prompts).then(
        (answers) => (answers ? finish(answers) : giveUp()),
        giveUp,
      );
    },
  };

  const nextKey = async (mayAsk: boolean): Promise<AnyAuthMethod | undefined> => {
    const one = usable.shift();
    if (one?.in === 'file') return { type: 'publickey', username, key: one.key };
    if (one) return { type: 'agent', username, agent: agentOfOneKey(one.agent, one.key) };
    while (mayAsk) {
      const lockedKey = locked.shift();
      if (!lockedKey) return undefined;
      const key = await unlockKey(lockedKey, secrets, ask);
      if (key) return { type: 'publickey', username, key };
      record.stillLocked.add(lockedKey.file);
    }
    return undefined;
  };

  return {
    async next(left, partial) {
      if (sentUnasked !== undefined && left?.includes('password') === false && !partial) {
        // The method was refused, not the password.
        passwordKnown = sentUnasked;
        answered = [];
      }
      sentUnasked = undefined;
      judged(partial);
      if (partial) {
        rounds = 0;
        record.tookFactor = true;
      }
      if (left === undefined) {
        const key = await nextKey(false);
        if (key) return key;
        if (passwordKnown !== undefined) {
          // A round trip less where it is taken, as at each reconnect.
          sentUnasked = passwordKnown;
          passwordKnown = undefined;
          answered.push(passwordQuestion);
          return { type: 'password', username, password: sentUnasked };
        }
        // Its refusal tells what the host would take.
        if (!triedNone) {
          triedNone = true;
          return { type: 'none', username };
        }
      }
      if (left?.includes('publickey') !== false) {
        const key = await nextKey(true);
        if (key) return key;
      }
      if (left?.includes('keyboard-interactive') === true && rounds < MOST_ANSWERS) {
        rounds++;
        return interactive;
      }
      if (left?.includes('password') === true) {
        const answer = await password();
        if (answer !== undefined) return { type: 'password', username, password: answer };
        record.notGiven ??= 'a password';
      }
      return undefined;
    },
    letIn: () => judged(true),
  };
}

/** A text of the host as people may see it, at most 2,000 signs. */
export function hostText(text: string): string {
  return printableForeignLines(text.replace(/\r\n?/g, '\n')).slice(0, MOST_SIGNS).trim();
}
