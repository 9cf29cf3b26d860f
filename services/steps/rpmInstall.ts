import { z } from 'zod';
import { labelOf, type CellCause, type PlannedChange, type PlannedPackage } from '../../core/model/job.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import type { NodeCommand, NodeHandle } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { lookFor, outcomeOfTrouble, probeByFacts, runDetached } from './detached.ts';
import { outcomeOfDone, packageStanding } from './packageStanding.ts';
import { changesOn, filesOfNode, requirePlan, whyUnchanged } from './plan.ts';
import { pathIn } from './putFiles.ts';
import { createRpmLogReader } from './rpmLog.ts';
import { nodeWork, type StepIo, type WorkKind } from './StepKind.ts';

/** Packages that come to a node in one transaction. */
export interface InstallWork {
  readonly spoolArea: string;
  readonly packages: readonly PlannedPackage[];
  readonly changes: readonly PlannedChange[];
}

/** The planned packages in the order of the changes; what the changes do not name comes last. */
function inOrderOfChanges({ changes, packages }: InstallWork): PlannedPackage[] {
  const rank = new Map(changes.map((change, i) => [change.packageName, i]));
  const rankOf = (planned: PlannedPackage): number => rank.get(labelOf(planned)) ?? changes.length;
  return [...packages].sort((a, b) => rankOf(a) - rankOf(b));
}

interface Todo {
  readonly todo: readonly PlannedPackage[];
  readonly repairs: boolean;
}

/** What is still to be installed; a package that is done already is not run again. */
async function whatIsToDo(node: NodeHandle, work: InstallWork, io: StepIo): Promise<Todo | WorkOutcome> {
  const planned = inOrderOfChanges(work);
  const names = planned.map(({ fileName }) => fileName);
  const spooled = await node.digests(work.spoolArea, names, io.signal);
  if (!spooled.ok) return outcomeOfTrouble(spooled.trouble, io.signal);
  const before = await node.facts(['packages'], io.signal);
  if (!before.ok) return outcomeOfTrouble(before.trouble, io.signal);
  const found = before.value.packages;
  const standing = new Map(planned.map((wanted) => [wanted, packageStanding(found, wanted)]));
  for (const wanted of planned) {
    if (standing.get(wanted) !== 'done') continue;
    io.onItem(labelOf(wanted), outcomeOfDone(work.changes, wanted));
    io.onLog(`${formatNevra(wanted)} is already installed`);
  }
  const todo = planned.filter((wanted) => standing.get(wanted) !== 'done');
  const missing = todo.filter(({ fileName, sha256 }) => spooled.value[fileName] !== sha256);
  const causes = missing.map((wanted): CellCause => {
    const path = pathIn(work.spoolArea, wanted.fileName);
    return { code: 'action-failed', message: `${path} is not on ${node.nodeId}`, packageName: labelOf(wanted) };
  });
  for (const cause of causes) {
    io.onItem(cause.packageName as string, 'fail', cause);
    io.onLog(`error: ${cause.message}`);
  }
  if (causes[0]) return { state: 'failed', cause: causes[0], found };
  return { todo, repairs: todo.some((wanted) => standing.get(wanted) === 'half') };
}

/**
 * Installs the packages of a plan as one transaction. What rpm said while it ran is told; what is on the node afterwards decides. A failing %post leaves
 * the new version and is only a warning.
 */
async function install(node: NodeHandle, work: InstallWork, io: StepIo): Promise<WorkOutcome> {
  const before = await lookFor(node, io);
  if ('outcome' in before) {
    const { done, cause } = before.outcome;
    return { state: done === 'unreachable' ? 'unreachable' : 'failed', cause };
  }
  // What runs since before has its own list of what is to be done.
  const wanted =
    before.state === 'absent' ? await whatIsToDo(node, work, io) : { todo: inOrderOfChanges(work), repairs: false };
  if (!('todo' in wanted)) return wanted;
  const { todo, repairs } = wanted;
  const reader = createRpmLogReader(node.nodeId, todo, {
    onPercent: io.onProgress,
    onBegun: (label) => io.onItem(label, 'running'),
  });
  let exitCode: number | undefined = 0;
  if (todo.length > 0) {
    const options = ['-Uv', '--percent', ...(repairs ? ['--replacepkgs'] : [])];
    if (before.state === 'absent') io.onLog(`rpm ${options.join(' ')} ${todo.map((one) => one.fileName).join(' ')}`);
    const paths = todo.map(({ fileName }) => pathIn(work.spoolArea, fileName));
    const command: NodeCommand = { argv: ['rpm', ...options, ...paths], env: { LC_ALL: 'C' } };
    const ended = await runDetached(node, command, io, (line) => {
      if (reader.take(line)) io.onLog(line);
    });
    if ('outcome' in ended) return ended.outcome;
    exitCode = ended.exit.code;
  }
  const after = await node.facts(['packages', 'services'], io.signal);
  if (!after.ok) return outcomeOfTrouble(after.trouble, io.signal);
  const { packages: found, service } = after.value;
  const { failures, warnings, refused } = reader.log();
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
    if (!said && refused) continue;
    const how = exitCode === undefined ? 'was ended by a signal' : `ended with ${exitCode}`;
    const message = `${formatNevra(one)} is not on ${node.nodeId} as planned after rpm ${how}`;
    const cause = said ?? { code: 'action-failed', message, packageName: label };
    io.onItem(label, 'fail', cause);
    causes.push(cause);
  }
  const said = { found, service: service.state };
  const first = causes[0] ?? (refused ? Object.values(failures)[0] : undefined);
  if (first) return { state: 'failed', cause: first, ...said };
  io.onProgress(100);
  const warning = Object.values(warnings)[0];
  return warning ? { state: 'warned', cause: warning, ...said } : { state: 'ok', ...said };
}

/** Installs the packages of the plan, all of a node in one transaction. */
export const rpmInstall: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  ...nodeWork<object, InstallWork>({
    whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
    workFor: ({ job }, nodeId) => {
      const { spoolArea, packages } = requirePlan(job);
      const changes = changesOn(job, nodeId);
      return {
        spoolArea,
        packages: filesOfNode(job, packages, changes, nodeId),
        changes: changes.filter((change) => change.action !== 'keep'),
      };
    },
    run: install,
    probe: (node, { packages, changes }, io) =>
      probeByFacts(node, io, ['packages', 'services'], ({ packages: found, service }) => {
        const standing = packages.map((wanted) => packageStanding(found, wanted));
        const done = packages.filter((wanted, at) => {
          return standing[at] === 'done' && outcomeOfDone(changes, wanted) === 'successful';
        });
        const all = standing.every((one) => one === 'done');
        const some = done.length > 0 || standing.includes('half');
        return {
          done: all ? 'yes' : some ? 'partly' : 'no',
          found,
          service: service.state,
          items: Object.fromEntries(done.map((wanted) => [labelOf(wanted), 'successful' as const])),
        };
      }),
  }),
};
