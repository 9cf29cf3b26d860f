import { type PutError, toPutError } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import type { Clock, Random } from '../session/ports.ts';
import { newId } from '../session/newId.ts';
import type { SessionLink } from '../session/SessionLink.ts';
import { findLine } from './findLine.ts';
import { GreetingTurn } from './GreetingTurn.ts';
import type { PathAttempt, PathContext, TargetAddress } from './paths.ts';
import type { ConnectedLine, Credentials } from './connectedLine.ts';

/** So long a client that signs in comes again by itself while the master has too many password checks before it. */
const COME_AGAIN_FOR_MS = 60_000;
/** What a busy master may ask to wait before that, in ms. */
const LEAST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/** How a search for a line ends. */
export interface SearchOutcome {
  onFound(line: ConnectedLine): void;
  onFailed(cause: PutError): void;
}

export interface NextLineOptions {
  readonly pathOrder: readonly PathKind[];
  readonly target: TargetAddress;
  readonly clock: Clock;
  readonly random: Random;
  context(credentials: Credentials, signal: AbortSignal): PathContext;
  /** The link in use. */
  link(): SessionLink | undefined;
}

/** The search for the next main line of one session: one at a time, and the line in use is left alone from its greeting on. */
export class NextLine {
  readonly #options: NextLineOptions;
  /** Names this process in its greetings. */
  readonly #laneId: string;
  #greetings = 0;
  #workedBefore: PathKind | undefined;
  #attempts: readonly PathAttempt[] = [];
  #search: AbortController | undefined;
  /** Closes the line that a greeting has made useless. */
  #closeRetired: (() => void) | undefined;

  constructor(options: NextLineOptions) {
    this.#options = options;
    this.#laneId = newId(options.random);
  }

  /** How each way went at the last search. */
  get attempts(): readonly PathAttempt[] {
    return this.#attempts;
  }

  /** Begins a search. `resume`: a session exists; then dials that hang are joined by others, and greetings take turns. */
  begin(credentials: Credentials, resume: boolean, outcome: SearchOutcome): void {
    const abort = new AbortController();
    this.#search = abort;
    this.#look(credentials, resume, outcome, abort, this.#options.clock.steadyMs() + COME_AGAIN_FOR_MS);
  }

  #look(
    credentials: Credentials,
    resume: boolean,
    outcome: SearchOutcome,
    abort: AbortController,
    untilMs: number,
  ): void {
    const { pathOrder, clock } = this.#options;
    const worked = this.#workedBefore;
    const attempts: PathAttempt[] = [];
    const over = (): boolean => {
      if (this.#search !== abort) return false;
      this.#search = undefined;
      this.#attempts = attempts;
      this.#dropRetired();
      return true;
    };
    findLine({
      order: worked === undefined ? pathOrder : [worked, ...pathOrder.filter((path) => path !== worked)],
      beside: resume && worked !== undefined && this.#mayRepeat(worked) ? worked : undefined,
      context: {
        ...this.#options.context(credentials, abort.signal),
        lane: { id: this.#laneId, nextLine: () => ++this.#greetings },
        ...(resume ? { turn: new GreetingTurn(clock), onGreeting: () => this.#retire(abort) } : {}),
      },
      onAttempt: (attempt) => attempts.push(attempt),
    }).then(
      (line) => {
        if (!over()) return line.transport.destroy();
        this.#workedBefore = line.path;
        outcome.onFound(line);
      },
      (reason: unknown) => {
        const error = toPutError(reason);
        const againMs = this.#search === abort ? this.#comeAgainMs(error, untilMs) : undefined;
        if (againMs !== undefined) {
          const stop = clock.setTimer(againMs, () => this.#look(credentials, resume, outcome, abort, untilMs));
          abort.signal.addEventListener('abort', stop, { once: true });
        } else if (over()) outcome.onFailed(error);
      },
    );
  }

  /** When to greet again after a master that was too busy to check a password, spread so that those told the same do not meet again. */
  #comeAgainMs(error: PutError, untilMs: number): number | undefined {
    if (error.code !== 'sign-in-busy') return undefined;
    const { clock, random } = this.#options;
    const asked = Number(error.details['waitMs'] ?? 0);
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(LEAST_WAIT_MS, asked || 0)) * (0.5 + random());
    return clock.steadyMs() + waitMs < untilMs ? waitMs : undefined;
  }

  abort(): void {
    this.#search?.abort();
    this.#search = undefined;
    this.#dropRetired();
  }

  /** By SSH and through a proxy an answer of the first hop says little, and every dial is work for a machine in between. */
  #mayRepeat(path: PathKind): boolean {
    return path !== 'ssh' && !(path === 'websocket' && this.#options.target.proxy);
  }

  /** The master moves the session with the greeting: what this end acknowledged until then must stay what the greeting says. */
  #retire(search: AbortController): void {
    if (this.#search === search) this.#closeRetired ??= this.#options.link()?.retire();
  }

  #dropRetired(): void {
    this.#closeRetired?.();
    this.#closeRetired = undefined;
  }
}
