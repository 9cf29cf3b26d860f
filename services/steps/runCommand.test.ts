import { expect, it } from 'vitest';
import {
  commandOutputSchema,
  foldOutputs,
  HEAD_CHARACTERS,
  HEAD_LINES,
  type CommandOutput,
} from '../../core/model/commandOutput.ts';
import type { CommandExit, LogSink, NodeAnswer, NodeCommand, NodeHandle, WorkState } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { runWork } from './openStep.ts';
import { runCommand } from './runCommand.ts';
import type { StepIo } from './StepKind.ts';

const COMMAND = { argv: ['uname', '-r'], deadlineMs: 60_000, okCodes: [0, 3], warnedCodes: [1] };

interface Scripted {
  readonly chunks: readonly string[];
  readonly exit?: Partial<CommandExit>;
  readonly state?: WorkState;
  readonly stop?: 'stopped' | 'not-confirmed';
}

function nodeThat({ chunks, exit, state = { state: 'absent' }, stop = 'stopped' }: Scripted): {
  readonly node: NodeHandle;
  readonly started: NodeCommand[];
} {
  const started: NodeCommand[] = [];
  const node = {
    nodeId: 'n1',
    start: (_key: unknown, command: NodeCommand) => {
      started.push(command);
      return Promise.resolve({ ok: true, value: 'started' });
    },
    look: () => Promise.resolve({ ok: true, value: state }),
    follow: (_key: unknown, _from: number, sink: LogSink, signal: AbortSignal): Promise<NodeAnswer<CommandExit>> => {
      let offset = 0;
      for (const text of chunks) {
        sink.onChunk(offset, text);
        offset += Buffer.byteLength(text);
      }
      if (exit) return Promise.resolve({ ok: true, value: { code: undefined, logBytes: offset, ...exit } });
      const trouble = { kind: 'unreachable', cause: { code: 'cancelled', message: 'given up' } } as const;
      return new Promise((resolve) => {
        if (signal.aborted) resolve({ ok: false, trouble });
        signal.addEventListener('abort', () => resolve({ ok: false, trouble }));
      });
    },
    stop: () => Promise.resolve(stop),
  } as unknown as NodeHandle;
  return { node, started };
}

function io(abort = new AbortController(), lines: string[] = []): StepIo {
  return {
    ...{ jobId: 'j', stepId: 's', attempt: 1, signal: abort.signal },
    ...{ onProgress: () => undefined, onItem: () => undefined, onLog: (line) => lines.push(line) },
    whenSilent: () => undefined,
    libraryPath: (name) => name,
  };
}

it('tells of an output that is not kept whole how much there was, and how much of it is left out', async () => {
  const { node } = nodeThat({ chunks: ['one\n'], exit: { code: 0, logBytes: 904 } });
  const outcome = await runWork({ ...node, wasReached: true }, { use: 'run-command', work: COMMAND }, io());
  expect(outputOf(outcome)).toMatchObject({ bytes: 904, leftOutBytes: 900, lines: 1 });
});

it('shares no output of which more or less was left out: how much there was is told of each node', async () => {
  const ran = async (logBytes: number): Promise<WorkOutcome> => {
    const { node } = nodeThat({ chunks: ['two\n'], exit: { code: 0, logBytes } });
    return runWork({ ...node, wasReached: true }, { use: 'run-command', work: COMMAND }, io());
  };
  const outputs = [outputOf(await ran(904)), outputOf(await ran(9_004))];
  expect(outputs.map(({ bytes, leftOutBytes }) => [bytes, leftOutBytes])).toEqual([
    [904, 900],
    [9_004, 9_000],
  ]);
  const said = outputs.map((output, at) => ({ nodeId: `n${at}`, state: 'ok' as const, attempt: 1, output }));
  expect(foldOutputs(said).map(({ names, output }) => [names, output?.bytes])).toEqual([
    ['n0', 904],
    ['n1', 9_004],
  ]);
});

const outputOf = (outcome: WorkOutcome): CommandOutput => commandOutputSchema.parse(outcome.result);

it('runs the words as they are; what the exit code means decides', async () => {
  const { node, started } = nodeThat({ chunks: ['5.14\n'], exit: { code: 0 } });
  const outcome = await runCommand.run(node, COMMAND, io());
  expect(started).toEqual([{ argv: ['uname', '-r'], live: true }]);
  expect(outcome.state).toBe('ok');
  expect(outputOf(outcome)).toMatchObject({ exitCode: 0, lines: 1, bytes: 5, head: '5.14\n', cut: false });
  const how = async (exit: Partial<CommandExit>): Promise<string> => {
    const { state, cause } = await runCommand.run(nodeThat({ chunks: [], exit }).node, COMMAND, io());
    return `${state} ${cause?.message ?? ''}`.trim();
  };
  expect(await how({ code: 3 })).toBe('ok');
  expect(await how({ code: 1 })).toBe('warned the command ended with exit code 1');
  expect(await how({ code: 2 })).toBe('failed the command ended with exit code 2');
  expect(await how({ signal: 'SIGKILL' })).toBe('failed the command was ended by signal SIGKILL');
});

it('however the output comes in pieces, digest, size and first lines are the same, and equal ones are one object', async () => {
  const text = Array.from({ length: 100 }, (_, i) => `line ${i} ü\n`).join('');
  const whole = outputOf(await runCommand.run(nodeThat({ chunks: [text], exit: { code: 0 } }).node, COMMAND, io()));
  const pieces = text.match(/[\s\S]{1,7}/g) ?? [];
  const lines: string[] = [];
  const outcome = await runCommand.run(
    nodeThat({ chunks: pieces, exit: { code: 0 } }).node,
    COMMAND,
    io(new AbortController(), lines),
  );
  expect(outputOf(outcome)).toEqual(whole);
  expect(whole).toMatchObject({ lines: 100, bytes: Buffer.byteLength(text), cut: true });
  expect(whole.head.split('\n').length - 1).toBe(HEAD_LINES);
  expect(lines.join('\n')).toBe(text.trimEnd());
  const again = await runCommand.run(nodeThat({ chunks: [text], exit: { code: 0 } }).node, COMMAND, io());
  expect(again.result).toBe(outcome.result);
});

it('one line without an end is kept in short', async () => {
  const output = outputOf(
    await runCommand.run(nodeThat({ chunks: ['x'.repeat(9_000)], exit: { code: 0 } }).node, COMMAND, io()),
  );
  expect(output).toMatchObject({ lines: 1, bytes: 9_000, cut: true });
  expect(output.head).toHaveLength(HEAD_CHARACTERS);
});

it('a command that is stopped at its deadline failed, with what it said; one whose stop is not confirmed is unknown', async () => {
  const stopped = async (stop: 'stopped' | 'not-confirmed'): Promise<WorkOutcome> => {
    const abort = new AbortController();
    const running = runCommand.run(nodeThat({ chunks: ['begun\n'], stop }).node, COMMAND, io(abort));
    abort.abort({ code: 'node-timeout', message: 'Run on n1 did not end within 60 s' });
    return Promise.race([
      running,
      new Promise<WorkOutcome>((resolve) => setImmediate(() => resolve({ state: 'unknown' }))),
    ]);
  };
  const outcome = await stopped('stopped');
  expect(outcome).toMatchObject({ state: 'failed', cause: { code: 'node-timeout' }, result: { head: 'begun\n' } });
  expect((await stopped('not-confirmed')).state).toBe('unknown');
});

it('a probe follows what was begun, and lets begin what was not', async () => {
  const probed = async (state: WorkState): Promise<string> =>
    (await runCommand.probe(nodeThat({ chunks: [], state }).node, COMMAND, io())).done;
  expect(await probed({ state: 'absent' })).toBe('no');
  expect(await probed({ state: 'running', sinceMs: 1, logBytes: 0, silentMs: 0 })).toBe('running');
  expect(await probed({ state: 'ended', exit: { code: 0, logBytes: 0 } })).toBe('running');
});
