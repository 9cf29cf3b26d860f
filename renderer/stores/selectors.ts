import { allNodes, STATE_ORDER } from '../../core/model/cellCounts.ts';
import { isJobOver, type CellState } from '../../core/model/job.ts';
import type { JobHead, JobPartName, StepHead } from '../../core/model/jobParts.ts';
import { formOf } from '../../core/model/stepKinds.ts';
import type { SessionRow } from '../../core/model/ports.ts';
import type { Abilities, SessionView, SystemView } from '../../electron/contract/bridge.ts';
import { seenThen, withLastSeen } from './lastSeen.ts';
import type { AppState } from './store.ts';

export const selectPlace = (state: AppState) => state.place;
export const selectPractice = (state: AppState) => state.picture?.practice;
export const selectApp = (state: AppState) => state.picture?.app;
/** Saved, but not usable. */
export const selectUnusable = (state: AppState) => state.picture?.unusableSystems;

export const selectNotKept = (state: AppState) => state.picture?.app.notKept;

export const selectSystems = (state: AppState) => state.picture?.systems;
export const selectSystem =
  (systemId: string) =>
  (state: AppState): SystemView | undefined =>
    withLastSeen(state, systemId);
export const selectJob =
  (systemId: string, jobId: string) =>
  (state: AppState): JobHead | undefined =>
    state.picture?.systems[systemId]?.openJobs[jobId] ??
    (seenThen(state, systemId, jobId)?.value as JobHead | undefined);
export const selectJobPart =
  (systemId: string, jobId: string, part: JobPartName | undefined) =>
  (state: AppState): object | undefined => {
    if (part === undefined) return undefined;
    const key = `${jobId}/${part}`;
    return state.picture?.systems[systemId]?.jobParts[key] ?? seenThen(state, systemId, key)?.value;
  };
/** The step of a job that is shown: the one that was chosen, else where the job stands, which after its end is its report. */
export function stepShown(head: JobHead, chosen: string | undefined): StepHead | undefined {
  // An operation that was exited stands at the step it left; what is of interest then is its report.
  const reports = head.stepOrder.find((stepId) => formOf(head.steps[stepId]?.kind ?? '') === 'conclude');
  const standsAt = (isJobOver(head.state) && head.report ? reports : undefined) ?? head.currentStep;
  return head.steps[chosen ?? standsAt] ?? head.steps[head.currentStep];
}
export const selectBusy =
  (key: string) =>
  (state: AppState): boolean =>
    state.busy[key] === true;
export const selectPathTest = (systemId: string) => (state: AppState) => state.pathTests[systemId];
export const selectInventoryNumber = (state: AppState) => state.inventoryNumber;
export const selectInventoryDialog = (state: AppState) => state.inventoryDialog;
/** What can be done from this window; nothing before the picture has come. */
export const selectCan =
  (ability: keyof Abilities) =>
  (state: AppState): boolean =>
    state.picture?.app.can[ability] === true;
export const selectError = (key: string) => (state: AppState) => state.errors[key];

/** Something stands over the view that Escape closes before it takes marks away: the drawer of a node, the help. */
export const selectClosable = ({ openNode, helpOpen }: AppState): boolean => openNode !== undefined || helpOpen;

/** The user of a session, known while online and while the line is lost. */
export function userOf(session: SessionView): string | undefined {
  return session.kind === 'online' || session.kind === 'waiting' ? session.user : undefined;
}

/** Whose page it is; undefined until that is known. Empty where the machine's own user is the person. */
export function personOf(picture: AppState['picture']): string | undefined {
  if (!picture) return undefined;
  if (picture.app.can.systems) return '';
  const [system] = Object.values(picture.systems);
  return system && userOf(system.session);
}

export const isSignedIn = (session: SessionView): boolean => userOf(session) !== undefined;

/** Whether its nodes are simulated: as the master says, and before it was met as the system came into the list. */
export const isPractice = ({ saysPractice, saved }: SystemView): boolean => saysPractice ?? saved.practice;

/** The master's clock now, from ours. */
export const masterNow = (system: SystemView, nowMs: number): number => nowMs + system.clockOffsetMs;

/** The master's clock up to when it was heard, which is now while it is: what went on since is not known. */
export const masterHeard = (system: SystemView, nowMs: number): number => masterNow(system, system.heardAtMs ?? nowMs);

/** The person's own sessions on other client systems, newest first; this end's programs on one machine know of each other. */
export function otherOwnSessions({ session, sessions }: SystemView): readonly SessionRow[] {
  if (session.kind !== 'online' || session.sessionId === undefined || !sessions) return [];
  const mine = sessions[session.sessionId];
  if (!mine) return [];
  return Object.values(sessions)
    .filter(({ user, clientSystem, kept }) => user === mine.user && clientSystem !== mine.clientSystem && kept !== true)
    .sort((a, b) => b.sinceMs - a.sinceMs);
}

/** The system shown before the person chose one: online, used last. */
export function firstOnlineSystem(state: AppState): string | undefined {
  return Object.values(state.picture?.systems ?? {})
    .filter((system) => system.session.kind === 'online')
    .sort((a, b) => (b.saved.lastUsedAtMs ?? 0) - (a.saved.lastUsedAtMs ?? 0))[0]?.saved.systemId;
}

export interface StepCounts {
  readonly total: number;
  /** Every state with its number of nodes, in the order shown; states without a node have 0. */
  readonly byState: readonly { readonly state: CellState; readonly count: number }[];
}

/** Counts of a step's nodes; they add up to `total` since each cell has one state. Undefined for a step without nodes. */
export function countsOf({ counts }: StepHead): StepCounts | undefined {
  if (!counts) return undefined;
  const byState = STATE_ORDER.map((state) => ({ state, count: counts[state] }));
  return { total: allNodes(counts), byState };
}

export { isJobOver };
