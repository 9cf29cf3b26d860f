import type { CellState } from './job.ts';
import { TROUBLE_STATES } from './cellCounts.ts';
import { separated } from './separated.ts';
import { instantMs } from './instant.ts';
import type { JobHead } from './jobParts.ts';
import { standing } from './needsPerson.ts';
import { rangeLeft, type MsRange } from './timeLeft.ts';

/** What a job that stands still waits for. */
export type WaitsFor =
  /** A decision on so many nodes. */
  | { readonly kind: 'decision'; readonly nodes: number }
  /** An answer to the step of this title. */
  | { readonly kind: 'answer'; readonly step: string }
  /** A word to let the wave of this number, from 1, begin. */
  | { readonly kind: 'wave'; readonly wave: number }
  /** A word to go on at it: a limit of failures, held nodes. */
  | { readonly kind: 'word'; readonly step: string }
  /** Another person's approval. */
  | { readonly kind: 'approval' }
  /** The end of a pause. */
  | { readonly kind: 'resume' };

/** When a job ends, as far as that is known. */
export type EndOfJob =
  /** It goes on by itself: between two times of the master's clock. */
  | { readonly kind: 'between'; readonly fromMs: number; readonly toMs: number }
  /** Something runs, and it will wait for a person, or for a node that is silent, so nobody knows when; this much is left besides. */
  | { readonly kind: 'left'; readonly left: MsRange }
  /** Nothing runs. */
  | { readonly kind: 'waits'; readonly for: WaitsFor }
  /** Steps ahead of it never ran on this system: their titles, the first ones. */
  | { readonly kind: 'unknown'; readonly steps: readonly string[] };

type Told = Pick<
  JobHead,
  | 'timeLeft'
  | 'state'
  | 'paused'
  | 'journalFault'
  | 'approval'
  | 'runWindow'
  | 'currentStep'
  | 'steps'
  | 'attention'
  | 'gate'
>;

/** Nodes that are so stay so until a person says what becomes of them. */
const WAITS_FOR_PERSON: ReadonlySet<CellState> = new Set(TROUBLE_STATES);

/** What a job waits for that stands still until a person does something; undefined where it goes on, or something runs. */
function waitsFor(head: Told): WaitsFor | undefined {
  const { state, approval, currentStep, steps, attention, gate } = head;
  const step = steps[currentStep];
  if ((step?.counts?.running ?? 0) > 0) return undefined;
  if (standing(head).standsPaused) return { kind: 'resume' };
  if (state !== 'input' && state !== 'attention') return undefined;
  if (approval?.waits) return { kind: 'approval' };
  const undecided = attention.filter((group) => WAITS_FOR_PERSON.has(group.state));
  const nodes = undecided.reduce((sum, group) => sum + group.nodes, 0);
  if (nodes > 0) return { kind: 'decision', nodes };
  if (gate?.held && state === 'attention') return { kind: 'wave', wave: gate.beforeWave };
  return { kind: state === 'input' ? 'answer' : 'word', step: step?.title ?? currentStep };
}

/** It in words, to stand after *waits for*. */
export function waitsForText(it: WaitsFor): string {
  switch (it.kind) {
    case 'decision':
      return `a decision on ${separated(it.nodes)} ${it.nodes === 1 ? 'node' : 'nodes'}`;
    case 'answer':
      return `an answer to ${it.step}`;
    case 'wave':
      return `a word to let wave ${separated(it.wave)} begin`;
    case 'word':
      return `a word to go on at ${it.step}`;
    case 'approval':
      return 'approval by another person';
    case 'resume':
      return 'Resume';
  }
}

/** When a job ends; undefined where nothing is told of it: before nodes are selected, and once it has ended. `nowMs` by the master's clock. */
export function endOfJob(head: Told, nowMs: number): EndOfJob | undefined {
  const { timeLeft, state, paused, journalFault, runWindow, currentStep, steps, attention } = head;
  if (!timeLeft) return undefined;
  const stands = waitsFor(head);
  if (stands) return { kind: 'waits', for: stands };
  const left = rangeLeft(timeLeft, nowMs, timeLeft.current ? steps[currentStep]?.percent : undefined);
  if (!left) {
    const titles = (timeLeft.unknown ?? []).map((stepId) => steps[stepId]?.title ?? stepId);
    return { kind: 'unknown', steps: titles };
  }
  // A node that says nothing and one that somebody has to decide about do not come to an end by time.
  const waits =
    (steps[currentStep]?.silent?.nodes ?? 0) > 0 || attention.some((group) => WAITS_FOR_PERSON.has(group.state));
  if (state !== 'running' || paused || journalFault || waits) return { kind: 'left', left };
  const notBefore = runWindow?.waits === 'early' ? runWindow.notBefore : undefined;
  const beginMs = Math.max(nowMs, notBefore === undefined ? nowMs : instantMs(notBefore));
  return { kind: 'between', fromMs: beginMs + left.lowMs, toMs: beginMs + left.highMs };
}
