import type { CellState } from './job.ts';
import { instantMs } from './instant.ts';
import type { JobHead } from './jobParts.ts';
import { rangeLeft, type MsRange } from './timeLeft.ts';

/** When a job ends, as far as that is known. */
export type EndOfJob =
  /** It goes on by itself: between two times of the master's clock. */
  | { readonly kind: 'between'; readonly fromMs: number; readonly toMs: number }
  /** It waits for a person, or will, or for a node that is silent, so nobody knows when; this much is left afterwards. */
  | { readonly kind: 'left'; readonly left: MsRange }
  /** Steps ahead of it never ran on this system: their titles, the first ones. */
  | { readonly kind: 'unknown'; readonly steps: readonly string[] };

type Told = Pick<JobHead, 'timeLeft' | 'state' | 'paused' | 'runWindow' | 'currentStep' | 'steps' | 'attention'>;

/** Nodes that are so stay so until a person says what becomes of them. */
const WAITS_FOR_PERSON: ReadonlySet<CellState> = new Set(['failed', 'unreachable', 'unknown']);

/** When a job ends; undefined where nothing is told of it: before nodes are selected, and once it has ended. `nowMs` by the master's clock. */
export function endOfJob(head: Told, nowMs: number): EndOfJob | undefined {
  const { timeLeft, state, paused, runWindow, currentStep, steps, attention } = head;
  if (!timeLeft) return undefined;
  const left = rangeLeft(timeLeft, nowMs, timeLeft.current ? steps[currentStep]?.percent : undefined);
  if (!left) {
    const titles = (timeLeft.unknown ?? []).map((stepId) => steps[stepId]?.title ?? stepId);
    return { kind: 'unknown', steps: titles };
  }
  // A node that says nothing and one that somebody has to decide about do not come to an end by time.
  const waits =
    (steps[currentStep]?.silent?.nodes ?? 0) > 0 || attention.some((group) => WAITS_FOR_PERSON.has(group.state));
  if (state !== 'running' || paused || waits) return { kind: 'left', left };
  const notBefore = runWindow?.waits === 'early' ? runWindow.notBefore : undefined;
  const beginMs = Math.max(nowMs, notBefore === undefined ? nowMs : instantMs(notBefore));
  return { kind: 'between', fromMs: beginMs + left.lowMs, toMs: beginMs + left.highMs };
}
