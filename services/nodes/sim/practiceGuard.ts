import { basename } from 'node:path/posix';
import type { InstalledPackage } from '../../../core/model/node.ts';
import { formatNevra } from '../../../core/model/rpmVersion.ts';
import { GUARD_EXIT, type GuardAction, type GuardOrder } from '../guardScript.ts';
import type { CommandScript } from './CommandScript.ts';
import { beginTransaction, endTransaction, erase } from './nodePackages.ts';
import { bootedKernel } from './practiceInventory.ts';
import type { SimPackageSource } from './packageSource.ts';
import type { PracticeNodeState } from './PracticeNodeStore.ts';
import { between } from './seededRandom.ts';

/*
 * The guard that brings a practice node back by itself. Nobody sees a practice node but through its driver, so it goes back, where its time has come, at the
 * next contact.
 */

/** Whether a node has to be brought back: its time came, and nobody confirmed it. */
export function isGuardDue({ guard, powerLostFor, awayUntilMs }: PracticeNodeState, nowMs: number): boolean {
  const there = powerLostFor === undefined && (awayUntilMs === undefined || nowMs >= awayUntilMs);
  return guard !== undefined && guard.decided === undefined && nowMs >= guard.dueAtMs && there;
}

/** The state of a node whose guard went back; its service is started. */
export function guardedBack(state: PracticeNodeState, nowMs: number): PracticeNodeState {
  const { guard } = state;
  if (!guard || guard.decided !== undefined) return state;
  const gone = state.packages.filter((one) => guard.gone.includes(formatNevra({ ...one, epoch: 0 })));
  let next = erase(state, gone);
  for (const build of guard.former) next = endTransaction(beginTransaction(next, build), build, []);
  const back: PracticeNodeState = { ...next, service: 'up', guard: { ...guard, decided: 'back' } };
  // Booted since it was armed, with what is gone again: it is rebooted.
  return guard.rebootsFrom !== undefined && state.boots > guard.rebootsFrom
    ? { ...back, boots: state.boots + 1, bootedAtMs: nowMs, kernel: bootedKernel(back.packages) }
    : back;
}

/** Writes what the scripts of the guard do. */
export async function writeGuard(
  script: CommandScript,
  order: GuardOrder & { readonly action: GuardAction },
  state: PracticeNodeState,
  nowMs: number,
  source: SimPackageSource,
): Promise<void> {
  script.pass(between(script.random, 50, 150));
  if (script.meets('fail')) return script.exit(1);
  script.middle();
  const guard = state.guard?.job === order.job ? state.guard : undefined;
  if (guard?.decided === 'back') return script.exit(GUARD_EXIT.wentBack);
  if (order.action !== 'arm') {
    if (!guard) return script.exit(GUARD_EXIT.none);
    const confirmed = order.action === 'confirm' ? { guard: { ...guard, decided: 'confirmed' as const } } : {};
    return script.exit(GUARD_EXIT.done, confirmed);
  }
  if (guard) {
    script.log(`left ${Math.floor((guard.dueAtMs - nowMs) / 1000)}`);
    return script.exit(GUARD_EXIT.done);
  }
  const missing = order.files.find(({ path }) => state.spooled[path] === undefined);
  if (missing) {
    script.log(`${missing.path} is not there`);
    return script.exit(1);
  }
  const former: InstalledPackage[] = [];
  for (const { path } of order.files) {
    const { name, epoch, version, release, arch } = await source.headerOf(basename(path));
    former.push({ name, epoch, version, release, arch });
  }
  script.log('armed, by systemd');
  script.log(`left ${order.seconds}`);
  const dueAtMs = nowMs + order.seconds * 1000;
  const { job, reboot = [] } = order;
  const rebootsFrom = reboot.length > 0 ? { rebootsFrom: state.boots } : {};
  script.exit(GUARD_EXIT.done, {
    guard: { job, dueAtMs, former, gone: [...order.eraseFirst, ...order.erase], ...rebootsFrom },
  });
}
