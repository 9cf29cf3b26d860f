import { z } from 'zod';
import { isReusable, MOST_ANSWERS, wayQuestionKey, type WayQuestion, type WaySecrets } from '../model/ways.ts';
import { PutError } from '../protocol/errors.ts';
import type { Clock, Random } from '../session/ports.ts';
import type { SecretStore } from './ports.ts';
import type { SecretAsked } from './state.ts';
import { newId } from '../session/newId.ts';

/** A question that nobody answers is withdrawn after this long, and its way goes without. */
const QUESTION_MS = 5 * 60_000;
/** An attempt that is begun anew (the network changed) asks again at once; what a person types must not vanish for that. */
const NOBODY_WAITS_MS = 1_000;

const keptSchema = z.record(z.string().max(9000), z.string().max(1024));

interface Open {
  readonly asked: SecretAsked;
  readonly waiters: Set<(answer: string | undefined) => void>;
  readonly stopTimer: () => void;
}

export interface SecretDeskOptions {
  readonly systemId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly store: SecretStore;
  /** What is asked at this moment, by question id. */
  readonly show: (asked: Readonly<Record<string, SecretAsked>>) => void;
  readonly onHostKey: (question: Extract<WayQuestion, { kind: 'ssh-host-key' }>) => void;
}

/** The keys that one way asks for: refusing one of its questions refuses the way. */
function wayOf(question: WayQuestion): string {
  return question.kind.startsWith('ssh-') ? 'ssh' : question.kind;
}

/**
 * Secrets of the ways to one system. What a person answered rightly is kept for this run, so that reconnects ask nobody, and
 * in the keyring where the person wants that. A way whose question was refused, ran out of time, or was answered wrongly
 * twice asks no more until the person acts again.
 */
export class SecretDesk implements WaySecrets {
  readonly #options: SecretDeskOptions;
  readonly #open = new Map<string, Open>();
  /** By question key; answers not judged yet among them. */
  readonly #answers = new Map<string, { secret: string; remember: boolean }>();
  readonly #refused = new Set<string>();
  /** Wrong answers since a person last asked for a connection, by question key. */
  readonly #wrongAnswers = new Map<string, number>();
  #kept: Record<string, string> = {};
  #loading: Promise<void> | undefined;

  constructor(options: SecretDeskOptions) {
    this.#options = options;
  }

  /** Reads what an earlier run kept in the keyring; once. */
  load(): Promise<void> {
    this.#loading ??= this.#read();
    return this.#loading;
  }

  /** A person asked for a connection: refused ways may ask again. */
  personActs(): void {
    this.#refused.clear();
    this.#wrongAnswers.clear();
  }

  known(question: WayQuestion): string | undefined {
    const key = wayQuestionKey(question);
    return this.#answers.get(key)?.secret ?? this.#kept[key];
  }

  ask(question: WayQuestion, wrong: boolean, signal: AbortSignal): Promise<string | undefined> {
    if (this.#refused.has(wayOf(question)) || signal.aborted) return Promise.resolve(undefined);
    const answered = this.known(question);
    // Another way asked the same meanwhile.
    if (answered !== undefined && !wrong) return Promise.resolve(answered);
    const key = wayQuestionKey(question);
    const open = this.#open.get(key) ?? this.#begin(key, question, wrong);
    return new Promise((resolve) => {
      const settle = (answer: string | undefined): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      const onAbort = (): void => {
        open.waiters.delete(settle);
        settle(undefined);
        if (open.waiters.size > 0) return;
        this.#options.clock.setTimer(NOBODY_WAITS_MS, () => {
          if (open.waiters.size === 0 && this.#open.get(key) === open) this.#end(key, open, undefined);
        });
      };
      open.waiters.add(settle);
      signal.addEventListener('abort', onAbort);
    });
  }

  told(question: WayQuestion, right: boolean): void {
    const key = wayQuestionKey(question);
    const given = this.#answers.get(key);
    if (!right) {
      this.#answers.delete(key);
      const wrong = (this.#wrongAnswers.get(key) ?? 0) + (given || !isReusable(question) ? 1 : 0);
      this.#wrongAnswers.set(key, wrong);
      if (wrong >= MOST_ANSWERS) this.#refused.add(wayOf(question));
      if (Object.hasOwn(this.#kept, key)) {
        const { [key]: _wrong, ...kept } = this.#kept;
        void this.#keep(kept);
      }
      return;
    }
    if (question.kind === 'ssh-host-key') this.#options.onHostKey(question);
    if (given?.remember === true && this.#kept[key] !== given.secret) {
      void this.#keep({ ...this.#kept, [key]: given.secret });
    }
  }

  /** Throws `input-invalid` when the question is not open any more. */
  answer(questionId: string, secret: string, remember: boolean): void {
    const [key, open] = this.#find(questionId);
    // A code counts once: the next connection asks for the next one.
    if (isReusable(open.asked.question))
      this.#answers.set(key, { secret, remember: remember && this.#options.store.available });
    this.#end(key, open, secret);
  }

  /** Throws `input-invalid` when the question is not open any more. */
  refuse(questionId: string): void {
    const [key, open] = this.#find(questionId);
    this.#refused.add(wayOf(open.asked.question));
    this.#end(key, open, undefined);
  }

  /** Withdraws every question; nothing is forgotten. */
  withdraw(): void {
    for (const [key, open] of [...this.#open]) this.#end(key, open, undefined);
  }

  /** Forgets the answers of this run. */
  forget(): void {
    this.withdraw();
    this.#answers.clear();
    this.personActs();
  }

  /** Forgets the answers of this run and the keyring's. */
  async forgetKept(): Promise<void> {
    this.forget();
    this.#kept = {};
    await this.#options.store.delete(this.#storeKey);
  }

  get #storeKey(): string {
    return `ways:${this.#options.systemId}`;
  }

  #begin(key: string, question: WayQuestion, wrong: boolean): Open {
    const { clock, random } = this.#options;
    const open: Open = {
      asked: { questionId: newId(random), question, wrong, untilMs: clock.nowMs() + QUESTION_MS },
      waiters: new Set(),
      stopTimer: clock.setTimer(QUESTION_MS, () => {
        this.#refused.add(wayOf(question));
        this.#end(key, open, undefined);
      }),
    };
    this.#open.set(key, open);
    this.#show();
    return open;
  }

  #end(key: string, open: Open, answer: string | undefined): void {
    open.stopTimer();
    this.#open.delete(key);
    this.#show();
    const waiters = [...open.waiters];
    // A code is sent once: of two connections the newer one gets it.
    const served = isReusable(open.asked.question) ? waiters : waiters.slice(-1);
    for (const settle of waiters) settle(served.includes(settle) ? answer : undefined);
  }

  #find(questionId: string): [string, Open] {
    for (const [key, open] of this.#open) if (open.asked.questionId === questionId) return [key, open];
    throw new PutError('input-invalid', 'this question is not open any more; sign in again to be asked anew');
  }

  #show(): void {
    this.#options.show(Object.fromEntries([...this.#open.values()].map(({ asked }) => [asked.questionId, asked])));
  }

  async #read(): Promise<void> {
    const { store } = this.#options;
    const text = store.available ? await store.get(this.#storeKey) : undefined;
    if (text === undefined) return;
    try {
      this.#kept = keptSchema.parse(JSON.parse(text));
    } catch {
      // A damaged entry only costs giving the secrets again.
    }
  }

  async #keep(kept: Record<string, string>): Promise<void> {
    this.#kept = kept;
    const { store } = this.#options;
    // A keyring that fails now only costs giving the secret again in the next run.
    if (store.available) await store.set(this.#storeKey, JSON.stringify(kept)).catch(() => {});
  }
}
