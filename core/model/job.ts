import type { ApprovalGiven, JobApproval } from './jobApproval.ts';
import type { RunWindow } from './runWindow.ts';
import type { GroupName } from './groupName.ts';
import type { InstalledPackage, NodeType, ServiceState } from './node.ts';
import type { PackageIdentity } from './package.ts';
import type { WavePreview } from './waves.ts';
import type { PlanWarning } from './planWarnings.ts';
import type { StepId } from './operationSpec.ts';

/**
 * State of one (step, node) pair, and of a step as a whole.
 * Every node of the selection is in exactly one of them, so counts add up to the selection at every moment.
 */
export const CELL_STATES = [
  'waiting',
  'running',
  'ok',
  'warned',
  'failed',
  'ignored',
  'skipped',
  'unreachable',
  'unknown',
] as const;
export type CellState = (typeof CELL_STATES)[number];

/** Why a cell is failed, unreachable, warned or ignored: a public error code, the place, what the node is like now. */
export interface CellCause {
  readonly code: string;
  readonly message: string;
  /** The package it happened at. */
  readonly packageName?: string | undefined;
}

export interface Cell {
  readonly state: CellState;
  /** From 1; 0 before the first. A retry is a new attempt; a cell that waits for it has the number of the last one. */
  readonly attempt: number;
  /** 0 to 100 while running, from what the node itself reports. */
  readonly percent?: number | undefined;
  /** Since when the running work has told nothing; absent while it tells, or is quiet for a short while only. */
  readonly silentSinceMs?: number | undefined;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  readonly cause?: CellCause | undefined;
  /** Items of the work (packages) that it named as failed in this attempt; absent: it named none. */
  readonly failedItems?: readonly string[] | undefined;
  /** Who read the warning of a warned cell and left it at that; absent: nobody did. */
  readonly acceptedBy?: string | undefined;
  /** Reason given with Ignore. */
  readonly ignoreReason?: string | undefined;
  /** Why a skipped node is left alone by the step, in words. */
  readonly skipReason?: string | undefined;
}

/** Counts of a step's cells; their sum is the number of selected nodes. */
export type CellCounts = Readonly<Record<CellState, number>>;

/** Counts of cells by state; their sum is the number of cells. */
export function countCells(cells: Readonly<Record<string, Cell>>): CellCounts {
  const counts = Object.fromEntries(CELL_STATES.map((state) => [state, 0])) as Record<CellState, number>;
  for (const nodeId in cells) counts[(cells[nodeId] as Cell).state] += 1;
  return counts;
}

/** State of a step: `input` waits for a person; `attention` has failed or unreachable nodes to decide on. */
export type StepState = 'waiting' | 'input' | 'running' | 'attention' | 'ok' | 'warned' | 'failed' | 'skipped';

export interface StepView {
  readonly stepId: StepId;
  /** The step kind that it uses; one of newer software may be among them. */
  readonly kind: string;
  readonly title: string;
  /** One sentence of what it does. */
  readonly help: string;
  /** Its work may change something on a node. */
  readonly changesNodes?: true | undefined;
  readonly state: StepState;
  readonly attempt: number;
  readonly startedAtMs?: number | undefined;
  readonly endedAtMs?: number | undefined;
  /** Why it was skipped or failed, in words. */
  readonly note?: string | undefined;
  /** By node id; only for steps that work on nodes. */
  readonly cells?: Readonly<Record<string, Cell>> | undefined;
}

/**
 * State of one package on one node, the states of a node by the words for packages: as the package itself ended there, else as the
 * install of its node is. `skipped`: another package failed first, the node was left out, or the operation ended before.
 */
export const PACKAGE_STATES = [
  'waiting',
  'running',
  'successful',
  'warned',
  'fail',
  'ignored',
  'rolled-back',
  'skipped',
  'unreachable',
  'unknown',
] as const;
export type PackageState = (typeof PACKAGE_STATES)[number];

/** The state of a node that is meant by the state of a package; one that went back to the version before is left out, as its job is. */
export const CELL_STATE_OF_PACKAGE = {
  ...{ waiting: 'waiting', running: 'running', successful: 'ok', warned: 'warned', fail: 'failed', ignored: 'ignored' },
  ...{ 'rolled-back': 'skipped', skipped: 'skipped', unreachable: 'unreachable', unknown: 'unknown' },
} as const satisfies Record<PackageState, CellState>;

/** Result of one package on one node; `unchanged`: nothing changes there, and the node does not count. */
export type PackageOutcome = PackageState | 'unchanged';

/** A package of the plan: what is installed where. */
export interface PlannedPackage extends PackageIdentity {
  readonly fileName: string;
  readonly sha256: string;
  readonly fileBytes: number;
  readonly mandatory: boolean;
  /** Installed beside the versions that are there, as kernels are (`rpm -i`). */
  readonly beside?: boolean | undefined;
  /** What its outcomes and changes call it where that is not its name: `name.arch`, of two builds on one node. */
  readonly label?: string | undefined;
  /** It comes into force only after a reboot; `kernel`: its release as `uname -r` tells it, where it is a kernel that says so. */
  readonly reboot?: { readonly kernel?: string | undefined } | undefined;
}

/** What outcomes and changes on a node call a planned package. */
export function labelOf({ name, label }: Pick<PlannedPackage, 'name' | 'label'>): string {
  return label ?? name;
}

/** One change on one node. `from` absent: the package is new there. */
export interface PlannedChange {
  /** The package's name; `name.arch` where builds for two architectures go to the node. */
  readonly packageName: string;
  readonly action: 'install' | 'upgrade' | 'keep';
  readonly from?: string | undefined;
  readonly to: string;
  /** The version before is kept in the spool area, so a rollback is possible. */
  readonly wayBack: boolean;
  /** File of the plan that goes to this node; tells builds for several architectures apart. */
  readonly fileName?: string | undefined;
  /** Installed beside the versions that are there, as kernels are (`rpm -i`): none of them goes. */
  readonly beside?: boolean | undefined;
  /** Names of installed packages that this one obsoletes and takes away. */
  readonly replaces?: readonly string[] | undefined;
}

export interface JobPlan {
  readonly createdAtMs: number;
  readonly release?: string | undefined;
  readonly mode: ConfigurationMode;
  readonly spoolArea: string;
  readonly packages: readonly PlannedPackage[];
  /** By node id, in order of installation. */
  readonly nodes: Readonly<Record<string, readonly PlannedChange[]>>;
  /** Steps that will be skipped, with the reason. */
  readonly skips: readonly { readonly stepId: StepId; readonly reason: string }[];
  /** Name of the step after which going back means rollback. */
  readonly pointOfNoReturn: StepId;
  /** What to know before accepting; read them with `warningsOf`. */
  readonly warnings: readonly PlanWarning[];
  /** Groups of nodes that are changed one after the other; absent: all at once. */
  readonly waves?: readonly WavePreview[] | undefined;
  /** Waves, from 1, before which the job waits for a person. */
  readonly stopBefore?: readonly number[] | undefined;
  /** When the job stops by itself, in sentences. Absent from older services. */
  readonly stops?: readonly string[] | undefined;
  /** What could not be judged before, in words: what is left to rpm on the nodes. Absent from older services. */
  readonly notes?: readonly string[] | undefined;
}

export type ConfigurationMode = 'typical' | 'custom';

/** A package as Select Packages offers it. */
export interface PackageChoice extends PackageIdentity {
  readonly fileName: string;
  readonly recommended: boolean;
  readonly mandatory: boolean;
  readonly selected: boolean;
  /** Versions found on the nodes now, `version-release` or 'none', with how many nodes have it. */
  readonly onNodes: readonly { readonly version: string; readonly nodes: number }[];
  /** Node types it goes to; empty: every type. */
  readonly nodeTypes: readonly string[];
  /** Selecting it is refused, and why. */
  readonly refused?: CellCause | undefined;
}

/** Something wrong with a selection. `offers` are file names of the library that would mend it. */
export interface SelectionProblem {
  readonly code: string;
  readonly message: string;
  readonly packageName: string;
  readonly offers: readonly string[];
  /** The message in two parts: who, and what; near-equal problems have one `what`. Absent from older services. */
  readonly subject?: string | undefined;
  readonly what?: string | undefined;
}

/** What the step that waits for a person shows. The content is a matter of the step's kind, as is what is answered (`core/steps`). */
export interface StepScreen {
  readonly stepId: StepId;
  readonly kind: string;
  readonly content: unknown;
}

/**
 * How a job ends: `exited` by a person before its end, `rolled-back` where every node that it changed went back to the versions before, `failed` where none
 * came through, `warned` where one did not, or not without a warning.
 */
export const JOB_OUTCOMES = ['succeeded', 'warned', 'failed', 'exited', 'rolled-back'] as const;
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

export type JobState = 'running' | 'input' | 'attention' | JobOutcome;

/** Whether a job has ended. */
export function isJobOver(state: JobState): state is JobOutcome {
  return (JOB_OUTCOMES as readonly JobState[]).includes(state);
}

/** What a person saw of a job when they decided; every request that changes the job carries it. */
export interface JobSeen {
  readonly stepId: string;
  readonly attempt: number;
  readonly eventNumber: number;
}

/** What is seen of a job in this view. */
export function seenOf(view: Pick<JobView, 'currentStep' | 'steps' | 'eventNumber'>): JobSeen {
  const { currentStep, steps, eventNumber } = view;
  return { stepId: currentStep, attempt: steps[currentStep]?.attempt ?? 0, eventNumber };
}

/** One line of "Needs you": equal failures folded, with what can be done. */
export interface Attention {
  readonly key: string;
  readonly stepId: StepId;
  readonly state: 'failed' | 'unreachable' | 'unknown';
  readonly cause: CellCause;
  readonly nodeIds: readonly string[];
}

/** One row of the package results: how many of its nodes are in each state; they add up to `nodes`. */
export interface PackageRow extends Readonly<Record<PackageState, number>> {
  readonly packageName: string;
  readonly version: string;
  readonly nodes: number;
}

/** The nodes of all states of a row. */
export const nodesOfRow = (row: PackageRow): number => PACKAGE_STATES.reduce((sum, state) => sum + row[state], 0);

/** How far a wave is. */
export type WaveState = 'waiting' | 'running' | 'done' | 'skipped';

export interface JobNode {
  readonly nodeId: string;
  readonly address: string;
  readonly type: NodeType;
  readonly system: GroupName;
  readonly clique?: GroupName | undefined;
  readonly os?: string | undefined;
  /** Found before the operation. */
  readonly before: readonly InstalledPackage[];
  /** Found by Validation or by a probe. */
  readonly found?: readonly InstalledPackage[] | undefined;
  /** When the newest of `before` and `found` was read; absent where that is not known. */
  readonly readAtMs?: number | undefined;
  /** Work that changes packages and did not come through, or runs, began after that: what is on the node by now was not read. */
  readonly notReadSince?: { readonly stepId: StepId; readonly atMs: number } | undefined;
  /** The node's service as this job last saw it; `unknown` from the start of work on it until its end is known. */
  readonly service?: { readonly name: string; readonly state: ServiceState } | undefined;
  /** When it goes back to the versions before by itself unless it is confirmed; absent: it does not. */
  readonly goesBackAtMs?: number | undefined;
  /** By package name. */
  readonly outcomes: Readonly<Record<string, PackageOutcome>>;
}

/** All of a job, put together of what is watched in parts (core/model/jobParts.ts). All times are the master's clock. */
export interface JobView {
  readonly jobId: string;
  /** Number for people, from 1. */
  readonly jobNumber: number;
  readonly operationId: string;
  readonly title: string;
  readonly state: JobState;
  /** Number of the last event in the journal. */
  readonly eventNumber: number;
  readonly startedBy: string;
  /** Who drives: only this user's answers count. */
  readonly driver: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  readonly currentStep: StepId;
  readonly stepOrder: readonly StepId[];
  readonly steps: Readonly<Record<string, StepView>>;
  readonly screen?: StepScreen | undefined;
  /** Answers given so far, by step id; each a matter of the step's kind. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** By node id; the selection. */
  readonly nodes: Readonly<Record<string, JobNode>>;
  readonly plan?: JobPlan | undefined;
  /** Who accepted the plan. */
  readonly planAcceptedBy?: string | undefined;
  readonly packages: readonly PackageRow[];
  readonly attention: readonly Attention[];
  /** Why Next is off, in words; absent when it is on. */
  readonly nextOffBecause?: string | undefined;
  /** What Next means where it is more than the next step: a gate is passed, a limit of failures is lifted. */
  readonly nextMeans?: string | undefined;
  readonly canBack: boolean;
  /** Settings that the job began with, by name. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  /** A person paused it: no further work is begun. */
  readonly paused?: { readonly user: string; readonly reason: string } | undefined;
  /** Where the nodes are changed in waves: how far each is, and its nodes that were left out, the held ones apart. */
  readonly waves?:
    | readonly {
        readonly title: string;
        readonly nodes: number;
        readonly leftOut: number;
        /** Its nodes that are held or have yet to catch up, with the first names: a wave is done without them. Absent: none. */
        readonly held?: { readonly nodes: number; readonly first: readonly string[] } | undefined;
        /** `skipped`: the job ended before it. */
        readonly state: WaveState;
        /** The job stops before it until a person lets it go on. */
        readonly stopBefore?: true | undefined;
        /** It is over, and none of its nodes can be asked to go back: none was changed, or all are back. */
        readonly unchanged?: true | undefined;
      }[]
    | undefined;
  /** The gate that the job waits at; `held`: until a person lets the wave begin. Waves are counted from 1. */
  readonly gate?:
    | {
        readonly beforeWave: number;
        readonly held: boolean;
        readonly reason?: string | undefined;
        /** While it is held: no node of the wave before can be asked to go back, since none was changed or all are back. */
        readonly unchanged?: true | undefined;
      }
    | undefined;
  /** Nodes that a person holds, that are to catch up what they missed, and that do so now; `first`: the first names of the former two. */
  readonly held?:
    | {
        readonly held: number;
        readonly catchUp: number;
        readonly catchingUp: number;
        readonly first: readonly string[];
        /** The job waits for a word about the held ones: Release, or Next without them. */
        readonly waits: boolean;
        /** While it waits: the first names of held ones that can still come back in this job. */
        readonly able?: readonly string[] | undefined;
      }
    | undefined;
  /** Nodes can be asked to go back to the versions before. */
  readonly canRollback?: boolean | undefined;
  /** The rollback under way, or the last one. */
  readonly rollback?:
    | {
        readonly user: string;
        readonly reason: string;
        readonly nodes: number;
        /** The job goes on with the other nodes afterwards. */
        readonly goesOn: boolean;
        readonly over: boolean;
      }
    | undefined;
  /** Absent: the job needs no approval by another person. */
  readonly approval?: JobApproval | undefined;
  /** Nodes that go back to the versions before by themselves unless they are confirmed (dead-man): how many, and when the first does. */
  readonly goingBack?: { readonly nodes: number; readonly firstAtMs: number } | undefined;
  /** When it may begin to change nodes, and whether it stands for that: `early`, it goes on by itself at `notBefore`; `late`, a person is asked. */
  readonly runWindow?:
    | (RunWindow & {
        /** Of the master node's place; absent from older services. */
        readonly timeZone?: string | undefined;
        readonly waits?: 'early' | 'late' | undefined;
        readonly cause?: CellCause | undefined;
      })
    | undefined;
  /** The journal cannot be written, since when and why: what nodes told is kept, nothing further is begun, and it goes on by itself once it can be. */
  readonly journalFault?: (CellCause & { readonly sinceMs: number }) | undefined;
  /** Answers that the master gives by itself; absent where a person answers every step. */
  readonly answers?: AnswersView | undefined;
  readonly report?: JobReport | undefined;
}

/** The answers that were given at the start of a job, or changed since, and whether the master goes on by them. */
export interface AnswersView {
  /** Who gave them. */
  readonly by: string;
  /** Names of warnings of the plan that were accepted with them. */
  readonly acceptWarnings?: readonly string[] | undefined;
  /** Digest of the plan file that binds the run. */
  readonly boundDigest?: string | undefined;
  /** The plan is accepted as well; without, a person does. */
  readonly acceptPlan: boolean;
  /** False: a person went back, or an answer could not be used; the job waits at its next input step. */
  readonly active: boolean;
  /** The answer that could not be used. */
  readonly stopped?:
    | {
        readonly stepId: StepId;
        readonly cause: CellCause;
        /** Nodes without which it could be used; Ignore leaves them out. */
        readonly nodeIds?: readonly string[] | undefined;
      }
    | undefined;
}

/** The given answer because of which the job waits at its current step; undefined where it does not, or goes on by now. */
export function stoppedAnswer(view: Pick<JobView, 'answers' | 'state' | 'currentStep'>): AnswersView['stopped'] {
  const { active, stopped } = view.answers ?? {};
  return active === false && view.state === 'input' && stopped?.stepId === view.currentStep ? stopped : undefined;
}

export interface JobReport {
  readonly outcome: JobOutcome;
  readonly nodes: number;
  readonly packages: number;
  /** Packages x nodes in each state that there is: the sums of the rows. Absent from older jobs, as is what adds up to it. */
  readonly packageCounts?: Readonly<Partial<Record<PackageState, number>>> | undefined;
  /** Packages x nodes that came through, those with a warning included. */
  readonly installed: number;
  readonly failed: number;
  readonly ignored: number;
  readonly seconds: number;
  /** Warnings of the plan, and who accepted each by name. */
  readonly warnings?: readonly {
    readonly name: string;
    readonly message: string;
    readonly acceptedBy?: string | undefined;
  }[];
  /** Who approved what was done; absent where it was not asked for, or nobody did. */
  readonly approval?: ApprovalGiven | undefined;
  readonly lines: readonly string[];
}

/** A row of the job list; topic `jobs`. */
export interface JobSummary {
  readonly jobId: string;
  readonly jobNumber: number;
  readonly operationId: string;
  readonly title: string;
  readonly state: JobState;
  readonly driver: string;
  readonly startedBy: string;
  readonly startedAtMs: number;
  readonly endedAtMs?: number | undefined;
  readonly currentStep: StepId;
  /** Absent from older services, and where the journal cannot be read. */
  readonly currentStepTitle?: string | undefined;
  /** Nodes that came to the end of the current step, one way or another, in whole percent of all; absent of a step without nodes. */
  readonly stepPercent?: number | undefined;
  readonly nodes: number;
  /** It was paused, and what ran has come to its end: it stands still until a person lets it go on. */
  readonly standsPaused?: true | undefined;
  /** It stands still until its journal can be written. */
  readonly journalFault?: true | undefined;
  /** It stands still until another person approves what it is about to do. */
  readonly waitsForApproval?: true | undefined;
  /** It waits for this time before it changes anything; an instant. */
  readonly waitsUntil?: string | undefined;
  /** Why the journal of the job cannot be read; nothing else but its number is known then. */
  readonly problem?: string | undefined;
}

/** One entry of the timeline of a system: chat messages and what happened, in one order. */
export interface TimelineEntry {
  /** From 1, without gaps. */
  readonly number: number;
  readonly atMs: number;
  readonly kind: 'message' | 'event';
  readonly user?: string | undefined;
  readonly jobId?: string | undefined;
  readonly text: string;
}
