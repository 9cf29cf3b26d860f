import { z } from 'zod';
import { compareEvr, formatEvr, parseEvr } from '../../core/model/rpmVersion.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { leftOutReason, requireAnswer, type Member } from './JobSoFar.ts';
import { acceptedPlan } from './plan.ts';
import type { AskKind, InputOf, ScreenOf, StepContext } from './StepKind.ts';

/** Which of the installed versions becomes active. */
export const switchVersions: AskKind<object, ScreenOf<'switch-versions'>, InputOf<'switch-versions'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: (context) => {
    const components = switchComponents(context);
    if (components.length === 0) return { skip: 'no component has a version in common on the nodes' };
    return { screen: { stepId: 'switch-versions', components } };
  },
  judge: (_context, screen, answer) => {
    for (const [name, version] of Object.entries(answer.versions)) {
      const component = screen.components.find((one) => one.name === name);
      if (!component) {
        throw new PutError('input-invalid', `there is no component ${name} to switch`, { place: name });
      }
      if (!component.versions.includes(version)) {
        const message = `${name} has no version ${version} on every node; there is ${component.versions.join(', ')}`;
        throw new PutError('input-invalid', message, { place: name });
      }
    }
    return { answer };
  },
  work: {
    action: ({ job }, nodeId) => {
      const present = new Set((job.member(nodeId)?.found ?? []).map((installed) => installed.name));
      const { versions } = requireAnswer<InputOf<'switch-versions'>>(job, 'switch-versions');
      const wanted = Object.entries(versions).filter(([name]) => present.has(name));
      return { kind: 'switch-versions', versions: Object.fromEntries(wanted) };
    },
  },
};

/**
 * Nodes whose versions are compared: of the database (TPA and hot standby), or all where the job has none of these. What is on them
 * counts, not what this job changed: a run before this one may have installed and not switched.
 */
function comparedNodes({ job, step }: StepContext): readonly Member[] {
  const taking = job.members().filter((member) => leftOutReason(job, step, member) === undefined);
  const database = taking.filter(({ type }) => type === 'TPA' || type === 'HSN');
  return database.length > 0 ? database : taking;
}

/**
 * Components of the plan with the versions that are present on every compared node, newest first; the proposal is the highest common
 * one. A component without a common version is left out: each node keeps its own.
 */
function switchComponents(context: StepContext): ScreenOf<'switch-versions'>['components'] {
  const members = comparedNodes(context);
  const components: { name: string; versions: string[]; proposal: string }[] = [];
  for (const name of new Set(acceptedPlan(context.job)?.packages.map((planned) => planned.name) ?? [])) {
    const counts = new Map<string, number>();
    const holders = members.filter((member) => {
      const found = (member.found ?? []).filter((installed) => installed.name === name);
      for (const version of new Set(found.map(formatEvr))) counts.set(version, (counts.get(version) ?? 0) + 1);
      return found.length > 0;
    });
    const common = [...counts]
      .filter(([, count]) => count === holders.length)
      .map(([version]) => version)
      .sort((a, b) => compareEvr(parseEvr(b), parseEvr(a)));
    if (holders.length > 0 && common[0] !== undefined) components.push({ name, versions: common, proposal: common[0] });
  }
  return components;
}
