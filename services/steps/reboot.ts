import { z } from 'zod';
import type { PlannedPackage } from '../../core/model/job.ts';
import type { NodeFacts } from '../../core/model/node.ts';
import { buildsThatNeedReboot, isOlderKernel, REBOOT_NEEDS } from '../../core/model/rebootNeed.ts';
import { compareEvr, formatNevra, parseEvr } from '../../core/model/rpmVersion.ts';
import type { FactSection, NodeCommand, NodeHandle } from '../nodes/NodePort.ts';
import type { ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import { keyOf, outcomeOfTrouble, probeOfTrouble, runDetached } from './detached.ts';
import type { JobSoFar } from './JobSoFar.ts';
import { acceptedPlan, buildsOfNode, changesOn } from './plan.ts';
import { nodeWork, type StepIo, type WorkKind } from './StepKind.ts';
import { isThere } from './wayBack.ts';

/*
 * A node is rebooted at most once for a step, whatever becomes of putservices or the line meanwhile: before the first attempt the node itself writes down
 * the boot that it is in, as a piece of detached work whose log outlives the reboot. Another boot than that one says that the reboot was done.
 */

interface RebootParams {
  /** Names and provides of packages that call for a reboot. */
  readonly needs: readonly string[];
  /** For what the plan brings, or, on the way back, for what is gone again. */
  readonly of: 'plan' | 'before';
  /** How the service has to be afterwards; `any` where later steps start it. */
  readonly service: 'up' | 'any';
}

/** Why a node is rebooted, and what has to be so afterwards. */
export interface RebootWork {
  /** What it is for, in words. */
  readonly builds: readonly string[];
  /** Release of the kernel that has to run afterwards, or a newer one; absent: not known. */
  readonly kernel?: string | undefined;
  readonly service: 'up' | 'any';
  /** Nothing is to be done while the node is still in this boot: what is gone again was never in force. */
  readonly unlessBoot?: string | undefined;
}

const SECTIONS: readonly FactSection[] = ['os', 'boot', 'packages', 'services'];
const READ_BOOT: NodeCommand = { argv: ['cat', '/proc/sys/kernel/random/boot_id'] };
/** A node answers by SSH before everything that it starts at boot is up. Where systemd cannot be waited for, nothing is. */
const SETTLE: NodeCommand = { argv: ['timeout', '600', 'systemctl', 'is-system-running', '--wait'] };
const SYSTEM_STATE = /^(running|degraded|maintenance|starting|stopping|offline)$/;

/** The packages of a node that come into force, or go out of it, only by a reboot. */
export function needingOn(job: JobSoFar, of: RebootParams['of'], nodeId: string): readonly PlannedPackage[] {
  const plan = acceptedPlan(job);
  const member = job.member(nodeId);
  if (!plan?.packages.some(({ reboot }) => reboot)) return [];
  const builds = changesOn(job, nodeId).flatMap((change) =>
    buildsOfNode(job, plan.packages, [change], nodeId).map((build) => ({ change, build })),
  );
  if (of === 'before') {
    return builds.flatMap(({ change, build }) => (build.reboot && change.action !== 'keep' ? [build] : []));
  }
  const found = member?.found;
  return buildsThatNeedReboot(builds, member?.facts?.kernel).filter((build) => !found || isThere(found, build));
}

function newestKernel(builds: readonly PlannedPackage[]): string | undefined {
  return builds.flatMap(({ reboot }) => reboot?.kernel ?? []).sort((a, b) => compareEvr(parseEvr(b), parseEvr(a)))[0];
}

/** The boot that the node was in before the step began with it; it is written down there by the first attempt. */
async function bootBefore(
  node: NodeHandle,
  io: StepIo,
): Promise<{ readonly bootId: string } | { readonly outcome: WorkOutcome }> {
  let bootId = '';
  const ended = await runDetached(
    node,
    READ_BOOT,
    { ...io, attempt: 1 },
    (line) => (bootId = line.trim()),
    undefined,
    'boot',
  );
  if ('outcome' in ended) return ended;
  if (bootId !== '') return { bootId };
  const cause = { code: 'action-failed', message: `${node.nodeId} does not tell which boot it is in` };
  return { outcome: { state: 'failed', cause } };
}

/** What is not as it should be after the reboot; undefined where everything is. */
function whyNotBack({ kernel, service }: RebootWork, facts: NodeFacts): WorkOutcome['cause'] {
  const { nodeId } = facts;
  if (kernel !== undefined && isOlderKernel(facts.kernel, kernel)) {
    return { code: 'reboot-failed', message: `${nodeId} was rebooted and runs kernel ${facts.kernel}, not ${kernel}` };
  }
  if (service === 'up' && facts.service.state !== 'up' && facts.service.state !== 'none') {
    const { name, state } = facts.service;
    return { code: 'service-failed', message: `${nodeId} was rebooted and ${name} is ${state}` };
  }
  return undefined;
}

async function run(node: NodeHandle, work: RebootWork, io: StepIo): Promise<WorkOutcome> {
  const before = await bootBefore(node, io);
  if ('outcome' in before) return before.outcome;
  const read = await node.facts(SECTIONS, io.signal);
  if (!read.ok) return outcomeOfTrouble(read.trouble, io.signal);
  if (read.value.boot?.id === before.bootId) {
    const { packages: found, service } = read.value;
    if (work.unlessBoot === before.bootId) {
      io.onLog(`no reboot is needed: the node was not booted with ${work.builds.join(', ')}`);
      return { state: 'ok', found, service: service.state };
    }
    io.onLog(`reboot for ${work.builds.join(', ')}`);
    // A node that boots tells nothing.
    io.whenSilent(() => Promise.resolve(undefined));
    const rebooted = await node.reboot(before.bootId, io.signal);
    if (!rebooted.ok) return outcomeOfTrouble(rebooted.trouble, io.signal);
    io.onLog(`back with another boot, ${rebooted.value.bootId}`);
    io.onProgress(80);
  } else io.onLog('it was booted anew since this step began with it, and is not rebooted once more');
  const settled = await runDetached(
    node,
    SETTLE,
    { ...io, attempt: 1 },
    (line) => {
      if (SYSTEM_STATE.test(line)) io.onLog(`the system is ${line}`);
    },
    undefined,
    'settled',
  );
  if ('outcome' in settled) return settled.outcome;
  const after = await node.facts(SECTIONS, io.signal);
  if (!after.ok) return outcomeOfTrouble(after.trouble, io.signal);
  const seen = { found: after.value.packages, service: after.value.service.state };
  const cause = whyNotBack(work, after.value);
  if (cause) return { state: 'failed', cause, ...seen };
  io.onProgress(100);
  return { state: 'ok', ...seen };
}

async function probe(node: NodeHandle, work: RebootWork, io: StepIo): Promise<ProbeOutcome> {
  const key = keyOf({ ...io, attempt: 1 }, 'boot');
  const marked = await node.look(key, io.signal);
  if (!marked.ok) return probeOfTrouble(marked.trouble);
  if (marked.value.state !== 'ended') return { done: 'no' };
  let bootId = '';
  const followed = await node.follow(key, 0, { onChunk: (_at, text) => (bootId += text) }, io.signal);
  if (!followed.ok) return probeOfTrouble(followed.trouble);
  const read = await node.facts(SECTIONS, io.signal);
  if (!read.ok) return probeOfTrouble(read.trouble);
  const { packages: found, service, boot } = read.value;
  const seen = { found, service: service.state };
  if (boot?.id === bootId.trim()) return { done: work.unlessBoot === boot.id ? 'yes' : 'no', ...seen };
  return { done: whyNotBack(work, read.value) === undefined ? 'yes' : 'partly', ...seen };
}

/** Reboots each node on which something comes into force only then, and waits for another boot to answer. */
export const reboot: WorkKind<RebootParams> = {
  form: 'work',
  leavesPackages: true,
  params: z.strictObject({
    needs: z
      .array(z.string().min(1).max(200))
      .min(1)
      .max(200)
      .default([...REBOOT_NEEDS]),
    of: z.enum(['plan', 'before']).default('plan'),
    service: z.enum(['up', 'any']).default('up'),
  }),
  ...nodeWork<RebootParams, RebootWork>({
    whyNot: ({ job, params }, nodeId) =>
      needingOn(job, params.of, nodeId).length > 0 ? undefined : 'nothing here comes into force only by a reboot',
    // What leads the others stays until they are through, and goes on where it was once it is back.
    goesLast: ({ job }, nodeId) => job.member(nodeId)?.isMaster === true,
    workFor: ({ job, params: { of, service } }, nodeId) => {
      const needing = needingOn(job, of, nodeId);
      const kernel = of === 'plan' ? newestKernel(needing) : undefined;
      const boot = of === 'before' ? job.member(nodeId)?.facts?.boot?.id : undefined;
      return {
        builds: needing.map((build) => formatNevra(build)),
        service,
        ...(kernel === undefined ? {} : { kernel }),
        ...(boot === undefined ? {} : { unlessBoot: boot }),
      };
    },
    run,
    probe,
  }),
};
