import { z } from 'zod';
import { PutError } from '../protocol/errors.ts';
import type { JobPlan, JobView, StepInput, StepScreen } from './job.ts';
import { NODE_TYPES } from './node.ts';
import { planBindingSchema } from './planBinding.ts';

const name = z.string().trim().min(1).max(200);

/**
 * Answers to the input steps of an operation, given at its start and kept with the job, so that it goes on without a person. What is left
 * out is answered with the proposal of the step's screen.
 */
export const jobAnswersSchema = z.strictObject({
  /** Configuration Mode. */
  mode: z.enum(['typical', 'custom']).optional(),
  /** Select Nodes: by id, or every node of these types. */
  nodes: z.array(name).min(1).max(100_000).optional(),
  nodeTypes: z.array(z.enum(NODE_TYPES)).min(1).optional(),
  /** Group Nodes: other types than the inventory says, by node id. */
  types: z.record(name, z.enum(NODE_TYPES)).optional(),
  /** Package Source: a cert list by file name or by release. */
  certList: name.optional(),
  release: name.optional(),
  /** Select Packages: file names of the library. */
  packages: z.array(name).min(1).max(10_000).optional(),
  /** Select Spool Area. */
  spoolArea: z.string().trim().min(1).max(1024).optional(),
  /** Switch Versions (custom only): version by component. */
  versions: z.record(name, name).optional(),
  /** Names of warnings of the plan that were accepted. */
  acceptWarnings: z.array(name).max(100).optional(),
  /** What was agreed on; a plan that differs is not accepted. */
  bound: planBindingSchema.optional(),
  /** A plan that differs from what was agreed on is accepted. */
  replan: z.boolean().optional(),
});
export type JobAnswers = z.output<typeof jobAnswersSchema>;

/** Parts of the answers that exclude each other or need another: the part and what is wrong with it. */
export function answerConflicts(answers: JobAnswers): { at: string; message: string }[] {
  const { nodes, nodeTypes, certList, release, mode, versions, packages } = answers;
  const found: { at: string; message: string }[] = [];
  if (nodes && nodeTypes) found.push({ at: 'nodeTypes', message: 'give nodes or nodeTypes, not both' });
  if (certList !== undefined && release !== undefined)
    found.push({ at: 'release', message: 'give certList or release, not both' });
  if (versions && mode !== 'custom')
    found.push({ at: 'versions', message: 'versions are asked for in custom mode only; add mode: custom' });
  for (const [at, list] of Object.entries({ nodes, packages })) {
    const seen = new Set<string>();
    const twice = list?.find((one) => seen.size === seen.add(one).size);
    if (twice !== undefined) found.push({ at, message: `${twice} is named twice` });
  }
  return found;
}

/** Answers from the wire or a journal, checked. Throws `input-invalid` naming the place. */
export function parseAnswers(value: unknown): JobAnswers {
  const parsed = jobAnswersSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = `answers.${issue?.path.join('.') ?? ''}`;
    throw new PutError('input-invalid', `${place}: ${issue?.message ?? 'not understood'}`, { place });
  }
  const conflict = answerConflicts(parsed.data)[0];
  if (!conflict) return parsed.data;
  throw new PutError('input-invalid', `answers.${conflict.at}: ${conflict.message}`, { place: conflict.at });
}

/** The step that each part of the answers is for; the others may be changed at any time. */
const ANSWERS_OF: Partial<Readonly<Record<keyof JobAnswers, StepInput['stepId']>>> = {
  mode: 'configuration-mode',
  nodes: 'select-nodes',
  nodeTypes: 'select-nodes',
  types: 'group-nodes',
  certList: 'package-source',
  release: 'package-source',
  packages: 'select-packages',
  spoolArea: 'spool-area',
  versions: 'switch-versions',
};

/** The parts of the answers that are for a step. */
export function answerPartsOf(stepId: string): (keyof JobAnswers)[] {
  return (Object.keys(ANSWERS_OF) as (keyof JobAnswers)[]).filter((part) => ANSWERS_OF[part] === stepId);
}

/** Parts in which two sets of answers differ, each with the step that it is for. */
export function changedAnswers(
  before: JobAnswers,
  after: JobAnswers,
): { part: keyof JobAnswers; stepId: StepInput['stepId'] | undefined }[] {
  const parts = new Set([...Object.keys(before), ...Object.keys(after)]) as Set<keyof JobAnswers>;
  return [...parts]
    .filter((part) => JSON.stringify(before[part]) !== JSON.stringify(after[part]))
    .map((part) => ({ part, stepId: ANSWERS_OF[part] }));
}

/**
 * Versions asked for that Switch Versions could not offer once this plan is done: told before anything is, since later the services are
 * down. An upgrade takes the version before away; what is installed beside others leaves versions that the plan does not name, so that nothing
 * is refused there.
 */
export function impossibleVersions(
  versions: JobAnswers['versions'],
  plan: Pick<JobPlan, 'packages' | 'nodes'>,
): string[] {
  const offered = new Map<string, Set<string>>(plan.packages.map(({ name: component }) => [component, new Set()]));
  // Builds of one name for several architectures are changes with names of their own.
  const componentOf = new Map(
    plan.packages.flatMap((one) => [one.name, `${one.name}.${one.arch}`].map((label) => [label, one.name])),
  );
  const open = new Set(plan.packages.flatMap((one) => (one.beside ? [one.name] : [])));
  for (const changes of Object.values(plan.nodes)) {
    for (const { packageName, to } of changes) {
      offered.get(componentOf.get(packageName) ?? '')?.add(to);
    }
  }
  return Object.entries(versions ?? {}).flatMap(([component, version]) => {
    const there = offered.get(component);
    if (!there) return [`versions: the plan has no component ${component}; there is ${someOf([...offered.keys()])}`];
    if (there.has(version) || open.has(component)) return [];
    return [
      `versions: after this plan ${component} has no ${version}; there is ${someOf([...there]) || 'no node for it'}`,
    ];
  });
}

function someOf(names: readonly string[]): string {
  return names.length <= 8 ? names.join(', ') : `${names.slice(0, 8).join(', ')} and ${names.length - 8} more`;
}

type Screen<S extends StepScreen['stepId']> = StepScreen & { stepId: S };

function nodesOf(plan: JobAnswers, screen: Screen<'select-nodes'>): readonly string[] {
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

function certListOf(plan: JobAnswers, screen: Screen<'package-source'>): string | undefined {
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

function packagesOf(plan: JobAnswers, screen: Screen<'select-packages'>): readonly string[] {
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
export function answerOf(plan: JobAnswers, view: Pick<JobView, 'screen' | 'nodes' | 'currentStep'>): StepInput {
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
      return {
        stepId: screen.stepId,
        accept: true,
        ...(plan.acceptWarnings === undefined ? {} : { warnings: [...plan.acceptWarnings] }),
      };
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
