import { describe, expect, it } from 'vitest';
import type { CommandExit, LogSink, NodeAnswer, NodeHandle, WorkState } from '../nodes/NodePort.ts';
import { runDetached } from './detached.ts';
import type { StepIo } from './StepKind.ts';

const EXIT: CommandExit = { code: 0, logBytes: 12 };
const CANCELLED = { code: 'cancelled', message: 'cancelled by a person' };
const COMMAND = { argv: ['true'] } as const;

/** A node whose command writes and ends as the test says. */
class ScriptedNode {
  readonly asked: string[] = [];
  stopAnswer: 'stopped' | 'was-over' | 'not-confirmed' = 'stopped';
  state: NodeAnswer<WorkState> = { ok: true, value: { state: 'absent' } };
  readonly follows: { sink: LogSink; end: (answer: NodeAnswer<CommandExit>) => void }[] = [];

  readonly handle = {
    nodeId: 'n1',
    start: () => {
      this.asked.push('start');
      return Promise.resolve({ ok: true, value: 'started' });
    },
    look: () => {
      this.asked.push('look');
      return Promise.resolve(this.state);
    },
    follow: (_key: unknown, from: number, sink: LogSink, signal: AbortSignal) => {
      this.asked.push(`follow from ${from}`);
      return new Promise<NodeAnswer<CommandExit>>((resolve) => {
        this.follows.push({ sink, end: resolve });
        const cause = { code: 'cancelled', message: 'given up' };
        signal.addEventListener('abort', () => resolve({ ok: false, trouble: { kind: 'unreachable', cause } }));
      });
    },
    stop: () => {
      this.asked.push('stop');
      return Promise.resolve(this.stopAnswer);
    },
  } as unknown as NodeHandle;
}

interface Asking {
  readonly io: StepIo;
  readonly abort: AbortController;
  /** What happens when nothing was heard for long. */
  whenSilent(): Promise<number | undefined>;
}

function asking(): Asking {
  const abort = new AbortController();
  let ask: (() => Promise<number | undefined>) | undefined;
  const io: StepIo = {
    ...{ jobId: 'j', stepId: 's', attempt: 1, signal: abort.signal },
    ...{ onProgress: () => undefined, onItem: () => undefined, onLog: () => undefined },
    whenSilent: (how) => (ask = how),
    libraryPath: (name) => name,
  };
  return { io, abort, whenSilent: () => ask?.() ?? Promise.resolve(undefined) };
}

/** Lets everything happen that waits for promises only. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('runDetached', () => {
  it('hands over whole lines, however the log is cut into chunks, and tells the end', async () => {
    const node = new ScriptedNode();
    const lines: string[] = [];
    const running = runDetached(node.handle, COMMAND, asking().io, (line) => lines.push(line));
    await settled();
    node.follows[0]?.sink.onChunk(0, 'one\ntw');
    node.follows[0]?.sink.onChunk(6, 'o\r\n\nthr');
    node.follows[0]?.sink.onChunk(13, 'ee');
    node.follows[0]?.end({ ok: true, value: EXIT });
    expect(await running).toEqual({ exit: EXIT });
    expect(lines).toEqual(['one', 'two', 'three']);
  });

  it('tells what of an output is not kept, at its place and of the whole', async () => {
    const node = new ScriptedNode();
    const { io } = asking();
    const said: string[] = [];
    const leftOut: number[] = [];
    const told: StepIo = { ...io, onLog: (text) => said.push(text), onLeftOut: (bytes) => leftOut.push(bytes) };
    const running = runDetached(node.handle, COMMAND, told, (line) => said.push(line));
    await settled();
    node.follows[0]?.sink.onChunk(0, 'one\ntw');
    node.follows[0]?.sink.onChunk(306, 'x\nlast\n');
    node.follows[0]?.end({ ok: true, value: { code: 0, logBytes: 320 } });
    await running;
    const kept = 'bytes left out; of what a command writes the first 8 MiB and the last 64 KiB are kept';
    expect(said).toEqual(['one', 'tw', `... 300 ${kept}`, 'x', 'last', `... 7 ${kept}`]);
    expect(leftOut).toEqual([300, 7]);
  });

  it('asks the node when nothing is heard: how long the work wrote nothing, by its own clock', async () => {
    const node = new ScriptedNode();
    const { io, whenSilent } = asking();
    void runDetached(node.handle, COMMAND, io, () => undefined);
    await settled();
    node.state = { ok: true, value: { state: 'running', sinceMs: 0, logBytes: 40, silentMs: 134_000 } };
    expect(await whenSilent()).toBe(134_000);
    node.state = { ok: true, value: { state: 'ended', exit: EXIT } };
    expect(await whenSilent()).toBe(0);
    node.state = { ok: true, value: { state: 'absent' } };
    expect(await whenSilent()).toBeUndefined();
    node.state = { ok: false, trouble: { kind: 'unreachable', cause: CANCELLED } };
    expect(await whenSilent()).toBeUndefined();
  });

  it('stops the command on the node, and says that it did', async () => {
    const node = new ScriptedNode();
    const { io, abort } = asking();
    const running = runDetached(node.handle, COMMAND, io, () => undefined);
    await settled();
    abort.abort(CANCELLED);
    expect(await running).toEqual({ outcome: { state: 'unknown', cause: CANCELLED }, stopped: true });
    expect(node.asked).toEqual(['start', 'follow from 0', 'stop']);
  });

  it('follows on where the stop is not confirmed, from where it was', async () => {
    const node = new ScriptedNode();
    node.stopAnswer = 'not-confirmed';
    const { io, abort } = asking();
    const running = runDetached(node.handle, COMMAND, io, () => undefined);
    await settled();
    node.follows[0]?.sink.onChunk(0, 'ä\n');
    abort.abort(CANCELLED);
    await settled();
    expect(node.asked.at(-1)).toBe('follow from 3');
    node.follows[1]?.end({ ok: true, value: EXIT });
    expect(await running).toEqual({ exit: EXIT });
  });

  it('leaves the command alone when putservices stops: it may go on', async () => {
    const node = new ScriptedNode();
    const { io, abort } = asking();
    const running = runDetached(node.handle, COMMAND, io, () => undefined);
    await settled();
    const cause = { code: 'server-stopping', message: 'putservices is being stopped' };
    abort.abort(cause);
    expect(await running).toEqual({ outcome: { state: 'unknown', mayGoOn: true, cause } });
    expect(node.asked).not.toContain('stop');
  });

  it('calls a node that is lost meanwhile unreachable', async () => {
    const node = new ScriptedNode();
    const running = runDetached(node.handle, COMMAND, asking().io, () => undefined);
    await settled();
    const cause = { code: 'node-unreachable', message: 'no answer' };
    node.follows[0]?.end({ ok: false, trouble: { kind: 'unreachable', cause } });
    expect(await running).toEqual({ outcome: { state: 'unreachable', cause } });
  });
});
