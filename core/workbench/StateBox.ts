import { encodedSize } from '../replica/encodedSize.ts';
import { diffTrees } from '../replica/patch.ts';
import { shareRepeats } from '../replica/sharedValues.ts';
import { splitPatch } from '../replica/splitPatch.ts';
import type { Clock } from '../session/ports.ts';
import type { BridgePush } from './bridge.ts';
import type { WorkbenchState } from './state.ts';
import type { Patch } from '../replica/patchShape.ts';

/** A larger change goes in parts of about this size, each of which a window takes in within a few milliseconds. */
const PART_BYTES = 96 * 1024;
/** Changes within this time leave as one push: about 30 pushes a second at most. */
const GATHER_MS = 33;

/** Holds the state and tells numbered differences. The state is never changed in place. */
export class StateBox {
  #state: WorkbenchState;
  #pushed: WorkbenchState;
  #number = 1;
  #stopTimer: (() => void) | undefined;
  readonly #clock: Clock;
  readonly #listeners = new Set<(push: BridgePush) => void>();
  readonly #followers = new Set<(before: WorkbenchState, after: WorkbenchState) => void>();

  constructor(first: WorkbenchState, clock: Clock) {
    this.#state = first;
    this.#pushed = first;
    this.#clock = clock;
  }

  get state(): WorkbenchState {
    return this.#state;
  }

  update(change: (state: WorkbenchState) => WorkbenchState): void {
    const next = change(this.#state);
    if (next === this.#state) return;
    this.#state = next;
    this.#stopTimer ??= this.#clock.setTimer(GATHER_MS, () => {
      this.#stopTimer = undefined;
      this.#push();
    });
  }

  /** The state as pushed so far, with its number. */
  snapshot(): { number: number; state: WorkbenchState } {
    this.#push();
    return { number: this.#number, state: this.#pushed };
  }

  subscribe(listener: (push: BridgePush) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Calls back with every pushed state, for who is in the same process and needs no patches. */
  follow(listener: (before: WorkbenchState, after: WorkbenchState) => void): () => void {
    this.#followers.add(listener);
    return () => void this.#followers.delete(listener);
  }

  close(): void {
    this.#stopTimer?.();
    this.#followers.clear();
    this.#listeners.clear();
  }

  #push(): void {
    const before = this.#pushed;
    const patch = diffTrees(before, this.#state);
    this.#pushed = this.#state;
    if (!patch) return;
    for (const part of partsOf(patch)) {
      const push: BridgePush = { number: this.#number + 1, base: this.#number, ...part };
      this.#number += 1;
      for (const listener of this.#listeners) listener(push);
    }
    for (const follower of this.#followers) follower(before, this.#pushed);
  }
}

/** The change as pushes that follow each other; all but the last say that more of it comes. */
function partsOf(patch: Patch): readonly Pick<BridgePush, 'patch' | 'more'>[] {
  if (encodedSize(patch) <= PART_BYTES) return [{ patch }];
  const split = splitPatch(patch, PART_BYTES);
  const parts: Pick<BridgePush, 'patch' | 'more'>[] = [];
  while (!split.done) {
    // The nodes of a cluster are alike: what is equal goes once in each part, and is one object in the window.
    const part = shareRepeats(split.take(PART_BYTES).patch);
    parts.push(split.done ? { patch: part } : { patch: part, more: true });
  }
  return parts;
}
