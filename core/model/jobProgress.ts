import { allNodes, endedNodes, meanPercent } from './cellCounts.ts';
import type { CellCounts, StepState } from './job.ts';
import type { JobHead, StepHead } from './jobParts.ts';

/** How far a job is, in the numbers that windows and putctl show. */
export interface JobProgress {
  /** Steps that have ended, the one that is under way not among them. */
  readonly steps: { readonly ended: number; readonly all: number };
  /** Of the current step; absent where it works on no nodes. */
  readonly nodes?: {
    readonly all: number;
    /** Nodes that it is over for, whatever came of them. */
    readonly ended: number;
    readonly counts: CellCounts;
    /** Mean progress, 0 to 100: an ended node counts 100, a running one what it tells. */
    readonly percent: number;
    /** Nodes that ended a minute since the step began; absent before the first, and in the first seconds. */
    readonly endedPerMinute?: number;
  };
}

const ENDED: ReadonlySet<StepState> = new Set(['ok', 'warned', 'failed', 'skipped']);
/** A rate over a shorter time says nothing. */
const LEAST_RATE_MS = 5_000;

/** One that is gone through wave by wave has ended once it has for all nodes. */
function isEnded(step: StepHead | undefined): boolean {
  const { waiting = 0, running = 0 } = step?.counts ?? {};
  return step !== undefined && ENDED.has(step.state) && waiting + running === 0;
}

/** How far a job is by its head; `nowMs` by the master's clock. Walks the steps, never the nodes. */
export function jobProgress(head: JobHead, nowMs: number): JobProgress {
  const { steps, stepOrder, currentStep } = head;
  const ended = stepOrder.filter((stepId) => isEnded(steps[stepId])).length;
  const done = { steps: { ended, all: stepOrder.length } };
  const { counts, percent, startedAtMs } = steps[currentStep] ?? {};
  if (!counts) return done;
  const all = allNodes(counts);
  const over = endedNodes(counts);
  const lastsMs = nowMs - (startedAtMs ?? nowMs);
  return {
    ...done,
    nodes: {
      ...{ all, ended: over, counts },
      percent: percent ?? meanPercent(counts, []),
      ...(over > 0 && lastsMs >= LEAST_RATE_MS ? { endedPerMinute: (over * 60_000) / lastsMs } : {}),
    },
  };
}

/** Which attempt at a step this is, where it was begun more often than its waves make it; undefined for the first. */
export function attemptAnew(
  { waves }: { readonly waves?: readonly { readonly state: string }[] | undefined },
  { attempt }: { readonly attempt: number },
): number | undefined {
  // A step that goes by waves is begun once for each of them.
  const begun = waves?.filter(({ state }) => state !== 'waiting').length ?? 1;
  return attempt > Math.max(1, begun) ? attempt : undefined;
}
