import { z } from 'zod';
import type { ConfigurationMode, JobPlan } from '../model/job.ts';
import { PutError } from '../protocol/errors.ts';
import { shortText, someOf } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  readonly components: readonly {
    readonly name: string;
    readonly versions: readonly string[];
    readonly proposal: string;
  }[];
}
interface Answer {
  /** Version by component. */
  readonly versions: Readonly<Record<string, string>>;
}
interface Given {
  readonly versions?: Readonly<Record<string, string>> | undefined;
  readonly mode?: ConfigurationMode | undefined;
}

/** Which of the installed versions becomes active. */
export const switchVersions: AskShape<Screen, Answer, Given> = {
  screen: z.object({
    components: z.array(z.object({ name: z.string(), versions: z.array(z.string()), proposal: z.string() })),
  }),
  answer: z.strictObject({
    versions: z.record(z.string().max(200), z.string().max(200)).describe('Version by component'),
  }),
  propose: (screen, before) => before ?? { versions: proposedVersions(screen) },
  whyOff: ({ components }, draft) =>
    components.every(({ name, versions }) => versions.includes(draft?.versions[name] ?? ''))
      ? undefined
      : 'choose a version for every component',
  names: {
    schemas: { versions: z.record(shortText, shortText).optional() },
    conflicts: ({ versions, mode }) =>
      versions && mode !== 'custom'
        ? [{ at: 'versions', message: 'versions are asked for in custom mode only; add mode: custom' }]
        : [],
    answer: (given, screen) => {
      const versions = proposedVersions(screen);
      for (const [name, version] of Object.entries(given.versions ?? {})) {
        const component = screen.components.find((one) => one.name === name);
        if (!component)
          throw new PutError('input-invalid', `versions: there is no component ${name} to switch`, { name });
        if (!component.versions.includes(version)) {
          const there = component.versions.join(', ');
          throw new PutError('input-invalid', `versions: ${name} has no ${version}; there is ${there}`, { name });
        }
        versions[name] = version;
      }
      return { versions };
    },
  },
};

const proposedVersions = ({ components }: Screen): Record<string, string> =>
  Object.fromEntries(components.map(({ name, proposal }) => [name, proposal]));

/**
 * Versions asked for that Switch Versions could not offer once this plan is done: told before anything is, since later the services are
 * down. An upgrade takes the version before away; what is installed beside others leaves versions that the plan does not name, so that nothing
 * is refused there.
 */
export function impossibleVersions(
  versions: Readonly<Record<string, string>> | undefined,
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
