import { z } from 'zod';
import { commandText } from '../../core/model/command.ts';
import type { CellCause } from '../../core/model/job.ts';
import type { InstalledPackage } from '../../core/model/node.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import {
  armScript,
  confirmScript,
  GUARD_EXIT,
  guardLeftMs,
  lookScript,
  type GuardOrder,
} from '../nodes/guardScript.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { outcomeOfTrouble, probeByFacts, runDetached } from './detached.ts';
import { requirePlan, whyUnchanged } from './plan.ts';
import { pathIn } from './putFiles.ts';
import { needingOn } from './reboot.ts';
import { nodeWork, type StepContext, type StepIo, type WorkKind } from './StepKind.ts';
import { wayBackOf, withoutWayBack, type WayBack } from './wayBack.ts';

/*
 * The dead-man: a guard on the node itself brings the packages of before back unless it is confirmed in time, whatever becomes of the master and the line.
 */

interface GuardParams {
  /** `disarm` is for a rollback: the node goes back in any case. */
  readonly action: 'arm' | 'confirm' | 'disarm';
  /** Name of the setting that holds the time. */
  readonly setting: string;
}

/** What is done about the guard of a node. */
export type GuardWork =
  | {
      readonly action: 'arm';
      readonly order: Omit<GuardOrder, 'job'>;
      readonly missing: WayBack['missing'];
    }
  | { readonly action: 'confirm' | 'disarm' };

/** Code of what a node that went back by itself has failed with. */
export const WENT_BACK = 'went-back';

/** What a node that went back by itself has failed with. */
export function wentBack(nodeId: string): CellCause {
  return {
    code: WENT_BACK,
    message: `${nodeId} was not confirmed in time and went back to the versions before by itself`,
  };
}

/** Runs a script of the guard; its exit code, or what became of it. */
async function runScript(
  node: NodeHandle,
  script: string,
  io: StepIo,
  part?: string,
): Promise<
  { readonly code: number | undefined; readonly leftMs?: number | undefined } | { readonly outcome: WorkOutcome }
> {
  let leftMs: number | undefined;
  const onLine = (line: string): void => {
    leftMs = guardLeftMs(line) ?? leftMs;
    io.onLog(line);
  };
  const ended = await runDetached(node, { argv: ['sh', '-s'], input: script }, io, onLine, undefined, part);
  return 'outcome' in ended ? ended : { code: ended.exit.code, leftMs };
}

/** Whether the guard of a node goes, or went, back; undefined where that is not known. */
export async function hasGoneBack(node: NodeHandle, io: StepIo): Promise<boolean | undefined> {
  const ran = await runScript(node, lookScript(io.jobId), io, 'guard');
  return 'outcome' in ran ? undefined : ran.code === GUARD_EXIT.wentBack;
}

function orderFor({ job, library, params }: StepContext<GuardParams>, nodeId: string): GuardWork {
  if (params.action !== 'arm') return { action: params.action };
  const { spoolArea } = requirePlan(job);
  const way = wayBackOf(job, library, nodeId);
  const service = job.member(nodeId)?.facts?.service;
  const command = (action: 'stop' | 'start'): object => {
    if (!service || service.state === 'none' || service.name === '') return {};
    return { [action]: commandText(service[action] ?? ['systemctl', action, service.name]) };
  };
  // Without the epoch: not every rpm takes one here.
  const buildOf = (build: InstalledPackage): string => formatNevra({ ...build, epoch: 0 });
  return {
    action: 'arm',
    missing: way.missing,
    order: {
      seconds: Math.ceil(Number(job.settings[params.setting]) / 1000),
      files: way.files.map((file) => ({
        ...{ name: file.name, build: buildOf(file), path: pathIn(spoolArea, file.fileName) },
      })),
      ...{ eraseFirst: way.eraseFirst.map(buildOf), erase: way.erase.map(buildOf) },
      reboot: needingOn(job, 'before', nodeId).map(buildOf),
      ...command('stop'),
      ...command('start'),
    },
  };
}

async function run(node: NodeHandle, work: GuardWork, io: StepIo): Promise<WorkOutcome> {
  const { nodeId } = node;
  if (work.action === 'arm' && work.missing.length > 0) {
    const facts = await node.facts(['packages'], io.signal);
    if (!facts.ok) return outcomeOfTrouble(facts.trouble, io.signal);
    const cause = withoutWayBack(nodeId, work, facts.value.packages);
    if (cause) return { state: 'failed', cause };
  }
  const script = work.action === 'arm' ? armScript({ job: io.jobId, ...work.order }) : confirmScript(io.jobId);
  const ran = await runScript(node, script, io);
  if ('outcome' in ran) return ran.outcome;
  const goesBack: Pick<WorkOutcome, 'goesBack'> =
    work.action !== 'arm' ? { goesBack: 'over' } : ran.leftMs === undefined ? {} : { goesBack: { inMs: ran.leftMs } };
  switch (ran.code) {
    case GUARD_EXIT.done:
      io.onProgress(100);
      return { state: 'ok', ...goesBack };
    case GUARD_EXIT.plain: {
      const message = `${nodeId} has no systemd: its guard goes back in time, and is lost where the node boots before`;
      return { state: 'warned', cause: { code: 'guard-until-boot', message }, ...goesBack };
    }
    case GUARD_EXIT.none:
      return { state: 'ok', goesBack: 'over' };
    case GUARD_EXIT.wentBack: {
      if (work.action === 'disarm') return { state: 'ok', goesBack: 'over' };
      const facts = await node.facts(['packages', 'services'], io.signal);
      const seen = facts.ok ? { found: facts.value.packages, service: facts.value.service.state } : {};
      return { state: 'failed', cause: wentBack(nodeId), goesBack: 'over', ...seen };
    }
    default: {
      const how = ran.code === undefined ? 'was ended by a signal' : `ended with ${ran.code}`;
      return { state: 'failed', cause: { code: 'action-failed', message: `${nodeId}: the guard's script ${how}` } };
    }
  }
}

/** Arms, confirms or disarms the guard of each node that the plan changes. */
export const guard: WorkKind<GuardParams> = {
  form: 'work',
  leavesPackages: true,
  params: z.strictObject({ action: z.enum(['arm', 'confirm', 'disarm']), setting: z.string().min(1) }),
  ...nodeWork<GuardParams, GuardWork>({
    whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
    workFor: orderFor,
    run,
    // Each script does nothing that is done: it may run once more.
    probe: (node, _work, io) =>
      probeByFacts(node, io, ['packages', 'services'], ({ packages: found, service }) => ({
        done: 'no',
        ...{ found, service: service.state },
      })),
  }),
};
