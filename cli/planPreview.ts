import type { JobPlan, SelectionProblem } from '../core/model/job.ts';
import type { InstalledPackage, NodeFacts, NodeRow } from '../core/model/node.ts';
import type { LibraryView } from '../core/model/package.ts';
import { compareVersionText } from '../core/model/rpmVersion.ts';
import { judgeInSlices, planNodeChanges, recommendPackages, type SelectionContext } from '../core/model/selection.ts';
import { runAtOnce } from '../core/model/slices.ts';
import { findOperation } from '../core/model/operation.ts';
import { stepsOf, type OperationSpec, type StepSpec } from '../core/model/operationSpec.ts';
import { systemWarnings } from '../core/model/planWarnings.ts';
import { rebootNeedsOf, rebootWarnings, withRebootNeeds } from '../core/model/rebootNeed.ts';
import { failurePolicyText } from '../core/model/failurePolicy.ts';
import { jobSettings, type StopAt } from '../core/model/jobSettings.ts';
import { isWaveFault, previewOfWaves, wavesOf, type WaveSplit } from '../core/model/waves.ts';
import { PutError } from '../core/protocol/errors.ts';
import { openedOrSkipped } from '../core/steps/conditions.ts';
import { givenAnswer } from '../core/steps/givenAnswers.ts';
import type { AnswerOf, AskKindName, ScreenOf } from '../core/steps/registry.ts';
import { impossibleVersions } from '../core/steps/switchVersions.ts';
import type { PlanFile } from './planFile.ts';

/** What a plan would do, reckoned on this machine. */
export interface PlanPreview {
  readonly plan: JobPlan;
  readonly problems: readonly SelectionProblem[];
  /** The plan with every proposal that was taken written out, so that it means the same tomorrow. */
  readonly answers: PlanFile;
}

function factsOf(row: NodeRow, packages: readonly InstalledPackage[]): NodeFacts {
  return {
    nodeId: row.nodeId,
    os: row.os ?? '',
    arch: row.arch ?? '',
    kernel: '',
    memoryBytes: 0,
    groupingKey: '',
    fileSystems: [],
    service: row.service ?? { name: '', state: 'unknown' },
    packages,
  };
}

function requireOperation(operationId: string): OperationSpec {
  const spec = findOperation(operationId);
  if (!spec) throw new PutError('operation-unknown', `there is no operation ${operationId}`, { operationId });
  return spec;
}

function stepOf(spec: OperationSpec, kind: AskKindName): StepSpec {
  const step = stepsOf(spec).find(({ use }) => use === kind);
  if (!step) throw new PutError('internal', `${spec.title} has no step of kind ${kind}`);
  return step;
}

/** What a plan file answers at the step of a kind. */
function answerAs<K extends AskKindName>(
  spec: OperationSpec,
  plan: PlanFile,
  kind: K,
  screen: ScreenOf<K>,
): AnswerOf<K> {
  return givenAnswer(plan, { step: stepOf(spec, kind), screen, isSelected: () => true }) as AnswerOf<K>;
}

/** The step after which there is no way back but rollback, as the plan's step names it. */
function pointOfNoReturn(spec: OperationSpec): string {
  const named = stepOf(spec, 'plan').with['pointOfNoReturn'];
  return typeof named === 'string' ? named : '';
}

/** The waves that the settings of a plan come to, and when the job would stop by itself. */
function wavesPreview(
  spec: OperationSpec,
  { settings }: PlanFile,
  taking: readonly NodeRow[],
): Pick<JobPlan, 'waves' | 'stopBefore' | 'stops'> {
  const { waves: split, stopAt } = jobSettings(spec.settings, settings) as {
    waves?: WaveSplit;
    stopAt?: StopAt;
  };
  const divided = split && wavesOf(taking, split);
  const waves = divided === undefined || isWaveFault(divided) || divided.length < 2 ? undefined : divided;
  return {
    ...(waves ? { waves: previewOfWaves(waves) } : {}),
    ...(waves && split && split.stopBefore.length > 0 ? { stopBefore: split.stopBefore } : {}),
    stops: failurePolicyText(stopAt, waves?.map(({ nodeIds }) => nodeIds.length) ?? [taking.length]),
  };
}

/** Whether what an operation does can be reckoned here: it is about packages. */
export function canPreview(spec: Pick<OperationSpec, 'phases'>): boolean {
  const kinds: readonly AskKindName[] = [
    'configuration-mode',
    'select-nodes',
    'package-source',
    'select-packages',
    'plan',
  ];
  return kinds.every((kind) => stepsOf(spec).some(({ use }) => use === kind));
}

/**
 * What the plan would do on each node, from the nodes and the library as the master last saw them. Nothing is asked of the nodes, and
 * what their packages provide is on the master alone, so that much is left to its own check and to rpm.
 * @throws PutError for nodes, cert lists or packages of the plan that are not there.
 */
export function previewPlan(
  plan: PlanFile,
  nodes: readonly NodeRow[],
  packagesOf: (nodeId: string) => readonly InstalledPackage[],
  library: LibraryView,
  nowMs: number,
): PlanPreview {
  const packageFiles = Object.values(library.packages);
  if (packageFiles.length === 0) {
    throw new PutError('package-missing', 'the package library is empty; send packages first: putctl upload FILE...');
  }
  const spec = requireOperation(plan.operation);
  const { nodeIds } = answerAs(spec, plan, 'select-nodes', {
    nodes: nodes.map(({ nodeId, address, type, system, clique }) => ({ nodeId, address, type, system, clique })),
    proposal: nodes.map((node) => node.nodeId),
  });
  const certLists = Object.values(library.certLists).sort((a, b) => compareVersionText(b.release, a.release));
  const { certList: certListName } = answerAs(spec, plan, 'package-source', {
    certLists,
    packageCount: packageFiles.length,
    proposal: (certLists.find((one) => one.missing.length === 0) ?? certLists[0])?.fileName,
  });
  const certList = certListName === undefined ? undefined : library.certLists[certListName];
  const context: SelectionContext = {
    library: packageFiles,
    certList,
    nodes: nodes
      .filter((node) => nodeIds.includes(node.nodeId))
      .map((node) => ({
        nodeId: node.nodeId,
        type: plan.types?.[node.nodeId] ?? node.type,
        facts: factsOf(node, packagesOf(node.nodeId)),
      })),
  };
  const { fileNames } = answerAs(spec, plan, 'select-packages', { choices: recommendPackages(context), problems: [] });
  const { mode } = answerAs(spec, plan, 'configuration-mode', { proposal: 'typical' });
  const planned = planNodeChanges(context, fileNames);
  const packages = withRebootNeeds(planned.packages, library.packages, rebootNeedsOf(spec));
  const changes = { ...planned, packages };
  const modeStep = stepOf(spec, 'configuration-mode').id;
  const asked = { spec, settings: plan.settings ?? {}, answers: { ...plan.answers, [modeStep]: { mode } } };
  const verdict = runAtOnce(judgeInSlices(context, fileNames));
  const taking = nodes
    .filter((node) => nodeIds.includes(node.nodeId))
    .map((node) => ({ ...node, type: plan.types?.[node.nodeId] ?? node.type }));
  const versions = impossibleVersions(plan.versions, changes).map((message) => ({
    code: 'input-invalid',
    message,
    packageName: '',
    offers: [],
  }));
  return {
    problems: [...verdict.problems, ...versions],
    answers: {
      ...plan,
      mode,
      nodes: [...nodeIds],
      nodeTypes: undefined,
      certList: certListName,
      release: undefined,
      packages: [...fileNames],
    },
    plan: {
      ...changes,
      notes: verdict.leftToRpm,
      warnings: [
        ...changes.warnings,
        ...systemWarnings({ taking, all: nodes }),
        ...rebootWarnings(changes, context.nodes),
      ],
      createdAtMs: nowMs,
      ...(certList ? { release: certList.release } : {}),
      mode,
      spoolArea: plan.spoolArea ?? '(as proposed)',
      skips: openedOrSkipped(asked).flatMap(({ step, skip }) =>
        skip === undefined ? [] : [{ stepId: step.id, reason: skip }],
      ),
      pointOfNoReturn: pointOfNoReturn(spec),
      ...wavesPreview(spec, plan, taking),
    },
  };
}
