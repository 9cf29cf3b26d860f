import { LOG_FIRST_BYTES, LOG_LAST_BYTES, type CommandExit, type LogSink } from '../NodePort.ts';
import { LogText } from './LogText.ts';
import { NodeFault } from './nodeTrouble.ts';
import { newMark } from './questions.ts';
import { exitOf } from './toldWork.ts';
import { boundScript, endScript, followScript, logPartScript } from './workScripts.ts';

/*
 * How the log of a piece of work is read, to its end. What a command writes has no bound: so much of it is read, and left on the node's disk, as
 * is kept of a log. Work that is short and says little costs nothing for that.
 */

/** What work writes that lasts longer than this is followed from then on. */
const FOLLOWED_AFTER_MS = 2_000;
/**
 * The node, which looks at its logs from time to time, looks at once where so much of one has come. More than this is not read before: where a node floods, what
 * it is asked would wait behind it.
 */
const BOUND_FROM_BYTES = 64 * 1024;
/** A script that leaves what it does to others, or reads what is there. */
const SHORT_MS = 30_000;

/** The end of work as the node tells it. */
export interface Told {
  readonly words: readonly string[];
}

/** Where a log comes from. */
interface Flow {
  pause(): void;
  resume(): void;
}

/** A start whose log comes on the same channel, at the end of the work unless it is `live`. */
export interface Pending extends Flow {
  readonly path: string;
  readonly live: boolean;
  /** Some of the log has come. */
  hasCome(): boolean;
  readonly attach: (text: LogText) => Promise<Told | undefined>;
  drop(): void;
}

export interface LogPorts {
  readonly nodeId: string;
  readonly run: (
    script: string,
    signal: AbortSignal,
    io: { readonly deadlineMs?: number; onOutput(bytes: Buffer, flow: Flow): void; onError?(line: string): void },
  ) => Promise<number>;
  readonly wait: (waitMs: number, signal: AbortSignal) => Promise<void>;
  /** The start that waits for somebody who follows, once. */
  readonly takePending: () => Pending | undefined;
}

/** Follows the log of the work at a path, from an offset on. Each call goes on where the one before broke off. */
export function createLogFollower(
  path: string,
  fromOffset: number,
  sink: LogSink,
  ports: LogPorts,
): (until: AbortSignal) => Promise<CommandExit> {
  const { nodeId, run, wait, takePending } = ports;
  let offset = fromOffset;
  let isBound = false;

  /** Keeps the log from filling the disk. Where that cannot be asked for now, the work goes on all the same, and it is asked for when the node is reached again. */
  const bound = async (until: AbortSignal): Promise<void> => {
    if (isBound) return;
    isBound = true;
    await run(boundScript(path), until, { deadlineMs: SHORT_MS, onOutput: () => undefined }).catch(() => undefined);
  };

  const textFrom = (until: AbortSignal, end?: number, flow?: () => Flow | undefined): LogText => {
    const counted: LogSink = {
      onChunk: (at, text) => {
        offset = at + Buffer.byteLength(text);
        if (offset >= BOUND_FROM_BYTES && !isBound) {
          const from = flow?.();
          from?.pause();
          void bound(until).then(() => from?.resume());
        }
        sink.onChunk(at, text);
      },
    };
    return new LogText(offset, counted, end);
  };

  /** What comes on the channel of the start; `lasts`: nothing came for long, and nothing will before the end. */
  const attach = async (pending: Pending, text: LogText, signal: AbortSignal): Promise<Told | 'lasts' | undefined> => {
    const over = new AbortController();
    let lasts = false;
    const onAbort = (): void => pending.drop();
    signal.addEventListener('abort', onAbort, { once: true });
    if (!pending.live) {
      void wait(FOLLOWED_AFTER_MS, over.signal).then(() => {
        if (over.signal.aborted || pending.hasCome()) return;
        lasts = true;
        pending.drop();
      });
    }
    try {
      return await pending.attach(text);
    } catch (error) {
      if (lasts && !signal.aborted) return 'lasts';
      throw error;
    } finally {
      // With a reason: an error that nobody looks at would be made otherwise.
      over.abort('over');
      signal.removeEventListener('abort', onAbort);
    }
  };

  /** Runs a script that tells the end of the work on its error output. */
  const toldBy = async (
    script: (nonce: string) => string,
    signal: AbortSignal,
    onOutput: (bytes: Buffer, flow: Flow) => void,
  ): Promise<Told | undefined> => {
    const nonce = newMark();
    let words: readonly string[] | undefined;
    await run(script(nonce), signal, {
      onOutput,
      onError: (line) => {
        const [mark, ...rest] = line.trim().split(' ');
        if (mark === nonce) words = rest;
      },
    });
    return words && { words };
  };

  /** Over a channel of its own. */
  const tail = async (text: LogText, signal: AbortSignal, onFlow: (flow: Flow) => void): Promise<Told | undefined> => {
    const enough = new AbortController();
    try {
      return await toldBy(
        (nonce) => followScript(path, offset, nonce),
        AbortSignal.any([signal, enough.signal]),
        (bytes, flow) => {
          onFlow(flow);
          text.take(bytes);
          if (text.isFull) enough.abort('enough');
        },
      );
    } finally {
      text.end();
    }
  };

  const firstPart = async (until: AbortSignal): Promise<Told | undefined> => {
    const pending = takePending();
    const begun = pending?.path === path && offset === 0 ? pending : undefined;
    if (!begun) pending?.drop();
    let flow: Flow | undefined = begun;
    const text = textFrom(until, LOG_FIRST_BYTES, () => flow);
    try {
      const first = begun && (await attach(begun, text, until));
      if (begun && first !== 'lasts') return first;
      return await tail(text, until, (now) => (flow = now));
    } catch (error) {
      // It was broken off, since enough of it came.
      if (text.isFull && !until.aborted) return { words: ['goes-on'] };
      throw error;
    }
  };

  /** What the work wrote last. */
  const lastPart = async (logBytes: number, until: AbortSignal): Promise<void> => {
    offset = Math.max(offset, logBytes - LOG_LAST_BYTES);
    let text: LogText | undefined;
    await run(logPartScript(path, offset, logBytes - offset), until, {
      deadlineMs: SHORT_MS,
      onOutput: (bytes) => {
        // A hole that reaches into it, as it is made where a file system has no other way.
        const hole = text ? 0 : bytes.findIndex((byte) => byte !== 0);
        if (hole < 0) offset += bytes.length;
        else {
          offset += hole;
          text ??= textFrom(until, logBytes);
          text.take(bytes.subarray(hole));
        }
      },
    });
    text?.end();
  };

  return async (until) => {
    isBound = false;
    for (;;) {
      const isLong = offset >= LOG_FIRST_BYTES;
      const end = isLong
        ? await toldBy(
            (nonce) => endScript(path, nonce),
            until,
            () => undefined,
          )
        : await firstPart(until);
      const [word, ...rest] = end?.words ?? [];
      if (word === 'ended') {
        const exit = exitOf(rest, offset);
        if (isLong && exit.logBytes > offset) await lastPart(exit.logBytes, until);
        if (isLong || exit.logBytes <= offset) return exit;
        // Work that goes on behind its leader's back, or a log that came in part.
        continue;
      }
      if (word !== 'goes-on') {
        const message = `${nodeId} does not know of the work any more; it was booted anew`;
        throw new NodeFault('unreachable', 'node-power-lost', message);
      }
      await wait(500, until);
      if (until.aborted) throw new NodeFault('unreachable', 'cancelled', `${nodeId} is not followed any more`);
    }
  };
}
