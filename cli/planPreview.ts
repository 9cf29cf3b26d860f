import type { JobPlan, SelectionProblem } from '../core/model/job.ts';
import type { NodeFacts, NodeRow } from '../core/model/node.ts';
import type { LibraryView } from '../core/model/package.ts';
import { compareVersionText } from '../core/model/rpmVersion.ts';
import { judgeInSlices, planNodeChanges, recommendPackages, type SelectionContext } from '../core/model/selection.ts';
import { runAtOnce } from '../core/model/slices.ts';
import { answerOf, impossibleVersions } from '../core/model/jobAnswers.ts';
import { systemWarnings } from '../core/model/planWarnings.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { PlanFile } from './planFile.ts';

/** What a plan would do, reckoned on this machine. */
export interface PlanPreview {
  readonly plan: JobPlan;
  readonly problems: readonly SelectionProblem[];
  /** The plan with every proposal that was taken written out, so that it means the same tomorrow. */
  readonly answers: PlanFile;
}

function factsOf(row: NodeRow): NodeFacts {
  return {
    nodeId: row.nodeId,
    os: row.os ?? '',
    arch: row.arch ?? '',
    kernel: '',
    memoryBytes: 0,
    groupingKey: '',
    fileSystems: [],
    service: row.service ?? { name: '', state: 'unknown' },
    packages: row.packages,
  };
}

/**
 * What the plan would do on each node, from the nodes and the library as the master last saw them. Nothing is asked of the nodes, and
 * what their packages provide is on the master alone, so that much is left to its own check and to rpm.
 * @throws PutError for nodes, cert lists or packages of the plan that are not there.
 */
export function previewPlan(
  plan: PlanFile,
  nodes: readonly NodeRow[],
  library: LibraryView,
  nowMs: number,
): PlanPreview {
  const packageFiles = Object.values(library.packages);
  if (packageFiles.length === 0) {
    throw new PutError('package-missing', 'the package library is empty; send packages first: putctl upload FILE...');
  }
  const none = { nodes: {} };
  const chosen = answerOf(plan, {
    ...none,
    currentStep: 'select-nodes',
    screen: {
      stepId: 'select-nodes',
      nodes: nodes.map(({ nodeId, address, type, system, clique }) => ({ nodeId, address, type, system, clique })),
      proposal: nodes.map((node) => node.nodeId),
    },
  });
  const nodeIds = chosen.stepId === 'select-nodes' ? chosen.nodeIds : [];
  const certLists = Object.values(library.certLists).sort((a, b) => compareVersionText(b.release, a.release));
  const source = answerOf(plan, {
    ...none,
    currentStep: 'package-source',
    screen: {
      stepId: 'package-source',
      certLists,
      packageCount: packageFiles.length,
      proposal: (certLists.find((one) => one.missing.length === 0) ?? certLists[0])?.fileName,
    },
  });
  const certListName = source.stepId === 'package-source' ? source.certList : undefined;
  const certList = certListName === undefined ? undefined : library.certLists[certListName];
  const context: SelectionContext = {
    library: packageFiles,
    certList,
    nodes: nodes
      .filter((node) => nodeIds.includes(node.nodeId))
      .map((node) => ({ nodeId: node.nodeId, type: plan.types?.[node.nodeId] ?? node.type, facts: factsOf(node) })),
  };
  const selection = answerOf(plan, {
    ...none,
    currentStep: 'select-packages',
    screen: { stepId: 'select-packages', choices: recommendPackages(context), problems: [] },
  });
  const fileNames = selection.stepId === 'select-packages' ? selection.fileNames : [];
  const mode = plan.mode ?? 'typical';
  const changes = planNodeChanges(context, fileNames);
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
      warnings: [...changes.warnings, ...systemWarnings({ taking, all: nodes })],
      createdAtMs: nowMs,
      ...(certList ? { release: certList.release } : {}),
      mode,
      spoolArea: plan.spoolArea ?? '(as proposed)',
      skips:
        mode === 'typical'
          ? [{ stepId: 'switch-versions', reason: 'Typical mode switches to the new versions by itself' }]
          : [],
      pointOfNoReturn: 'shutdown',
    },
  };
}
