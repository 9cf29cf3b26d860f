import { z } from 'zod';
import { labelOf, type CellCause } from '../../core/model/job.ts';
import type { NodeFacts } from '../../core/model/node.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import type { ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import {
  createLineReader,
  keyOf,
  lookFor,
  outcomeOfLook,
  outcomeOfTrouble,
  probeByFacts,
  probeOfTrouble,
  runDetached,
} from './detached.ts';
import { outcomeOfDone, packageStanding } from './packageStanding.ts';
import { whyUnchanged } from './plan.ts';
import { createRpmLogReader } from './rpmLog.ts';
import {
  inOrderOfChanges,
  installWorkOf,
  isBeside,
  LOCK_WAIT_MS,
  standingOf,
  transactionsOf,
  whatIsToDo,
  type InstallWork,
  type Transaction,
} from './rpmTransaction.ts';
import { nodeWork, type StepIo, type WorkKind } from './StepKind.ts';

export type { InstallWork };

/** Configuration files that rpm left beside those of the site, of the result of an install. */
export function configFilesOf(result: object): readonly string[] {
  const { configFiles } = result as { configFiles?: unknown };
  return Array.isArray(configFiles) ? configFiles.filter((one) => typeof one === 'string') : [];
}

/** Runs of rpm of this attempt that were begun before. The one for kernels can have been begun only where the plan brings one. */
async function begunBefore(
  node: NodeHandle,
  { packages }: InstallWork,
  io: StepIo,
): Promise<{ readonly parts: readonly Transaction['part'][] } | { readonly outcome: ProbeOutcome }> {
  const parts: Transaction['part'][] = [];
  for (const part of packages.some(isBeside) ? ([undefined, 'beside'] as const) : [undefined]) {
    const found = await lookFor(node, io, part);
    if ('outcome' in found) return found;
    if (found.state !== 'absent') parts.push(part);
  }
  return { parts };
}

/** Attempts whose logs are read once more, the newest; what was said in older ones stands in the log of the job. */
const MOST_ATTEMPTS_READ = 10;

interface Said {
  /** By package label. */
  readonly warnings: Readonly<Record<string, CellCause>>;
  readonly configFiles: readonly string[];
}

/**
 * What rpm said in runs of these attempts that are over: nobody may have heard it, and a package on the node does not tell that a scriptlet failed. What a
 * later run did with a package counts for it.
 */
async function saidIn(
  attempts: readonly number[],
  node: NodeHandle,
  work: InstallWork,
  io: StepIo,
): Promise<Said | { readonly outcome: ProbeOutcome }> {
  const warnings: Record<string, CellCause> = {};
  const configFiles = new Set<string>();
  for (const attempt of attempts.slice(-MOST_ATTEMPTS_READ)) {
    const before = await begunBefore(node, work, { ...io, attempt });
    if ('outcome' in before) return before;
    const reader = createRpmLogReader(node.nodeId, work.packages, {
      onPercent: () => undefined,
      onBegun: (label) => delete warnings[label],
    });
    for (const part of before.parts) {
      const lines = createLineReader((line) => {
        // Attempts before this one have told theirs, or it was read with them.
        if (reader.take(line) && attempt === io.attempt && /^(?:warning|error): /.test(line)) io.onLog(line);
      });
      const sink = { onChunk: (_from: number, text: string) => lines.take(text) };
      const followed = await node.follow(keyOf({ ...io, attempt }, part), 0, sink, io.signal);
      if (!followed.ok) return { outcome: probeOfTrouble(followed.trouble) };
      lines.end();
    }
    const log = reader.log();
    Object.assign(warnings, log.warnings);
    for (const file of log.configFiles) configFiles.add(file);
  }
  return { warnings, configFiles: [...configFiles] };
}

const attemptsUpTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);

/** Configuration files as the result of work or of a probe. */
function saidResult(configFiles: readonly string[]): Pick<WorkOutcome, 'result'> {
  return configFiles.length > 0 ? { result: { configFiles } } : {};
}

/**
 * Installs the packages of a plan: one transaction, and one more where kernels are put beside those that are there. What rpm said while it ran is told; what
 * is on the node afterwards decides. A failing %post leaves the new version and is only a warning.
 */
async function install(node: NodeHandle, work: InstallWork, io: StepIo): Promise<WorkOutcome> {
  // Asked for at the same moment: what runs since before has its own list of what is to be done, and is rare.
  const [begun, standing] = [begunBefore(node, work, io), standingOf(node, work, io)];
  const before = await begun;
  if ('outcome' in before) return outcomeOfLook(before.outcome);
  const { parts } = before;
  const wanted =
    parts.length === 0 ? await whatIsToDo(node, work, io, standing) : { todo: inOrderOfChanges(work), repairs: false };
  if (!('todo' in wanted)) return wanted;
  const { todo } = wanted;
  // What came through in an attempt before is not run again, and what rpm said of it still counts.
  const earlier = await saidIn(attemptsUpTo(io.attempt - 1), node, work, io);
  if ('outcome' in earlier) return outcomeOfLook(earlier.outcome);
  const reader = createRpmLogReader(node.nodeId, todo, {
    onPercent: io.onProgress,
    onBegun: (label) => io.onItem(label, 'running'),
  });
  // Where kernels are on their way already, the upgrade before them is over, or there was none.
  const transactions = transactionsOf(work, wanted).filter(
    ({ part }) => parts.includes(part) || part === 'beside' || !parts.includes('beside'),
  );
  let exitCode: number | undefined = 0;
  const tried = new Set<string>();
  for (const { part, todo: own, words, command } of transactions) {
    if (exitCode !== 0) {
      io.onLog(`not begun, since rpm did not end well before: ${own.map((one) => one.fileName).join(' ')}`);
      break;
    }
    if (!parts.includes(part)) io.onLog(`rpm ${words.join(' ')} ${own.map((one) => one.fileName).join(' ')}`);
    for (const one of own) tried.add(labelOf(one));
    const onLine = (line: string): void => {
      if (reader.take(line)) io.onLog(line);
    };
    const ended = await runDetached(node, command, io, onLine, undefined, part);
    if ('outcome' in ended) {
      // A node that lost power does not know this run any more; what it told before is known here alone.
      const files = new Set([...earlier.configFiles, ...reader.log().configFiles]);
      return { ...ended.outcome, ...saidResult([...files]) };
    }
    exitCode = ended.exit.code;
  }
  // The service stays known as it was seen before: nothing here is judged by it, and Start and Validation look at it.
  const after = await node.facts(['packages'], io.signal);
  if (!after.ok) return outcomeOfTrouble(after.trouble, io.signal);
  const found = after.value.packages;
  const { failures, warnings, refused, configFiles } = reader.log();
  const run = new Set(todo.map(labelOf));
  const kept = Object.fromEntries(Object.entries(earlier.warnings).filter(([label]) => !run.has(label)));
  const allWarnings = { ...kept, ...warnings };
  if (refused) io.onLog('nothing was installed: rpm takes a transaction as a whole or not at all');
  const causes: CellCause[] = [];
  for (const one of todo) {
    const label = labelOf(one);
    if (packageStanding(found, one) === 'done') {
      io.onItem(label, outcomeOfDone(work.changes, one), warnings[label]);
      continue;
    }
    const said = failures[label];
    // Refused as a whole: those that rpm has nothing against wait for the next attempt.
    if (!said && (refused || !tried.has(label))) continue;
    const how = exitCode === undefined ? 'was ended by a signal' : `ended with ${exitCode}`;
    const message = `${formatNevra(one)} is not on ${node.nodeId} as planned after rpm ${how}`;
    const cause = said ?? { code: 'action-failed', message, packageName: label };
    io.onItem(label, 'fail', cause);
    causes.push(cause);
  }
  const files = [...new Set([...earlier.configFiles, ...configFiles])];
  const said = { found, ...saidResult(files) };
  const first = causes[0] ?? (refused ? Object.values(failures)[0] : undefined);
  if (first) return { state: 'failed', cause: first, ...said };
  io.onProgress(100);
  const warning = Object.values(allWarnings)[0];
  return warning
    ? { state: 'warned', cause: warning, warnedItems: Object.keys(allWarnings), ...said }
    : { state: 'ok', ...said };
}

interface InstallParams {
  /** How long a lock of rpm that another transaction holds is waited for. */
  readonly lockWaitMs: number;
}

/** Installs the packages of the plan, all of a node in one transaction, and kernels in one more. */
export const rpmInstall: WorkKind<InstallParams> = {
  form: 'work',
  params: z.strictObject({ lockWaitMs: z.number().int().min(0).max(3_600_000).default(LOCK_WAIT_MS) }),
  ...nodeWork<InstallParams, InstallWork>({
    whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
    workFor: ({ job, params, again }, nodeId) => installWorkOf(job, nodeId, params.lockWaitMs, again),
    run: install,
    probe: async (node, work, io) => {
      const { packages, changes, again } = work;
      const judge = ({ packages: found, service }: NodeFacts): ProbeOutcome => {
        const standing = packages.map((wanted) => packageStanding(found, wanted));
        const done = packages.filter((wanted, at) => {
          return standing[at] === 'done' && outcomeOfDone(changes, wanted) === 'successful';
        });
        const all = standing.every((one) => one === 'done');
        const some = done.length > 0 || standing.includes('half');
        return {
          // That a package is there says nothing of its scriptlets, which are what is done once more.
          done: all && !again ? 'yes' : some || all ? 'partly' : 'no',
          found,
          service: service.state,
          items: Object.fromEntries(done.map((wanted) => [labelOf(wanted), 'successful' as const])),
        };
      };
      const probed = await probeByFacts(node, io, ['packages', 'services'], judge, ['beside', undefined]);
      if (probed.done !== 'yes') return probed;
      const said = await saidIn(attemptsUpTo(io.attempt), node, work, io);
      if ('outcome' in said) return said.outcome;
      const [cause] = Object.values(said.warnings);
      const warned = cause ? { cause, warnedItems: Object.keys(said.warnings) } : {};
      return { ...probed, ...warned, ...saidResult(said.configFiles) };
    },
  }),
};
