import type { JobPlan, PlannedChange, PlannedPackage } from './job.ts';
import type { NodeFacts } from './node.ts';
import { briefNames } from './nodeNames.ts';
import { stepsOf, type OperationSpec } from './operationSpec.ts';
import type { LibraryPackage } from './package.ts';
import type { PlanWarning } from './planWarnings.ts';
import { compareEvr, formatEvr, parseEvr } from './rpmVersion.ts';

/*
 * Which packages come into force only after a reboot. Conditions of an operation know no facts of a node, so it is the step's kind that judges it by
 * node, and the plan tells it beforehand by the same rule.
 */

/**
 * Names and provides that call for a reboot. `kernel-uname-r` is provided by bootable kernels of RHEL and SLES alone (`installonlypkg(kernel)` and
 * `multiversion(kernel)` stand in kernel-devel too); `installhint(reboot-needed)` is how SLES packages say it of themselves (libzypp).
 */
export const REBOOT_NEEDS: readonly string[] = [
  ...['kernel', 'kernel-core', 'kernel-default', 'kernel-PAE', 'kernel-rt', 'kernel-smp'],
  ...['kernel-uname-r', 'installhint(reboot-needed)'],
];

/** What the step of an operation that reboots nodes calls for; undefined where no step does. */
export function rebootNeedsOf(spec: Pick<OperationSpec, 'phases'>): readonly string[] | undefined {
  const step = stepsOf(spec).find(({ use }) => use === 'reboot');
  if (!step) return undefined;
  const { needs } = step.with;
  return Array.isArray(needs) ? needs.filter((one) => typeof one === 'string') : REBOOT_NEEDS;
}

/** Planned packages with what their headers say of a reboot; the same objects where that is nothing. */
export function withRebootNeeds(
  packages: readonly PlannedPackage[],
  files: Readonly<Record<string, Pick<LibraryPackage, 'provides'>>>,
  needs: readonly string[] | undefined,
): readonly PlannedPackage[] {
  if (needs === undefined) return packages;
  const wanted = new Set(needs);
  return packages.map((planned) => {
    const provides = files[planned.fileName]?.provides ?? [];
    if (!wanted.has(planned.name) && !provides.some(({ name }) => wanted.has(name))) return planned;
    const kernel = provides.find(({ name, version }) => name === 'kernel-uname-r' && version !== '')?.version;
    return { ...planned, reboot: kernel === undefined ? {} : { kernel } };
  });
}

/** Whether a kernel is older than another, by their releases (`uname -r`). */
export function isOlderKernel(running: string, wanted: string): boolean {
  return running !== '' && running !== wanted && compareEvr(parseEvr(running), parseEvr(wanted)) < 0;
}

/** A planned build that a change brings, or keeps, on a node. */
export interface ChangedBuild {
  readonly change: Pick<PlannedChange, 'action'>;
  readonly build: PlannedPackage;
}

/**
 * Builds of a node that are not in force before a reboot: those that come with this job, and kernels that are there already while an older one runs.
 * `kernel`: release of the one that runs; undefined or empty: not known.
 */
export function buildsThatNeedReboot(builds: readonly ChangedBuild[], kernel: string | undefined): PlannedPackage[] {
  return builds.flatMap(({ change, build }) => {
    if (!build.reboot) return [];
    if (change.action !== 'keep') return [build];
    return build.reboot.kernel !== undefined && isOlderKernel(kernel ?? '', build.reboot.kernel) ? [build] : [];
  });
}

/** What a reboot of the master itself means. That putservices stays down is a warning of its own: who accepts reboots does not accept that. */
function masterWarning(nodeId: string, ofMaster: 'comes-back' | 'by-hand'): { text: string; more: PlanWarning[] } {
  const last = ` ${nodeId} is the master itself and goes last`;
  if (ofMaster === 'comes-back')
    return { text: `${last}: putservices is away meanwhile and goes on by itself.`, more: [] };
  const message = `putservices is no service that starts at boot on ${nodeId}, so that the job stands there until somebody starts it: systemctl enable putservices beforehand.`;
  return { text: `${last}.`, more: [{ name: 'master-stays-down', message }] };
}

/** What the plan warns of: nodes that will be rebooted, and for what. */
export function rebootWarnings(
  plan: Pick<JobPlan, 'packages' | 'nodes'>,
  nodes: readonly { readonly nodeId: string; readonly facts?: Pick<NodeFacts, 'kernel' | 'boot'> | undefined }[],
): PlanWarning[] {
  const rebooting = plan.packages.filter(({ reboot }) => reboot);
  if (rebooting.length === 0) return [];
  // Nodes that are alike have one list of changes.
  const known = new Map<readonly PlannedChange[], ChangedBuild[]>();
  const buildsOf = (changes: readonly PlannedChange[]): ChangedBuild[] => {
    const found =
      known.get(changes) ??
      changes.flatMap((change) =>
        rebooting
          .filter(({ name, fileName }) => (change.fileName ?? fileName) === fileName && isOf(change, name))
          .filter((build) => formatEvr(build) === change.to)
          .map((build) => ({ change, build })),
      );
    known.set(changes, found);
    return found;
  };
  const names = new Set<string>();
  const rebooted = nodes.flatMap(({ nodeId, facts }) => {
    const needing = buildsThatNeedReboot(buildsOf(plan.nodes[nodeId] ?? []), facts?.kernel);
    for (const { name } of needing) names.add(name);
    return needing.length > 0 ? [nodeId] : [];
  });
  if (rebooted.length === 0) return [];
  const how = rebooted.length === 1 ? 'One node is' : `${rebooted.length} nodes are`;
  const message = `${how} rebooted, for ${[...names].sort().join(', ')}: ${briefNames(rebooted)}.`;
  const again = new Set(rebooted);
  const master = nodes.flatMap(({ nodeId, facts }) =>
    facts?.boot?.ofMaster && again.has(nodeId) ? [masterWarning(nodeId, facts.boot.ofMaster)] : [],
  );
  const reboots: PlanWarning = { name: 'reboots', message: `${message}${master.map(({ text }) => text).join('')}` };
  return [reboots, ...master.flatMap(({ more }) => more)];
}

/** Whether a change is of a package: by its name, or by `name.arch` where builds for two architectures go to the node. */
function isOf({ packageName }: PlannedChange, name: string): boolean {
  return packageName === name || packageName.startsWith(`${name}.`);
}
