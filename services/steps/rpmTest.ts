import { z } from 'zod';
import { labelOf, type CellCause } from '../../core/model/job.ts';
import { isEndOfFirst } from '../nodes/commandFirst.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { probeOfCommands, runDetached } from './detached.ts';
import { whyUnchanged } from './plan.ts';
import { pathIn } from './putFiles.ts';
import { createRpmLogReader } from './rpmLog.ts';
import { createSignatureReader, signatureRuleOf, type SignatureRule } from './rpmSignatures.ts';
import {
  installWorkOf,
  LOCK_WAIT_MS,
  standingOf,
  transactionsOf,
  whatIsToDo,
  type InstallWork,
} from './rpmTransaction.ts';
import { nodeWork, type StepIo, type WorkKind } from './StepKind.ts';

interface TestParams {
  readonly lockWaitMs: number;
  /** Setting that says whether a signature is required; without a value it is. */
  readonly signatures: string;
}

export interface TestWork extends InstallWork {
  readonly signatures: SignatureRule;
}

/** The check of the files with the first test, and the test of kernels where both are tested. */
const PARTS = ['check', 'test-beside'] as const;

async function test(node: NodeHandle, work: TestWork, io: StepIo): Promise<WorkOutcome> {
  const wanted = await whatIsToDo(node, work, { ...io, onItem: () => undefined }, standingOf(node, work, io));
  if (!('todo' in wanted)) return wanted;
  const { todo } = wanted;
  if (todo.length === 0) return { state: 'ok' };
  const causes = new Map<string, CellCause>();
  const add = (cause: CellCause): void => {
    const name = cause.packageName ?? '';
    if (!causes.has(name)) causes.set(name, cause);
  };
  const paths = new Map(todo.map((one) => [pathIn(work.spoolArea, one.fileName), one]));
  const check = ['rpmkeys', '-Kv', ...paths.keys()] as const;
  const reader = createSignatureReader(paths, work.signatures);
  io.onLog(
    `rpmkeys -Kv, ${work.signatures === 'required' ? 'a signature is required' : 'digests alone, no signature is required'}`,
  );
  for (const [at, { part, todo: tested, words, command }] of transactionsOf(work, wanted, true).entries()) {
    const log = createRpmLogReader(node.nodeId, tested, { onPercent: () => undefined, onBegun: () => undefined });
    let checks = at === 0;
    const begin = (): void => io.onLog(`rpm ${words.join(' ')} ${tested.map((one) => one.fileName).join(' ')}`);
    if (!checks) begin();
    const onLine = (line: string): void => {
      if (checks && isEndOfFirst(line)) {
        checks = false;
        io.onProgress(30);
        begin();
      } else if (checks) {
        reader.take(line);
        io.onLog(line);
      } else if (log.take(line)) io.onLog(line);
    };
    const [key, whole] = at === 0 ? [PARTS[0], { ...command, first: check }] : [PARTS[1], command];
    const ended = await runDetached(node, whole, io, onLine, undefined, key);
    if ('outcome' in ended) return ended.outcome;
    if (at === 0) reader.causes(node.nodeId).forEach(add);
    const { failures, errors } = log.log();
    // Of the kernels' test with the rest, the rest was judged before as it will be.
    const own = new Set(tested.filter(({ beside }) => part === undefined || beside === true).map(labelOf));
    const said = Object.values(failures).filter(({ packageName = '' }) => own.has(packageName));
    said.forEach(add);
    const alone = part === undefined || tested.every(({ beside }) => beside === true);
    if (said.length === 0 && alone && ended.exit.code !== 0) {
      const how = ended.exit.code === undefined ? 'was ended by a signal' : `ended with ${ended.exit.code}`;
      add({
        code: 'action-failed',
        message: `${node.nodeId}: the test of rpm ${how}: ${errors[0] ?? 'it said nothing'}`,
      });
    }
  }
  const [first, ...more] = causes.values();
  if (!first) {
    io.onProgress(100);
    return { state: 'ok' };
  }
  io.onLog('nothing was changed: what rpm says here it would say after Shutdown');
  const message = [first, ...more].map((one, i) =>
    i === 0 ? one.message : one.message.replace(`${node.nodeId}: `, ''),
  );
  return { state: 'failed', cause: { ...first, message: message.join('; ') } };
}

/** Has rpm judge the files and the very transaction of the install on each node, before anything is stopped; changes nothing there. */
export const rpmTest: WorkKind<TestParams> = {
  form: 'work',
  params: z.strictObject({
    lockWaitMs: z.number().int().min(0).max(3_600_000).default(LOCK_WAIT_MS),
    signatures: z.string().default('signatures'),
  }),
  ...nodeWork<TestParams, TestWork>({
    whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
    workFor: ({ job, params }, nodeId) => ({
      ...installWorkOf(job, nodeId, params.lockWaitMs),
      signatures: signatureRuleOf(job, params.signatures),
    }),
    run: test,
    probe: async (node, _work, io) => (await probeOfCommands(node, io, PARTS)) ?? { done: 'no' },
  }),
};
