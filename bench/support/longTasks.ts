import { rounded } from '../benchmark.ts';

/* What kept the page's main thread busy, from a trace of the browser. */

/** An event of a trace, as far as it is looked at. */
export interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly tdur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly id?: string;
  readonly args?: {
    readonly name?: string;
    readonly data?: {
      readonly type?: string;
      readonly cpuProfile?: { readonly nodes?: readonly ProfileNode[]; readonly samples?: readonly number[] };
      readonly timeDeltas?: readonly number[];
    };
  };
}

interface ProfileNode {
  readonly id: number;
  readonly parent?: number;
  readonly callFrame: { readonly functionName: string; readonly url?: string; readonly lineNumber?: number };
}

export interface LongTask {
  /** Since the begin of the trace, in ms. */
  readonly atMs: number;
  readonly ms: number;
  /** Of a core; less than `ms` where the task waited for one. */
  readonly cpuMs: number | undefined;
  /** What the browser did in it, and functions with all that they called: name and ms, the longest first. */
  readonly did: readonly string[];
}

/** Parts of a task that are named are this long at least, in ms. */
const NAMED_FROM_MS = 4;
const MOST_NAMED = 40;

const TASK_NAMES = new Set(['RunTask', 'ThreadControllerImpl::RunTask']);

/** Tasks of the page's main thread that took `fromMs` of a core or more. */
export function longTasks(events: readonly TraceEvent[], fromMs: number): LongTask[] {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const begin = events.reduce((least, { ts }) => (ts > 0 && ts < least ? ts : least), Infinity);
  const onMain = events.filter(({ pid, tid, ph }) => ph === 'X' && mains.has(`${pid} ${tid}`));
  const samples = samplesOf(events);
  return onMain
    .filter(({ name, dur = 0, tdur = dur }) => TASK_NAMES.has(name) && tdur >= fromMs * 1000)
    .map((task) => {
      const end = task.ts + (task.dur ?? 0);
      const spent = new Map<string, number>();
      for (const { name, ts, dur = 0, tdur = dur, pid, tid } of onMain)
        if (pid === task.pid && tid === task.tid && ts >= task.ts && ts + dur <= end && !TASK_NAMES.has(name))
          spent.set(name, (spent.get(name) ?? 0) + tdur);
      for (const { at, micros, stack } of samples)
        if (at >= task.ts && at <= end)
          for (const name of new Set(stack)) spent.set(`${name}()`, (spent.get(`${name}()`) ?? 0) + micros);
      return {
        ...{ atMs: rounded((task.ts - begin) / 1000, 0), ms: rounded((task.dur ?? 0) / 1000, 1) },
        cpuMs: task.tdur === undefined ? undefined : rounded(task.tdur / 1000, 1),
        did: [...spent]
          .filter(([, micros]) => micros >= NAMED_FROM_MS * 1000)
          .sort((a, b) => b[1] - a[1])
          .slice(0, MOST_NAMED)
          .map(([name, micros]) => `${name} ${rounded(micros / 1000, 1)}`),
      };
    });
}

interface Sample {
  readonly at: number;
  readonly micros: number;
  readonly stack: readonly string[];
}

/** Where the scripts were, by the profiles in the trace. */
function samplesOf(events: readonly TraceEvent[]): Sample[] {
  const samples: Sample[] = [];
  const profiles = events.filter(({ name }) => name === 'Profile');
  for (const { id, pid, ts } of profiles) {
    const nodes = new Map<number, ProfileNode>();
    const stacks = new Map<number, readonly string[]>();
    const stackOf = (node: number): readonly string[] => {
      const known = stacks.get(node);
      if (known) return known;
      const found = nodes.get(node);
      if (!found) return [];
      const { functionName, lineNumber } = found.callFrame;
      const own = functionName === '' ? `(anonymous ${lineNumber ?? ''})` : functionName;
      const stack = [...(found.parent === undefined ? [] : stackOf(found.parent)), own];
      stacks.set(node, stack);
      return stack;
    };
    let at = ts;
    for (const chunk of events) {
      if (chunk.name !== 'ProfileChunk' || chunk.id !== id || chunk.pid !== pid) continue;
      const { cpuProfile, timeDeltas = [] } = chunk.args?.data ?? {};
      for (const node of cpuProfile?.nodes ?? []) nodes.set(node.id, node);
      for (const [i, node] of (cpuProfile?.samples ?? []).entries()) {
        const micros = timeDeltas[i] ?? 0;
        samples.push({ at, micros, stack: stackOf(node) });
        at += micros;
      }
    }
  }
  return samples;
}
