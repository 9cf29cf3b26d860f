import type { FaultKind } from '../../../core/model/node.ts';
import type { Beat } from './PracticeNodeStore.ts';
import type { RandomSource } from './seededRandom.ts';

/** Work named `stuck` hears no stop and goes on by itself after this, in ms of practice time. */
export const STUCK_MS = 15 * 60_000;
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

  /** The middle of the work: hanging, being stuck and losing power happen here. */
  middle(): void {
    switch (this.meets('hang', 'stuck', 'power-loss')) {
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
      default:
    }
  }

  exit(code: number): void {
    this.beat({ exit: code });
    this.#halted = true;
  }
}
