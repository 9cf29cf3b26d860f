import type { JobReport, StepInput, StepScreen } from '../../core/model/job.ts';
import type { LibraryView } from '../../core/model/package.ts';
import type { StepId } from '../../core/model/operation.ts';
import { answerOf, impossibleVersions } from '../../core/model/jobAnswers.ts';
import type { SelectionVerdict } from '../../core/model/selection.ts';
import { runAtOnce, type Slices } from '../../core/model/slices.ts';
import { servicesNotUp } from '../../core/model/servicesNotUp.ts';
import { PutError, assertNever } from '../../core/protocol/errors.ts';
import type { JobEventBody } from '../jobs/events.ts';
import { lingeringNodes, stepDefinition, type SequencerState } from '../jobs/sequencerState.ts';
import type { NodeAction } from '../nodes/NodeDriver.ts';
import { findSystems } from './findSystems.ts';
import { skipsOf } from './leftOut.ts';
import type { OperationCode } from './OperationCode.ts';
import {
  packageSourceScreen,
  refuseProblems,
  selectPackagesInSlices,
  selectPackagesScreen,
  selectionContext,
} from './packagesStep.ts';
import { verdictOf } from './selectionMemory.ts';
import type { SelectionLibrary } from '../jobs/ports.ts';
import {
  buildsOfNode,
  changesInSlices,
  filesOfNode,
  inputOf,
  makePlan,
  spoolAreaScreen,
  TYPICAL_SWITCHES,
} from './planStep.ts';
import { makeReport } from './report.ts';
import { packagesNow, switchComponents } from './switchVersions.ts';

function openStep(state: SequencerState, stepId: StepId, library: LibraryView, nowMs: number): JobEventBody {
  const asks = (screen: StepScreen): JobEventBody => ({ kind: 'step-opened', stepId, screen });
  switch (stepId) {
    case 'configuration-mode':
      return asks({ stepId, proposal: 'typical' });
    case 'select-nodes':
      return asks(selectNodesScreen(state));
    case 'group-nodes':
      return asks({ stepId, systems: findSystems(state) });
    case 'package-source':
      return asks(packageSourceScreen(library));
    case 'select-packages':
      return asks(selectPackagesScreen(state, library));
    case 'spool-area':
      return asks(spoolAreaScreen(state, library));
    case 'plan':
      return asks({ stepId, plan: makePlan(state, library, nowMs) });
    case 'switch-versions':
      return openSwitchVersions(state);
    case 'finished':
      return { kind: 'step-opened', stepId };
    default:
      return { kind: 'step-opened', stepId, skips: skipsOf(state, stepId) };
  }
}

function selectNodesScreen(state: SequencerState): StepScreen {
  const nodes = state.inventory.map(({ nodeId, address, type, system, clique }) => ({
    nodeId,
    address,
    type,
    system,
    clique,
  }));
  return { stepId: 'select-nodes', nodes, proposal: nodes.map((node) => node.nodeId) };
}

function openSwitchVersions(state: SequencerState): JobEventBody {
  const stepId = 'switch-versions';
  const skipped = (note: string): JobEventBody => ({ kind: 'step-skipped', stepId, note });
  if (inputOf(state, 'configuration-mode').mode === 'typical') return skipped(TYPICAL_SWITCHES);
  const components = switchComponents(state);
  if (components.length === 0) return skipped('no component has a version in common on the nodes');
  return { kind: 'step-opened', stepId, screen: { stepId, components } };
}

function invalid(message: string, place: string): PutError {
  return new PutError('input-invalid', message, { place });
}

function answer(state: SequencerState, input: StepInput, user: string, library: LibraryView): JobEventBody {
  const given: JobEventBody = { kind: 'input-given', stepId: input.stepId, input, user };
  const { screen } = state.view;
  switch (input.stepId) {
    case 'configuration-mode':
      return given;
    case 'select-nodes': {
      const known = new Set(state.inventory.map((entry) => entry.nodeId));
      const stranger = input.nodeIds.find((nodeId) => !known.has(nodeId));
      if (stranger !== undefined)
        throw new PutError('node-unknown', `there is no node ${stranger}`, { nodeId: stranger });
      return { ...given, input: { ...input, nodeIds: [...new Set(input.nodeIds)] } };
    }
    case 'group-nodes': {
      const stranger = Object.keys(input.types).find((nodeId) => !Object.hasOwn(state.view.nodes, nodeId));
      if (stranger !== undefined) {
        throw new PutError('node-unknown', `node ${stranger} is not selected`, { nodeId: stranger });
      }
      return given;
    }
    case 'package-source':
      if (Object.keys(library.packages).length === 0) {
        throw new PutError('package-unknown', 'the package library is empty: upload packages first');
      }
      if (input.certList !== undefined && !Object.hasOwn(library.certLists, input.certList)) {
        throw new PutError('package-unknown', `the package library has no cert list ${input.certList}`, {
          fileName: input.certList,
        });
      }
      return given;
    case 'select-packages':
      refuseProblems(judge(state, input.fileNames, library).problems);
      return { ...given, input: { ...input, fileNames: [...new Set(input.fileNames)] } };
    case 'spool-area': {
      const area = screen?.stepId === 'spool-area' ? screen.areas.find((one) => one.path === input.path) : undefined;
      if (!area) throw invalid(`${input.path} is not a file system of every node`, 'path');
      if (!area.enough) {
        throw new PutError(
          'disk-full',
          `${area.path} has ${area.leastFreeBytes} bytes free on the fullest node; ${area.neededBytes} are needed`,
          { path: area.path, freeBytes: area.leastFreeBytes, neededBytes: area.neededBytes },
        );
      }
      return given;
    }
    case 'plan':
      return given;
    case 'switch-versions': {
      const components = screen?.stepId === 'switch-versions' ? screen.components : [];
      for (const [name, version] of Object.entries(input.versions)) {
        const component = components.find((one) => one.name === name);
        if (!component) throw invalid(`there is no component ${name} to switch`, name);
        if (!component.versions.includes(version)) {
          throw invalid(
            `${name} has no version ${version} on every node; there is ${component.versions.join(', ')}`,
            name,
          );
        }
      }
      return { ...given, skips: skipsOf(state, input.stepId) };
    }
    default:
      return assertNever(input);
  }
}

/** The answer that the job was given for the step it waits at. The plan is accepted only where that was said, and as it was agreed on. */
function answerByItself(state: SequencerState, library: LibraryView): JobEventBody | undefined {
  const given = state.answers;
  const { screen } = state.view;
  if (!given || !screen) return undefined;
  if (screen.stepId === 'plan') {
    // Told before a person is asked too: later the services are down.
    const impossible = impossibleVersions(given.answers.versions, screen.plan)[0];
    if (impossible !== undefined) throw invalid(impossible, 'versions');
    const differs = screen.plan.warnings.find(({ name }) => name === 'differs-from-plan-file');
    if (differs && given.answers.replan !== true) {
      throw new PutError('plan-stale', differs.message, { digest: given.answers.bound?.digest ?? '' });
    }
    if (!given.acceptPlan) return undefined;
  }
  const event = answer(state, answerOf(given.answers, state.view), given.by, library);
  return event.kind === 'input-given' ? { ...event, byAnswers: true } : event;
}

function judge(state: SequencerState, fileNames: readonly string[], library: SelectionLibrary): SelectionVerdict {
  if (Object.keys(state.facts).length === 0) {
    throw new PutError('step-not-current', 'the nodes have not been read yet, so a selection cannot be checked');
  }
  return runAtOnce(verdictOf(selectionContext(state, library), fileNames));
}

function* prepareStep(state: SequencerState, stepId: StepId, library: SelectionLibrary): Slices<undefined> {
  if (stepId === 'select-packages') {
    yield* selectPackagesInSlices(state, library);
    const given = state.answers?.answers.packages;
    if (given) yield* verdictOf(selectionContext(state, library), given);
  }
  if (stepId === 'spool-area' || stepId === 'plan') {
    yield* changesInSlices(state, library);
    yield* verdictOf(selectionContext(state, library), inputOf(state, 'select-packages').fileNames);
  }
  return undefined;
}

function* prepareSelection(
  state: SequencerState,
  fileNames: readonly string[],
  library: SelectionLibrary,
): Slices<undefined> {
  if (Object.keys(state.facts).length > 0) yield* verdictOf(selectionContext(state, library), fileNames);
  return undefined;
}

function refreshScreen(state: SequencerState, library: LibraryView): JobEventBody | undefined {
  switch (state.view.screen?.stepId) {
    case 'package-source':
      return { kind: 'screen-changed', stepId: 'package-source', screen: packageSourceScreen(library) };
    case 'select-packages':
      return { kind: 'screen-changed', stepId: 'select-packages', screen: selectPackagesScreen(state, library) };
    default:
      return undefined;
  }
}

function actionOf(state: SequencerState, stepId: StepId, nodeId: string): NodeAction {
  const { plan } = state.view;
  switch (stepId) {
    case 'find-systems':
      return { kind: 'facts' };
    case 'shutdown':
      return { kind: 'stop-service' };
    case 'start':
      return { kind: 'start-service' };
    default:
  }
  if (!plan) throw new PutError('internal', `step ${stepId} has no plan`);
  const ignored = state.ignoredPackages[nodeId] ?? [];
  const changes = (plan.nodes[nodeId] ?? []).filter((change) => !ignored.includes(change.packageName));
  switch (stepId) {
    case 'spooling':
      return { kind: 'spool', spoolArea: plan.spoolArea, packages: filesOfNode(state, plan.packages, changes, nodeId) };
    case 'package-install':
      return {
        kind: 'install',
        spoolArea: plan.spoolArea,
        packages: filesOfNode(state, plan.packages, changes, nodeId),
        changes: changes.filter((change) => change.action !== 'keep'),
      };
    case 'switch-versions': {
      const present = new Set(packagesNow(state, nodeId).map((installed) => installed.name));
      const versions = Object.entries(inputOf(state, 'switch-versions').versions).filter(([name]) => present.has(name));
      return { kind: 'switch-versions', versions: Object.fromEntries(versions) };
    }
    case 'validation':
      return {
        kind: 'validate',
        expected: buildsOfNode(state, plan.packages, changes, nodeId),
        ignoredPackages: ignored,
      };
    default:
      throw new PutError('internal', `step ${stepDefinition(state.view, stepId).title} has no work on nodes`);
  }
}

/** What Exit does first where services are to be started: Start, on the nodes whose service is not known to be up. */
function exitWork(state: SequencerState): JobEventBody | undefined {
  const { down, unknown } = servicesNotUp(Object.values(state.view.nodes));
  const lingering = lingeringNodes(state);
  const starting = [...down, ...unknown].filter((nodeId) => !lingering.includes(nodeId));
  if (starting.length === 0) return undefined;
  const skips: Record<string, string> = {};
  for (const nodeId of Object.keys(state.view.nodes)) {
    if (lingering.includes(nodeId)) skips[nodeId] = 'work on the node is not known to have ended';
    else if (!starting.includes(nodeId)) skips[nodeId] = 'the service was not seen down here';
  }
  return { kind: 'step-opened', stepId: 'start', skips };
}

function report(state: SequencerState, nowMs: number): JobReport {
  return makeReport(state, nowMs);
}

/** Step code of Install/Upgrade Software. */
export const installUpgradeSoftware: OperationCode = {
  openStep,
  answer,
  answerByItself,
  refreshScreen,
  prepareStep,
  prepareSelection,
  checkSelection: judge,
  actionOf,
  exitWork,
  report,
};
