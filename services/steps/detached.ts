import type { CellCause } from '../../core/model/job.ts';
import {
  LOG_FIRST_BYTES,
  LOG_LAST_BYTES,
  type CommandExit,
  type FactSection,
  type NodeCommand,
  type NodeHandle,
  type NodeTrouble,
  type WorkKey,
} from '../nodes/NodePort.ts';
import type { NodeFacts } from '../../core/model/node.ts';
import type { ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import type { StepIo } from './StepKind.ts';

/*
 * Commands that run detached on a node: started under the key of the work, followed to their end, asked for when they are silent, and stopped with the
 * question whether they did.
 */

/** How following a command ended: it has, or that is not known; then `outcome` says what there is to say. */
export type Followed =
  | { readonly exit: CommandExit }
  /** `stopped`: it was told to stop, and the node confirmed that it did. */
  | { readonly outcome: WorkOutcome; readonly stopped?: true | undefined };

/** A line of a log is cut after this many characters. */
const MOST_LINE = 4_000;

/** That some of an output is not kept, and what is. */
export function leftOutText(bytes: number): string {
  return `${bytes} bytes left out; of what a command writes the first ${LOG_FIRST_BYTES / 1024 / 1024} MiB and the last ${LOG_LAST_BYTES / 1024} KiB are kept`;
}

/** Bytes of outputs that are not kept, of the result of work (`StepIo.onLeftOut`). */
export function leftOutOf(result: object): number {
  const { leftOutBytes } = result as { leftOutBytes?: unknown };
  return typeof leftOutBytes === 'number' ? leftOutBytes : 0;
}

/** Names the work of an attempt, or one of its commands where there are several. */
export function keyOf(
  { jobId, stepId, attempt }: Pick<StepIo, 'jobId' | 'stepId' | 'attempt'>,
  part?: string,
): WorkKey {
  return { jobId, stepId, attempt, ...(part === undefined ? {} : { part }) };
}

/** Why work was told to stop. */
export function stopReason(signal: AbortSignal): CellCause {
  const reason = signal.reason as Partial<CellCause> | undefined;
  return typeof reason?.code === 'string' && typeof reason.message === 'string'
    ? { code: reason.code, message: reason.message }
    : { code: 'cancelled', message: 'the work was stopped before its end' };
}

/** What a node's trouble means to work that may have begun. */
export function outcomeOfTrouble({ kind, cause }: NodeTrouble, signal: AbortSignal): WorkOutcome {
  if (signal.aborted) return { state: 'unknown', cause: stopReason(signal) };
  return kind === 'unreachable' ? { state: 'unreachable', cause } : { state: 'failed', cause };
}

/** What a node's trouble means to a probe. */
export function probeOfTrouble({ kind, cause }: NodeTrouble): ProbeOutcome {
  return { done: kind === 'unreachable' ? 'unreachable' : 'error', cause };
}

/**
 * Starts a command, or finds the one that was started under the same key, and follows it to its end. `onLine` has each line of its log, `onText` all of it
 * from its beginning; answers what became of it. Work that is told to stop is stopped on the node; where that is not confirmed it is followed on, since its node is not free before. When
 * putservices stops, the command goes on: the next start finds it.
 */
export async function runDetached(
  node: NodeHandle,
  command: NodeCommand,
  io: StepIo,
  onLine: (line: string) => void,
  onText: (text: string) => void = () => undefined,
  part?: string,
): Promise<Followed> {
  const key = keyOf(io, part);
  const started = await node.start(key, command, io.signal);
  // Whatever the trouble is, the node may have begun.
  if (!started.ok) return { outcome: outcomeOfTrouble(started.trouble, io.signal) };
  const lines = createLineReader(onLine);
  let offset = 0;
  /** What came so far is followed by the byte at this offset. */
  const goesOnAt = (from: number): void => {
    if (from <= offset) return;
    lines.end();
    io.onLog(`... ${leftOutText(from - offset)}`);
    io.onLeftOut?.(from - offset);
    offset = from;
  };
  const ended = (exit: CommandExit): Followed => {
    lines.end();
    goesOnAt(exit.logBytes);
    return { exit };
  };
  const sink = {
    onChunk: (from: number, text: string): void => {
      goesOnAt(from);
      offset = from + Buffer.byteLength(text);
      onText(text);
      lines.take(text);
    },
  };
  io.whenSilent(async () => {
    const found = await node.look(key, io.signal);
    if (!found.ok || found.value.state === 'absent') return undefined;
    return found.value.state === 'running' ? found.value.silentMs : 0;
  });
  const followed = await node.follow(key, offset, sink, io.signal);
  if (followed.ok) return ended(followed.value);
  if (!io.signal.aborted) return { outcome: outcomeOfTrouble(followed.trouble, io.signal) };
  const cause = stopReason(io.signal);
  if (cause.code === 'server-stopping') return { outcome: { state: 'unknown', mayGoOn: true, cause } };
  switch (await node.stop(key)) {
    case 'stopped':
      return { outcome: { state: 'unknown', cause }, stopped: true };
    case 'was-over':
    case 'not-confirmed': {
      const end = await node.follow(key, offset, sink, new AbortController().signal);
      if (end.ok) return ended(end.value);
      lines.end();
      return { outcome: { state: 'unknown', mayGoOn: true, cause } };
    }
  }
}

/** Whether the command of this attempt goes on, has ended, or was never begun there; undefined with the outcome of a probe that cannot know. */
export async function lookFor(
  node: NodeHandle,
  io: StepIo,
  part?: string,
): Promise<{ readonly state: 'absent' | 'running' | 'ended' } | { readonly outcome: ProbeOutcome }> {
  const found = await node.look(keyOf(io, part), io.signal);
  return found.ok ? { state: found.value.state } : { outcome: probeOfTrouble(found.trouble) };
}

/** What a look that could not know means to work that has not begun anything yet. */
export function outcomeOfLook({ done, cause }: ProbeOutcome): WorkOutcome {
  return { state: done === 'unreachable' ? 'unreachable' : 'failed', cause };
}

/** Commands of one attempt by their parts; `undefined` is the one without a name. */
type Parts = readonly (string | undefined)[];
const ONE_COMMAND: Parts = [undefined];

/** The outcome of a probe where one of the commands goes on, or where that cannot be known; undefined where none does. */
export async function probeOfCommands(
  node: NodeHandle,
  io: StepIo,
  parts: Parts = ONE_COMMAND,
): Promise<ProbeOutcome | undefined> {
  for (const part of parts) {
    const found = await lookFor(node, io, part);
    if ('outcome' in found) return found.outcome;
    if (found.state === 'running') return { done: 'running' };
  }
  return undefined;
}

/** A probe of work that commands do: work that goes on is followed; otherwise facts say what was done. */
export async function probeByFacts(
  node: NodeHandle,
  io: StepIo,
  sections: readonly FactSection[],
  judge: (facts: NodeFacts) => ProbeOutcome,
  parts: Parts = ONE_COMMAND,
): Promise<ProbeOutcome> {
  const commands = await probeOfCommands(node, io, parts);
  if (commands) return commands;
  const facts = await node.facts(sections, io.signal);
  return facts.ok ? judge(facts.value) : probeOfTrouble(facts.trouble);
}

/** Makes lines of chunks. A carriage return ends a line too, as progress on a terminal has it. */
export function createLineReader(onLine: (line: string) => void): { take(text: string): void; end(): void } {
  let rest = '';
  let cut = false;
  const tell = (line: string): void => {
    if (!cut && line !== '') onLine(line);
    cut = false;
  };
  return {
    take: (text) => {
      const parts = (rest + text).split(/\r\n|\n|\r/);
      rest = parts.pop() ?? '';
      for (const part of parts) tell(part.slice(0, MOST_LINE));
      if (rest.length <= MOST_LINE) return;
      tell(rest.slice(0, MOST_LINE));
      rest = '';
      cut = true;
    },
    end: () => {
      tell(rest);
      rest = '';
    },
  };
}
