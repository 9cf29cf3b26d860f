import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import type { NodeFacts } from '../../core/model/node.ts';
import { compareEvr, formatEvr, parseEvr } from '../../core/model/rpmVersion.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { outcomeOfTrouble, probeByFacts, runDetached } from './detached.ts';
import { leftOutReason, type Member } from './JobSoFar.ts';
import { acceptedPlan } from './plan.ts';
import { nodeWork, type AskKind, type StepContext } from './StepKind.ts';

/** Which of the installed versions becomes active. */
export const switchVersions: AskKind<object, ScreenOf<'switch-versions'>, AnswerOf<'switch-versions'>> = {
  form: 'ask',
  params: z.strictObject({}),
  open: (context) => {
    const components = switchComponents(context);
    if (components.length === 0) return { skip: 'no component has a version in common on the nodes' };
    return { screen: { components } };
  },
  judge: ({ job, step }, screen, answer) => {
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
    // What the waves before chose for components that this one does not have counts for who is still to come.
    const before = job.answers[step.id] as AnswerOf<'switch-versions'> | undefined;
    return { answer: { versions: { ...before?.versions, ...answer.versions } } };
  },
  answerAgain: ({ components }, { versions: before }) => {
    // A component that the waves before did not have is asked for only where there is a choice.
    const chosen = components.map(({ name, versions: [only = '', ...others] }): [string, string | undefined] => {
      const wanted = before[name] ?? (others.length === 0 ? only : undefined);
      return [name, [only, ...others].find((version) => version === wanted)];
    });
    const versions = Object.fromEntries(chosen.filter((one): one is [string, string] => one[1] !== undefined));
    return Object.keys(versions).length === components.length ? { versions } : undefined;
  },
  work: nodeWork<object, Readonly<Record<string, string>>>({
    workFor: ({ job, step }, nodeId) => {
      const present = new Set((job.member(nodeId)?.found ?? []).map((installed) => installed.name));
      const { versions } = job.answerFor(step.id, nodeId) as AnswerOf<'switch-versions'>;
      return Object.fromEntries(Object.entries(versions).filter(([name]) => present.has(name)));
    },
    run: async (node, versions, io) => {
      const pairs = Object.entries(versions).map(([name, version]) => `${name}=${version}`);
      const ended = await runDetached(node, { argv: ['put-switch-versions', ...pairs] }, io, io.onLog);
      if ('outcome' in ended) return ended.outcome;
      const after = await node.facts(['active-versions', 'services'], io.signal);
      if (!after.ok) return outcomeOfTrouble(after.trouble, io.signal);
      const { service } = after.value;
      if (activeOf(versions, after.value) < pairs.length || ended.exit.code !== 0) {
        const cause = { code: 'action-failed', message: `${node.nodeId}: the versions could not be switched` };
        return { state: 'failed', cause, service: service.state };
      }
      io.onProgress(100);
      return { state: 'ok', service: service.state };
    },
    probe: (node, versions, io) =>
      probeByFacts(node, io, ['active-versions', 'services'], (facts) => {
        const right = activeOf(versions, facts);
        const all = right === Object.keys(versions).length;
        return { done: all ? 'yes' : right > 0 ? 'partly' : 'no', service: facts.service.state };
      }),
  }),
};

/** How many of the wanted versions are the active ones. */
function activeOf(versions: Readonly<Record<string, string>>, { activeVersions }: NodeFacts): number {
  return Object.entries(versions).filter(([name, version]) => activeVersions?.[name] === version).length;
}

/**
 * Nodes whose versions are compared, of the wave: those of the database (TPA and hot standby), or all where it has none of these. What is on
 * them counts, not what this job changed: a run before this one may have installed and not switched.
 */
function comparedNodes({ job, step }: StepContext): readonly Member[] {
  const taking = job.membersHere().filter((member) => leftOutReason(job, step, member) === undefined);
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
