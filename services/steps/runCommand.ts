import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  exitText,
  foldOutputs,
  HEAD_CHARACTERS,
  HEAD_LINES,
  outputKey,
  type CommandOutput,
  type NodeOutput,
} from '../../core/model/commandOutput.ts';
import type { RowOf } from '../../core/steps/tables.ts';
import type { Command } from '../../core/model/command.ts';
import type { CommandExit, NodeHandle } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { lookFor, runDetached, stopReason } from './detached.ts';
import { requireAnswer } from './JobSoFar.ts';
import { nodeWork, type StepIo, type StepTable, type TableContext, type WorkKind } from './StepKind.ts';

/** Runs the command that was asked for, detached; its exit code decides, and what it said is kept in short. The output is in the node's log. */
export const runCommand: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  ...nodeWork<object, Command>({
    workFor: ({ job }) => requireAnswer<Command>(job, 'command'),
    deadlineMs: (work) => work.deadlineMs,
    run,
    probe: async (node, _work, io) => {
      const found = await lookFor(node, io);
      if ('outcome' in found) return found.outcome;
      // Its end is known to the node, and following it brings that and the output. A command that the node does not know was never begun there.
      return { done: found.state === 'absent' ? 'no' : 'running' };
    },
  }),
};

async function run(node: NodeHandle, work: Command, io: StepIo): Promise<WorkOutcome> {
  const [program, ...words] = work.argv;
  if (program === undefined) return { state: 'failed', cause: { code: 'input-invalid', message: 'no command' } };
  const reader = createOutputReader();
  const ended = await runDetached(node, { argv: [program, ...words], live: true }, io, io.onLog, (text) =>
    reader.take(text),
  );
  if (!('outcome' in ended)) return judged(work, reader.output(ended.exit));
  if (ended.stopped !== true) return ended.outcome;
  // The node confirmed that it is over: nothing of it is unknown but what it would have done.
  const cause = stopReason(io.signal);
  const message = `${cause.message}; the command was stopped on the node`;
  return { state: 'failed', cause: { code: cause.code, message }, result: reader.output(undefined) };
}

function judged({ okCodes, warnedCodes }: Command, output: CommandOutput): WorkOutcome {
  const { exitCode } = output;
  if (exitCode !== undefined && okCodes.includes(exitCode)) return { state: 'ok', result: output };
  const how = exitCode === undefined ? `was ended by ${exitText(output)}` : `ended with ${exitText(output)}`;
  const cause = { code: 'command-failed', message: `the command ${how}` };
  const warned = exitCode !== undefined && warnedCodes.includes(exitCode);
  return { state: warned ? 'warned' : 'failed', cause, result: output };
}

/** Outputs that came last, so that nodes that say the same share one object. */
const sharedOutputs = new Map<string, CommandOutput>();
const SHARED_OUTPUTS = 256;

function shared(output: CommandOutput): CommandOutput {
  const key = outputKey(output);
  const known = sharedOutputs.get(key);
  if (known) return known;
  const [oldest] = sharedOutputs.keys();
  if (oldest !== undefined && sharedOutputs.size >= SHARED_OUTPUTS) sharedOutputs.delete(oldest);
  sharedOutputs.set(key, output);
  return output;
}

/** Reads an output of any size and keeps its digest, size and first lines. */
function createOutputReader(): {
  take(text: string): void;
  output(exit: CommandExit | undefined): CommandOutput;
} {
  const digest = createHash('sha256');
  let bytes = 0;
  let lines = 0;
  let head = '';
  let headLines = 0;
  let cut = false;
  let last = '\n';
  const addToHead = (text: string): void => {
    if (cut) return;
    let end = 0;
    while (end < text.length && headLines < HEAD_LINES) {
      const newline = text.indexOf('\n', end);
      if (newline >= 0) headLines += 1;
      end = newline < 0 ? text.length : newline + 1;
    }
    const room = HEAD_CHARACTERS - head.length;
    const part = text.slice(0, Math.min(end, room));
    head += part;
    cut = part.length < text.length;
  };
  return {
    take: (text) => {
      if (text === '') return;
      digest.update(text);
      bytes += Buffer.byteLength(text);
      for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
      last = text.slice(-1);
      addToHead(text);
    },
    output: (exit) =>
      shared({
        ...(exit?.code === undefined ? {} : { exitCode: exit.code }),
        ...(exit?.signal === undefined ? {} : { signal: exit.signal }),
        // What was left out is not here, and counts all the same.
        ...{ sha256: digest.digest('hex'), bytes: Math.max(bytes, exit?.logBytes ?? 0) },
        ...{ lines: last === '\n' ? lines : lines + 1 },
        ...{ head: head.replace(/[\uD800-\uDBFF]$/, ''), cut },
      }),
  };
}

/** Every node with what its command came to. */
export function outputsByNode({ nodes }: TableContext): StepTable<RowOf<'run-command', 'nodes'>> {
  return {
    rows: nodes.map(({ nodeId, cell, result }): NodeOutput => {
      const message = cell.cause?.message ?? cell.skipReason;
      return {
        ...{ nodeId, state: cell.state, attempt: cell.attempt },
        ...(result ? { output: result as CommandOutput } : {}),
        ...(message === undefined ? {} : { message }),
      };
    }),
    notes: [],
  };
}

/** Nodes whose commands said the same in one row. */
export function outputsFolded(context: TableContext): StepTable<RowOf<'run-command', 'outputs'>> {
  return { rows: foldOutputs(outputsByNode(context).rows), notes: [] };
}
