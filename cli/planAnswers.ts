import type { JobView, StepInput, StepScreen } from '../core/model/job.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { PlanFile } from './planFile.ts';

/** The proposal of every screen: a plan that says nothing. */
export const EMPTY_PLAN: PlanFile = { version: 1, operation: 'install-upgrade-software' };

function someOf(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;
}

type Screen<S extends StepScreen['stepId']> = StepScreen & { stepId: S };

function nodesOf(plan: PlanFile, screen: Screen<'select-nodes'>): readonly string[] {
  const { nodes, nodeTypes } = plan;
  if (nodes) {
    const known = new Set(screen.nodes.map((node) => node.nodeId));
    const unknown = nodes.find((nodeId) => !known.has(nodeId));
    if (unknown !== undefined) {
      throw new PutError('node-unknown', `nodes: there is no node ${unknown}; there are ${someOf([...known])}`, {
        nodeId: unknown,
      });
    }
    return nodes;
  }
  if (!nodeTypes) return screen.proposal;
  const chosen = screen.nodes.filter((node) => nodeTypes.includes(node.type)).map((node) => node.nodeId);
  if (chosen.length === 0)
    throw new PutError('node-unknown', `nodeTypes: no node is of type ${nodeTypes.join(' or ')}`);
  return chosen;
}

function certListOf(plan: PlanFile, screen: Screen<'package-source'>): string | undefined {
  const { certLists } = screen;
  const names = someOf(certLists.map((list) => `${list.fileName} (release ${list.release})`));
  const there = names === '' ? 'the library has none' : `there is ${names}`;
  if (plan.certList !== undefined) {
    if (!certLists.some((list) => list.fileName === plan.certList)) {
      throw new PutError('package-unknown', `certList: the library has no cert list ${plan.certList}; ${there}`, {
        fileName: plan.certList,
      });
    }
    return plan.certList;
  }
  if (plan.release !== undefined) {
    const list = certLists.find((one) => one.release === plan.release);
    if (!list)
      throw new PutError(
        'package-unknown',
        `release: the library has no cert list of release ${plan.release}; ${there}`,
        { release: plan.release },
      );
    return list.fileName;
  }
  // Packages that are named one by one are taken from the library as they are; a cert list would add its mandatory ones.
  return plan.packages ? undefined : screen.proposal;
}

function packagesOf(plan: PlanFile, screen: Screen<'select-packages'>): readonly string[] {
  const { choices } = screen;
  if (!plan.packages) {
    const proposal = choices.filter((choice) => choice.selected).map((choice) => choice.fileName);
    if (proposal.length === 0) {
      throw new PutError(
        'package-missing',
        'the recommended set is empty: no package of the library is newer than what the nodes have',
      );
    }
    return proposal;
  }
  for (const fileName of plan.packages) {
    const choice = choices.find((one) => one.fileName === fileName);
    if (!choice) throw new PutError('package-unknown', `packages: the library has no ${fileName}`, { fileName });
  }
  return plan.packages;
}

/**
 * What a plan answers at the step that waits for input; the screen's proposal where the plan says nothing. At the plan step
 * it accepts: whoever calls asks the person first.
 * @throws PutError naming the part of the plan that this system cannot do.
 */
export function answerOf(plan: PlanFile, view: Pick<JobView, 'screen' | 'nodes' | 'currentStep'>): StepInput {
  const { screen } = view;
  if (!screen || screen.stepId !== view.currentStep) {
    throw new PutError('internal', `step ${view.currentStep} shows no screen to answer`);
  }
  switch (screen.stepId) {
    case 'configuration-mode':
      return { stepId: screen.stepId, mode: plan.mode ?? screen.proposal };
    case 'select-nodes':
      return { stepId: screen.stepId, nodeIds: [...nodesOf(plan, screen)] };
    case 'group-nodes': {
      const types = plan.types ?? {};
      const unknown = Object.keys(types).find((nodeId) => !Object.hasOwn(view.nodes, nodeId));
      if (unknown !== undefined)
        throw new PutError('node-unknown', `types: ${unknown} is not a selected node`, { nodeId: unknown });
      return { stepId: screen.stepId, types };
    }
    case 'package-source': {
      const certList = certListOf(plan, screen);
      return { stepId: screen.stepId, ...(certList === undefined ? {} : { certList }) };
    }
    case 'select-packages':
      return { stepId: screen.stepId, fileNames: [...packagesOf(plan, screen)] };
    case 'spool-area': {
      const path = plan.spoolArea ?? screen.proposal;
      if (!screen.areas.some((area) => area.path === path)) {
        const areas = someOf(screen.areas.map((area) => area.path));
        throw new PutError(
          'input-invalid',
          `spoolArea: ${path} is not a file system of every node; there is ${areas}`,
          { path },
        );
      }
      return { stepId: screen.stepId, path };
    }
    case 'plan':
      return { stepId: screen.stepId, accept: true };
    case 'switch-versions': {
      const versions = Object.fromEntries(screen.components.map(({ name, proposal }) => [name, proposal]));
      for (const [name, version] of Object.entries(plan.versions ?? {})) {
        const component = screen.components.find((one) => one.name === name);
        if (!component)
          throw new PutError('input-invalid', `versions: there is no component ${name} to switch`, { name });
        if (!component.versions.includes(version)) {
          throw new PutError(
            'input-invalid',
            `versions: ${name} has no ${version}; there is ${component.versions.join(', ')}`,
            { name },
          );
        }
        versions[name] = version;
      }
      return { stepId: screen.stepId, versions };
    }
  }
}
