import type { FaultKind } from '../../../core/model/node.ts';
import type { Beat } from './PracticeNodeStore.ts';
import type { RandomSource } from './seededRandom.ts';

/** Work named `stuck` hears no stop and goes on by itself after this, in ms of practice time. */
export const STUCK_MS = 15 * 60_000;
/** Length of a log named `long-log`. */
export const LONG_LOG_BYTES = 50 * 1024 * 1024;
/** A fault named `slow` makes everything take this many times longer. */
const SLOW_FACTOR = 8;

export interface ScriptOptions {
  readonly random: RandomSource;
  /** Fault of this attempt, if any. */
  readonly fault: FaultKind | undefined;
  /** Multiplies every duration. */
  readonly durationFactor: number;
}

/** What a command does in its course, written down at its start: beats with their times. */
export class CommandScript {
  readonly beats: Beat[] = [];
  readonly random: RandomSource;
  deaf = false;
  #fault: FaultKind | undefined;
  readonly #factor: number;
  #atMs = 0;
  #halted = false;

  constructor({ random, fault, durationFactor }: ScriptOptions) {
    this.random = random;
    this.#fault = fault;
    this.#factor = durationFactor * (fault === 'slow' ? SLOW_FACTOR : 1);
  }

  /** The fault of this attempt where it is one of these; it then counts as met. */
  meets(...kinds: readonly FaultKind[]): FaultKind | undefined {
    const fault = this.#fault;
    if (fault === undefined || !kinds.includes(fault)) return undefined;
    this.#fault = undefined;
    return fault;
  }

  /** Lets time pass. */
  pass(durationMs: number): void {
    this.#atMs += durationMs * this.#factor;
  }

  beat(what: Omit<Beat, 'atMs'>): void {
    if (!this.#halted) this.beats.push({ atMs: this.#atMs, ...what });
  }

  log(...lines: readonly string[]): void {
    this.beat({ log: lines.map((line) => `${line}\n`).join('') });
  }

  /** Time since the start of the command. */
  get elapsedMs(): number {
    return this.#atMs;
  }

  /** The middle of the work: hanging, being stuck, losing power, a new boot and a long log happen here. */
  middle(): void {
    switch (this.meets('hang', 'stuck', 'power-loss', 'reboot', 'long-log')) {
      case 'hang':
        this.log('no further answer');
        this.#halted = true;
        break;
      case 'stuck':
        this.log('no further answer, and no stop is heard');
        this.deaf = true;
        this.pass(STUCK_MS);
        break;
      case 'power-loss':
        this.beat({ losesPower: true });
        this.#halted = true;
        break;
      case 'reboot':
        this.beat({ reboots: true });
        this.#halted = true;
        break;
      case 'long-log':
        this.beat({ fillerBytes: LONG_LOG_BYTES });
        break;
      default:
    }
  }

  /** The end, and what is changed with it in one write. */
  exit(code: number, what: Pick<Beat, 'service' | 'active' | 'guard'> = {}): void {
    this.beat({ exit: code, ...what });
    this.#halted = true;
  }
}
