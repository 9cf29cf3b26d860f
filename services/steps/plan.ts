import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { archFit } from '../../core/model/architectures.ts';
import { factsWarnings } from '../../core/model/factsWarnings.ts';
import { briefNames } from '../../core/model/nodeNames.ts';
import type { JobPlan, PlannedChange, PlannedPackage } from '../../core/model/job.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import { impossibleVersions } from '../../core/steps/switchVersions.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { bindPlan, differencesText, planDifferences } from '../../core/model/planBinding.ts';
import { systemWarnings, warningsOf } from '../../core/model/planWarnings.ts';
import { rebootNeedsOf, rebootWarnings, withRebootNeeds } from '../../core/model/rebootNeed.ts';
import { failurePolicyText } from '../../core/model/failurePolicy.ts';
import type { StopAt } from '../../core/model/jobSettings.ts';
import {
  isWaveFault,
  previewOfWaves,
  waveOfNodes,
  wavesOf,
  waveText,
  type Wave,
  type WaveSplit,
} from '../../core/model/waves.ts';
import { MACHINE_SETTINGS, stepSpec } from '../sequencer/state.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import type { PlannedNodes } from '../../core/model/selection.ts';
import { runAtOnce, type Slices } from '../../core/model/slices.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { SelectionLibrary } from './SelectionLibrary.ts';
import { openedOrSkipped } from '../../core/steps/conditions.ts';
import { requireAnswer, counting, takingPart, type JobSoFar, type Member } from './JobSoFar.ts';
import { plannedOf, verdictOf } from './selectionMemory.ts';
import { selectionContext } from './selectPackages.ts';
import { signatureNote } from './rpmSignatures.ts';
import type { AskKind, StepContext } from './StepKind.ts';

interface PlanParams {
  /** Step after which going back means rollback. */
  readonly pointOfNoReturn: string;
}

/** The accepted plan, as the answer keeps it. */
interface AcceptedPlan extends AnswerOf<'plan'> {
  readonly plan: JobPlan;
}

/** What will happen on each node, before anything happens. */
export const plan: AskKind<PlanParams, ScreenOf<'plan'>, AnswerOf<'plan'>> = {
  form: 'ask',
  params: z.strictObject({ pointOfNoReturn: z.string() }),
  prepare: (context) => prepareChanges(context),
  open: (context) => ({ screen: { plan: makePlan(context) } }),
  judge: (_context, screen, answer): { answer: AcceptedPlan } => ({ answer: { ...answer, plan: screen.plan } }),
  shown: ({ plan: _plan, ...answer }: { plan?: unknown }) => answer,
  toApprove: ({ plan: shown }) => {
    const { createdAtMs: _at, packages: _files, nodes, ...rest } = shown;
    const changes = [...new Set(Object.values(nodes))].flat();
    const noWayBack = changes.filter(({ action, wayBack }) => action !== 'keep' && !wayBack);
    return {
      ...rest,
      ...bindPlan(shown, { at: '', system: '' }),
      noWayBack: [...new Set(noWayBack.map(({ packageName }) => packageName))].sort(),
    };
  },
  isAsBound: ({ given }, { plan: shown }) =>
    (given?.answers as JobAnswers | undefined)?.bound !== undefined &&
    !shown.warnings.some(({ name }) => name === 'differs-from-plan-file'),
  changesSince: (before, now) => plansDiffer((before as AcceptedPlan).plan, (now as AcceptedPlan).plan),
  mayAnswerByItself: ({ job }, screen) => {
    const given = job.given?.answers as JobAnswers | undefined;
    // Told before a person is asked too: later the services are down.
    const impossible = impossibleVersions(givenVersions(job, given), screen.plan)[0];
    if (impossible !== undefined) throw new PutError('input-invalid', impossible, { place: 'versions' });
    const differs = screen.plan.warnings.find(({ name }) => name === 'differs-from-plan-file');
    if (differs && given?.replan !== true) {
      throw new PutError('plan-stale', differs.message, { digest: given?.bound?.digest ?? '' });
    }
    return job.given?.acceptPlan === true;
  },
};

/** In what a plan differs from another one, in words. */
function plansDiffer(before: JobPlan, now: JobPlan): string[] {
  const parts = ({ mode, spoolArea, skips, waves, stopBefore, stops }: JobPlan): Record<string, string> => ({
    ...{ mode, 'spool area': spoolArea },
    'left out': skips.map(({ stepId }) => stepId).join(', ') || 'nothing',
    waves: (waves ?? []).map((wave, at) => waveText(wave, at + 1, stopBefore ?? [])).join('; ') || 'one',
    'stops at': (stops ?? []).join(' ') || 'nothing',
  });
  const [was, is] = [parts(before), parts(now)];
  const warned = new Set(warningsOf(before).map(({ message }) => message));
  return [
    ...Object.keys(is).flatMap((name) =>
      was[name] === is[name] ? [] : [`${name}: ${was[name] ?? ''} -> ${is[name] ?? ''}`],
    ),
    ...planDifferences(bindPlan(before, { at: '', system: '' }), now),
    ...warningsOf(now).flatMap(({ message }) => (warned.has(message) ? [] : [`new warning: ${message}`])),
  ];
}

/** Versions that the job was given for steps to come, by short name or step id. */
function givenVersions({ spec }: JobSoFar, given: JobAnswers | undefined): Readonly<Record<string, string>> {
  const ids = stepsOf(spec).flatMap(({ id, use }) => (use === 'switch-versions' ? [id] : []));
  const bySteps = ids.map((id) => (given?.answers?.[id] as AnswerOf<'switch-versions'> | undefined)?.versions);
  return Object.assign({}, given?.versions, ...bySteps) as Readonly<Record<string, string>>;
}

/** The plan that was accepted; undefined before. */
export function acceptedPlan(job: Pick<JobSoFar, 'answerOf'>): JobPlan | undefined {
  return (job.answerOf('plan') as AcceptedPlan | undefined)?.plan;
}

/** The plan that was accepted. @throws PutError internal when there is none */
export function requirePlan(job: JobSoFar): JobPlan {
  return requireAnswer<AcceptedPlan>(job, 'plan').plan;
}

/** The waves as the nodes were divided when that was answered; undefined where nobody was asked, or there is one. */
export function wavesDivided(job: JobSoFar): readonly Wave[] | undefined {
  const steps = stepsOf(job.spec);
  const asked = steps.findLastIndex(({ id, use }) => use === 'waves' && Object.hasOwn(job.answers, id));
  const split = job.answers[steps[asked]?.id ?? ''] as WaveSplit | undefined;
  const wasOut = ({ leftOut }: Member): boolean =>
    leftOut?.notBegun === true && steps.findIndex(({ id }) => id === leftOut.stepId) <= asked;
  const nodes = job.members().filter((member) => !wasOut(member));
  const waves = split && wavesOf(nodes, split);
  return waves === undefined || isWaveFault(waves) || waves.length < 2 ? undefined : waves;
}

/** The same over the nodes that waves are counted of: who was left out of a question since is in its wave no more. */
function wavesAnswered(job: JobSoFar): readonly Wave[] | undefined {
  const counted = new Set(counting(job).map(({ nodeId }) => nodeId));
  return wavesDivided(job)?.map((wave) => waveOfNodes(wave, (nodeId) => counted.has(nodeId)));
}

/** What the plan does on a node, without the packages that a person gave up there. */
export function changesOn(job: JobSoFar, nodeId: string): readonly PlannedChange[] {
  const ignored = job.member(nodeId)?.ignoredItems ?? [];
  return (requirePlan(job).nodes[nodeId] ?? []).filter((change) => !ignored.includes(change.packageName));
}

/** Why a step that only follows changes has nothing to do on a node. */
export function whyUnchanged(job: JobSoFar, nodeId: string): string | undefined {
  const changes = acceptedPlan(job)?.nodes[nodeId]?.some((change) => change.action !== 'keep') ?? false;
  return changes ? undefined : 'the plan changes nothing on this node';
}

/** The builds that a node has after the changes, those that it keeps too. Of builds for several architectures the best fitting one. */
export function buildsOfNode(
  job: JobSoFar,
  packages: readonly PlannedPackage[],
  changes: readonly PlannedChange[],
  nodeId: string,
): PlannedPackage[] {
  const arch = job.member(nodeId)?.facts?.arch ?? '';
  const { byFileName, byName } = indexOf(packages);
  return changes.flatMap((change) => {
    const named = change.fileName === undefined ? undefined : byFileName.get(change.fileName);
    if (named && formatEvr(named) === change.to) {
      return [named.name === change.packageName ? named : { ...named, label: change.packageName }];
    }
    const fit = (planned: PlannedPackage): number => archFit(planned.arch, arch) ?? Infinity;
    const builds = (byName.get(change.packageName) ?? []).filter((planned) => formatEvr(planned) === change.to);
    return builds.sort((a, b) => fit(a) - fit(b)).slice(0, 1);
  });
}

interface PlannedIndex {
  readonly byFileName: ReadonlyMap<string, PlannedPackage>;
  readonly byName: ReadonlyMap<string, readonly PlannedPackage[]>;
}

const indexes = new WeakMap<readonly PlannedPackage[], PlannedIndex>();

/** The packages of a plan by what changes name; made once a plan, since every node asks. */
function indexOf(packages: readonly PlannedPackage[]): PlannedIndex {
  const known = indexes.get(packages) ?? {
    byFileName: new Map(packages.map((planned) => [planned.fileName, planned])),
    byName: Map.groupBy(packages, (planned) => planned.name),
  };
  indexes.set(packages, known);
  return known;
}

/** Files that a node needs for its changes, in order of installation. */
export function filesOfNode(
  job: JobSoFar,
  packages: readonly PlannedPackage[],
  changes: readonly PlannedChange[],
  nodeId: string,
): PlannedPackage[] {
  const changed = changes.filter((change) => change.action !== 'keep');
  return buildsOfNode(job, packages, changed, nodeId);
}

/** What the selected packages come to on each node, with places to pause; asked once more for the same, it answers at once. */
function* changesInSlices(job: JobSoFar, library: SelectionLibrary): Slices<PlannedNodes> {
  const { fileNames } = requireAnswer<AnswerOf<'select-packages'>>(job, 'select-packages');
  return yield* plannedOf(selectionContext(job, library), fileNames);
}

/** What the selected packages change on the nodes. */
export function changesOfSelection(job: JobSoFar, library: SelectionLibrary): PlannedNodes {
  return runAtOnce(changesInSlices(job, library));
}

/** Finds out beforehand what a step after the selection asks about it. */
export function* prepareChanges({ job, library }: StepContext): Slices<undefined> {
  yield* changesInSlices(job, library);
  const { fileNames } = requireAnswer<AnswerOf<'select-packages'>>(job, 'select-packages');
  yield* verdictOf(selectionContext(job, library), fileNames);
  return undefined;
}

/** Nodes of the selection that a person left out for good, equal reasons together. */
function leftOutWarnings(job: JobSoFar): JobPlan['warnings'] {
  const out = job
    .members()
    .flatMap(({ nodeId, leftOut }) => (leftOut && !leftOut.returns ? [{ nodeId, leftOut }] : []));
  const byReason = Map.groupBy(out, ({ leftOut }) => `${stepSpec(job.spec, leftOut.stepId).title}, ${leftOut.reason}`);
  return [...byReason].map(([reason, nodes]) => {
    const names = briefNames(nodes.map(({ nodeId }) => nodeId));
    return { name: 'nodes-left-out', message: `${names}: left out at ${reason}; nothing is planned there.` };
  });
}

/** The plan of everything answered so far. */
function makePlan({ job, library, nowMs, params }: StepContext<PlanParams>): JobPlan {
  const { packages: planned, nodes, warnings } = changesOfSelection(job, library);
  const packages = withRebootNeeds(planned, library.packages, rebootNeedsOf(job.spec));
  const { certList } = requireAnswer<AnswerOf<'package-source'>>(job, 'package-source');
  const { fileNames } = requireAnswer<AnswerOf<'select-packages'>>(job, 'select-packages');
  const waves = wavesAnswered(job);
  const signatures = signatureNote(job);
  const stopBefore = (job.answerOf('waves') as WaveSplit | undefined)?.stopBefore ?? [];
  const made: JobPlan = {
    createdAtMs: nowMs,
    release: certList === undefined ? undefined : library.certLists[certList]?.release,
    mode: requireAnswer<AnswerOf<'configuration-mode'>>(job, 'configuration-mode').mode,
    spoolArea: requireAnswer<AnswerOf<'spool-area'>>(job, 'spool-area').path,
    packages,
    nodes,
    skips: openedOrSkipped(job).flatMap(({ step, skip }) =>
      skip === undefined ? [] : [{ stepId: step.id, reason: skip }],
    ),
    pointOfNoReturn: params.pointOfNoReturn,
    ...(waves ? { waves: previewOfWaves(waves) } : {}),
    ...(stopBefore.length > 0 ? { stopBefore } : {}),
    stops: failurePolicyText(
      job.settings[MACHINE_SETTINGS.stopAt] as StopAt | undefined,
      waves?.map(({ nodeIds }) => nodeIds.length) ?? [counting(job).length],
    ),
    notes: [
      ...runAtOnce(verdictOf(selectionContext(job, library), fileNames)).leftToRpm,
      ...(signatures === undefined ? [] : [signatures]),
    ],
    warnings: [
      ...warnings,
      ...systemWarnings({ taking: takingPart(job), all: job.inventory }),
      ...leftOutWarnings(job),
      ...rebootWarnings({ packages, nodes }, takingPart(job)),
      ...factsWarnings(takingPart(job)),
    ],
  };
  const bound = (job.given?.answers as JobAnswers | undefined)?.bound;
  const differences = bound === undefined ? [] : planDifferences(bound, made);
  return differences.length === 0
    ? made
    : {
        ...made,
        warnings: [...made.warnings, { name: 'differs-from-plan-file', message: differencesText(differences) }],
      };
}
