import type { InstalledPackage, NodeEntry, NodeFacts, ServiceState } from '../../core/model/node.ts';
import { stepsOf, type OperationSpec, type StepSpec } from '../../core/model/operationSpec.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { heldText } from '../sequencer/applyCatchUp.ts';
import { entriesOf, valueAt } from '../sequencer/column.ts';
import type { GivenAnswers } from '../sequencer/events.ts';
import { answerFor, nodesHere, stepSpec, type LeftOut, type SequencerState } from '../sequencer/state.ts';

/** A selected node, and what the job knows of it. */
export interface Member extends NodeEntry {
  readonly facts?: NodeFacts | undefined;
  /** putservices ran on it when its facts were read. */
  readonly isMaster?: true | undefined;
  /** Packages as last read, after work or before. */
  readonly found?: readonly InstalledPackage[] | undefined;
  /** The node's service as last seen; absent where the job did not look at it. */
  readonly service?: { readonly name: string; readonly state: ServiceState } | undefined;
  readonly leftOut?: LeftOut | undefined;
  /** Packages that a person gave up on the node. */
  readonly ignoredItems: readonly string[];
}

/** A job as a step kind sees it: what was answered and found so far, by kind and node, whatever the steps are called. */
export interface JobSoFar {
  readonly spec: OperationSpec;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly inventory: readonly NodeEntry[];
  readonly given?: GivenAnswers | undefined;
  /** Another person approves what is accepted. */
  readonly needsApproval: boolean;
  /** What the members are made from: the same objects while nothing of them changes. */
  readonly nodeParts: readonly unknown[];
  /** The selection, in order. */
  members(): readonly Member[];
  /** Those of the selection that the current step works on: of its wave, of who catches up, or all. */
  membersHere(): readonly Member[];
  /** One of the selection. */
  member(nodeId: string): Member | undefined;
  /** By step id. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** The answer of a step that counts for a node: that of its wave, where it is answered wave by wave. */
  answerFor(stepId: string, nodeId: string): unknown;
  /** The answer given at the last step of a kind; undefined where none was. */
  answerOf(kind: string): unknown;
  /** Nodes whose work is not known to have ended. */
  lingering(): readonly string[];
}

/** What a state means to the kinds of its steps. */
export function jobSoFar(state: SequencerState): JobSoFar {
  const memberAt = (index: number): Member | undefined => {
    const entry = state.nodes.entries[index];
    if (!entry) return undefined;
    const known = valueAt(state.known, index);
    return {
      ...entry,
      facts: known?.facts,
      isMaster: known?.facts?.boot?.ofMaster && true,
      found: known?.found ?? known?.facts?.packages,
      service: known?.facts && known.service && { name: known.facts.service.name, state: known.service },
      leftOut: valueAt(state.leftOut, index),
      ignoredItems: (valueAt(state.ignoredItems, index) ?? []).map(({ item }) => item),
    };
  };
  let members: readonly Member[] | undefined;
  return {
    spec: state.spec,
    settings: state.settings,
    inventory: state.inventory,
    given: state.given,
    needsApproval: state.approval !== undefined,
    answers: state.answers,
    nodeParts: [state.known, state.nodes, state.leftOut],
    members: () => (members ??= state.nodes.ids.flatMap((_, index) => memberAt(index) ?? [])),
    membersHere: () => nodesHere(state).flatMap((index) => memberAt(index) ?? []),
    member: (nodeId) => {
      const index = state.nodes.indexOf[nodeId];
      return index === undefined ? undefined : memberAt(index);
    },
    answerFor: (stepId, nodeId) => answerFor(state, stepId, state.nodes.indexOf[nodeId] ?? -1),
    answerOf: (kind) => {
      const answered = stepsOf(state.spec).filter((step) => step.use === kind && Object.hasOwn(state.answers, step.id));
      const last = answered.at(-1);
      return last && state.answers[last.id];
    },
    lingering: () =>
      [...entriesOf(state.flights)].flatMap(([index, flight]) =>
        flight.lingers ? [state.nodes.ids[index] ?? ''] : [],
      ),
  };
}

/** Why a person's Ignore, or hold, keeps a node out of a step; undefined when it takes part. */
export function leftOutReason(job: Pick<JobSoFar, 'spec'>, step: StepSpec, member: Member): string | undefined {
  const { leftOut } = member;
  if (leftOut?.rolledBack) return leftOut.reason;
  if (leftOut?.returns) return heldText(leftOut);
  if (!leftOut || leftOut.stepId === step.id) return undefined;
  const at = stepSpec(job.spec, leftOut.stepId);
  const { ignoredGoOn } = at.policy;
  // Only a node that answers can go on.
  const goesOn = leftOut.state === 'failed' && (ignoredGoOn === 'all' || ignoredGoOn?.includes(step.id));
  return goesOn ? undefined : `ignored at ${at.title}: ${leftOut.reason}`;
}

/** Nodes of the selection that nobody left out, in their order. One that is held and missed nothing yet is among them: what is planned is for it as well. */
export function takingPart(job: JobSoFar): readonly Member[] {
  return job.members().filter(({ leftOut }) => !leftOut || (leftOut.returns && leftOut.from === undefined));
}

/** Members that waves and shares are counted of: all but those that were left out of a question, before anything was begun on them. */
export function counting(job: JobSoFar): readonly Member[] {
  return job.members().filter(({ leftOut }) => !leftOut?.notBegun);
}

/** The answer of the last step of a kind. @throws PutError internal when there is none */
export function requireAnswer<T>(job: JobSoFar, kind: string): T {
  const answer = job.answerOf(kind);
  if (answer === undefined) throw new PutError('internal', `no step of kind ${kind} was answered`);
  return answer as T;
}
