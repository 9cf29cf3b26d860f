import type { Slices } from '../../core/model/slices.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import type { Clock } from '../../core/session/ports.ts';
import { requireKnown } from '../sequencer/refusals.ts';
import type { SequencerState } from '../sequencer/state.ts';
import type { CheckedParams, Handlers } from '../service.ts';
import type { Journal } from './Journal.ts';
import type { LineBuffer } from './lineBuffer.ts';
import type { NodeLogLine } from './NodeLogs.ts';
import { inTurns } from './turns.ts';

/** Work for one request; the rest is asked for with the next one. */
const SEARCH_MS = 1_000;
/** A search that waited that long for others answers with nothing looked through, before whoever asks gives up. */
const MOST_WAIT_MS = 8_000;
/** Lines told of each node. */
const LINES_A_NODE = 3;
/** Characters told of a line, and of them before the text. */
const TOLD_CHARACTERS = 400;
const BEFORE_CHARACTERS = 120;

type Found = MethodResult<'job.searchLog'>;

interface LogPorts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly runnerOf: (jobId: string) => { readonly state: SequencerState; readonly lines: LineBuffer };
}

/** What nodes said in a job: by range, and where a text stands. */
export function logHandlers({ journal, clock, runnerOf }: LogPorts): Handlers {
  let before: Promise<unknown> = Promise.resolve();
  return {
    'job.nodeLog': ({ jobId, nodeId, stepId, from, limit }) => {
      const { state, lines: buffer } = runnerOf(jobId);
      requireKnown(state, [nodeId]);
      buffer.flushIfPossible();
      const waiting = waitingLines(buffer, nodeId, stepId);
      const { total, lines } = journal.nodeLog(jobId, nodeId, stepId, from, limit);
      const more = waiting.slice(Math.max(0, from - total)).slice(0, limit - lines.length);
      return { total: total + waiting.length, lines: [...lines, ...more] };
    },
    // One at a time: searches of many people must not share out the time of all else.
    'job.searchLog': (params) => {
      const askedAtMs = clock.steadyMs();
      const search = async (): Promise<Found> => {
        const { state, lines } = runnerOf(params.jobId);
        lines.flushIfPossible();
        const { ids } = state.nodes;
        const found: Found = { nodes: [], searched: 0, next: params.from };
        if (clock.steadyMs() - askedAtMs < MOST_WAIT_MS)
          await inTurns(searchNodes({ journal, clock, lines }, params, ids, found), clock);
        return found;
      };
      const done = before.then(search);
      before = done.catch(() => undefined);
      return done;
    },
  };
}

/** Lines of a node that the file does not have, since its disk is full: that keeps nobody from reading what a node said. */
function waitingLines(buffer: LineBuffer, nodeId: string, stepId: string | undefined): NodeLogLine[] {
  return buffer
    .waiting(nodeId)
    .filter((line) => stepId === undefined || line.stepId === stepId)
    .map(({ atMs, stepId: of, attempt, text }) => ({ atMs, stepId: of, attempt, text }));
}

/** As the file compares: letters A to Z of either case are equal. */
const folded = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

function* searchNodes(
  { journal, clock, lines: buffer }: Pick<LogPorts, 'journal' | 'clock'> & { readonly lines: LineBuffer },
  { jobId, text, stepId, from, limit }: CheckedParams<'job.searchLog'>,
  nodeIds: readonly string[],
  found: Found,
): Slices<void> {
  const untilMs = clock.steadyMs() + SEARCH_MS;
  const wanted = folded(text);
  for (let at = from; at < nodeIds.length; at += 1) {
    if (found.searched > 0 && (found.nodes.length >= limit || clock.steadyMs() >= untilMs)) {
      found.next = at;
      return;
    }
    const nodeId = nodeIds[at] ?? '';
    const kept = journal.searchNodeLog(jobId, nodeId, stepId, text, LINES_A_NODE);
    const waiting = waitingLines(buffer, nodeId, stepId).filter((line) => folded(line.text).includes(wanted));
    const matches = kept.matches + waiting.length;
    if (matches > 0) {
      const lines = [...kept.lines, ...waiting].slice(-LINES_A_NODE);
      found.nodes.push({ nodeId, matches, lines: lines.map((line) => ({ ...line, text: around(line.text, text) })) });
    }
    found.searched += 1;
    yield;
  }
  delete found.next;
}

/** A long line, cut to what stands around a text. */
export function around(line: string, text: string): string {
  if (line.length <= TOLD_CHARACTERS) return line;
  const at = Math.max(0, line.toLowerCase().indexOf(text.toLowerCase()) - BEFORE_CHARACTERS);
  const end = at + TOLD_CHARACTERS;
  return `${at > 0 ? '…' : ''}${line.slice(at, end)}${end < line.length ? '…' : ''}`;
}
