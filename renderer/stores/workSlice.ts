import type { Verdict } from '../../core/steps/AskShape.ts';
import type { PathTestResult } from '../../core/model/pathTest.ts';
import type { BridgeAnswer, MethodResult } from '../../electron/contract/bridge.ts';

/** The error of an answer: a report with what to do next. */
export type BridgeError = Extract<BridgeAnswer, { ok: false }>['error'];

/** What the master found when it judged a draft last; `notes` are absent until it was. */
export interface AnswerCheck extends Verdict {
  /** Another draft is being judged. */
  readonly pending: boolean;
}

/** An operation that can be started. */
export type OfferedOperation = MethodResult<'operation.list'>['operations'][number];

/** What is under way from this window: asks without answer, errors of the last try, answers not yet sent with Next. */
export interface WorkState {
  /** Keys of asks that wait for their answer. */
  readonly busy: Readonly<Record<string, true>>;
  /** Error of the last try, by key of the ask. */
  readonly errors: Readonly<Record<string, BridgeError>>;
  /** By `draftKey`: what was chosen on a step's screen. */
  readonly drafts: Readonly<Record<string, unknown>>;
  /** What was typed into dialogs and not done, by what they are about. */
  readonly typed: Readonly<Record<string, unknown>>;
  /** By job id: what was written to everyone on a job and not sent. */
  readonly messages: Readonly<Record<string, string>>;
  /** By `draftKey`. */
  readonly checks: Readonly<Record<string, AnswerCheck>>;
  /** By system id: the operations that its master has. */
  readonly operations: Readonly<Record<string, readonly OfferedOperation[]>>;
  /** By system id: the time zone of the master node's place; undefined where it does not tell. */
  readonly masterZones: Readonly<Record<string, string | undefined>>;
  /** By system id: what the last path test found. */
  readonly pathTests: Readonly<Record<string, PathTestResult>>;
  /** Grows with every change of an inventory from this window. */
  readonly inventoryNumber: number;
  /** Names of files that the browser kept from a page that is gone, and gives when the person says so. */
  readonly askableFiles: readonly string[];
}

export const initialWork: WorkState = {
  busy: {},
  errors: {},
  drafts: {},
  typed: {},
  messages: {},
  checks: {},
  operations: {},
  masterZones: {},
  pathTests: {},
  inventoryNumber: 0,
  askableFiles: [],
};

/** Drafts belong to one attempt of a step, so a restarted step starts from its proposal. */
export const draftKey = (jobId: string, stepId: string, attempt: number): string => `${jobId}/${stepId}/${attempt}`;
