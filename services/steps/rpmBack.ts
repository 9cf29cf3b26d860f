import { z } from 'zod';
import type { CellCause, PlannedPackage } from '../../core/model/job.ts';
import type { InstalledPackage, NodeFacts } from '../../core/model/node.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import type { NodeCommand, NodeHandle } from '../nodes/NodePort.ts';
import type { ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import { lookFor, outcomeOfLook, outcomeOfTrouble, probeByFacts, runDetached } from './detached.ts';
import { packageStanding } from './packageStanding.ts';
import { LOCK_WAIT_MS } from './rpmTransaction.ts';
import { requirePlan, whyUnchanged } from './plan.ts';
import { pathIn } from './putFiles.ts';
import { createRpmLogReader } from './rpmLog.ts';
import { nodeWork, type StepIo, type WorkKind } from './StepKind.ts';
import { isThere, wayBackOf, withoutWayBack, type WayBack } from './wayBack.ts';

/** The way back of a node, and where its kept files lie. */
export interface BackWork extends WayBack {
  readonly spoolArea: string;
}

/** Commands of the way back, in their order: what took others away goes first, then the former builds come, then what is new goes. */
const PARTS = ['erase-first', 'back', 'erase'] as const;
type Part = (typeof PARTS)[number];

/** Former builds that are not alone on the node again. */
function filesToDo({ files }: WayBack, found: readonly InstalledPackage[]): readonly PlannedPackage[] {
  return files.filter((former) => packageStanding(found, former) !== 'done');
}

/** The command of a part; undefined where there is nothing to do. */
function commandOf(part: Part, work: BackWork, found: readonly InstalledPackage[]): NodeCommand | undefined {
  const there = (builds: readonly InstalledPackage[]): string[] =>
    // Without the epoch: not every rpm takes one here.
    builds.filter((build) => isThere(found, build)).map((build) => formatNevra({ ...build, epoch: 0 }));
  const env = { LC_ALL: 'C' };
  if (part === 'back') {
    const paths = filesToDo(work, found).map(({ fileName }) => pathIn(work.spoolArea, fileName));
    // A former build that was left beside the new one is put on again, so that the new one goes.
    return paths.length === 0
      ? undefined
      : { argv: ['rpm', '-Uv', '--percent', '--oldpackage', '--replacepkgs', ...paths], env };
  }
  const builds = there(part === 'erase' ? work.erase : work.eraseFirst);
  // What needs the former packages comes back with them in the next command.
  const options = part === 'erase' ? ['-ev'] : ['-ev', '--nodeps'];
  return builds.length === 0 ? undefined : { argv: ['rpm', ...options, ...builds], env };
}

/** What is not yet as it was, in words; undefined where everything is. */
function whyNotBack(work: WayBack, { packages: found }: Pick<NodeFacts, 'packages'>): string | undefined {
  const notBack = filesToDo(work, found)[0] ?? work.missing.find((build) => !isThere(found, build));
  if (notBack) return `${formatNevra(notBack)} is not back`;
  const still = [...work.eraseFirst, ...work.erase].find((build) => isThere(found, build));
  return still && `${formatNevra(still)} is still there`;
}

/** Stands for a command that runs already under its key, so that nothing is started. */
const GOES_ON: NodeCommand = { argv: ['true'] };

async function goBack(node: NodeHandle, work: BackWork, io: StepIo): Promise<WorkOutcome> {
  const said: CellCause[] = [];
  for (const [at, part] of PARTS.entries()) {
    const before = await lookFor(node, io, part);
    if ('outcome' in before) return outcomeOfLook(before.outcome);
    const facts = await node.facts(['packages'], io.signal);
    if (!facts.ok) return outcomeOfTrouble(facts.trouble, io.signal);
    const { packages: found } = facts.value;
    const cause = withoutWayBack(node.nodeId, work, found);
    if (cause) return { state: 'failed', cause, found };
    const command = commandOf(part, work, found);
    if (!command && before.state !== 'running') continue;
    if (command && before.state === 'absent') io.onLog(command.argv.join(' '));
    const reader = createRpmLogReader(node.nodeId, work.files, {
      onPercent: (percent) => io.onProgress((100 * at + percent) / PARTS.length),
      onBegun: () => undefined,
    });
    const ended = await runDetached(
      node,
      command ? { ...command, rpmLockWaitMs: LOCK_WAIT_MS, live: true } : GOES_ON,
      io,
      (line) => {
        if (reader.take(line)) io.onLog(line);
        if (line.startsWith('error: '))
          said.push({ code: 'action-failed', message: `${node.nodeId}: ${line.slice(7)}` });
      },
      undefined,
      part,
    );
    if ('outcome' in ended) return ended.outcome;
    said.unshift(...Object.values(reader.log().failures));
  }
  const after = await node.facts(['packages', 'services'], io.signal);
  if (!after.ok) return outcomeOfTrouble(after.trouble, io.signal);
  const seen = { found: after.value.packages, service: after.value.service.state };
  const wrong = whyNotBack(work, after.value);
  if (wrong !== undefined) {
    const cause = said[0] ?? { code: 'action-failed', message: `${node.nodeId}: ${wrong}` };
    return { state: 'failed', cause, ...seen };
  }
  io.onProgress(100);
  return { state: 'ok', ...seen };
}

/**
 * Brings exactly the former packages back to a node: `rpm -U --oldpackage` from kept files, and `rpm -e` of what is new. What is on the node
 * before each command decides what it does, so that it goes on wherever it was cut.
 */
export const rpmBack: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  ...nodeWork<object, BackWork>({
    whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
    workFor: ({ job, library }, nodeId) => ({
      spoolArea: requirePlan(job).spoolArea,
      ...wayBackOf(job, library, nodeId),
    }),
    run: goBack,
    probe: (node, work, io) => {
      const judge = (facts: NodeFacts): ProbeOutcome => ({
        done: whyNotBack(work, facts) === undefined ? 'yes' : 'partly',
        ...{ found: facts.packages, service: facts.service.state },
      });
      return probeByFacts(node, io, ['packages', 'services'], judge, PARTS);
    },
  }),
};
