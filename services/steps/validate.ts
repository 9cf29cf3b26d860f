import { z } from 'zod';
import { labelOf, type PlannedPackage } from '../../core/model/job.ts';
import { formatEvr, formatNevra } from '../../core/model/rpmVersion.ts';
import { outcomeOfTrouble, probeOfTrouble } from './detached.ts';
import { packageStanding } from './packageStanding.ts';
import { buildsOfNode, changesOn, requirePlan } from './plan.ts';
import { nodeWork, type WorkKind } from './StepKind.ts';

/** What a node should have: every package of `expected` at its version, the service up. */
export interface ValidateWork {
  readonly expected: readonly PlannedPackage[];
  readonly ignoredItems: readonly string[];
}

/** Reads back what is on each node and compares it with the plan. */
export const validate: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  ...nodeWork<object, ValidateWork>({
    workFor: ({ job }, nodeId) => ({
      expected: buildsOfNode(job, requirePlan(job).packages, changesOn(job, nodeId), nodeId),
      ignoredItems: job.member(nodeId)?.ignoredItems ?? [],
    }),
    run: async (node, { expected, ignoredItems }, io) => {
      const read = await node.facts(['packages', 'services'], io.signal);
      if (!read.ok) return outcomeOfTrouble(read.trouble, io.signal);
      const { packages: found, service } = read.value;
      const { nodeId } = node;
      const here = (wanted: PlannedPackage): string => {
        return found.flatMap((one) => (one.name === wanted.name ? [formatEvr(one)] : [])).join(' and ') || 'none';
      };
      const wrong = expected.filter(
        (wanted) => !ignoredItems.includes(labelOf(wanted)) && packageStanding(found, wanted) !== 'done',
      );
      for (const wanted of wrong) io.onLog(`${formatNevra(wanted)} expected, found ${here(wanted)}`);
      const [first] = wrong;
      const seen = { found, service: service.state };
      if (first) {
        const more = wrong.length > 1 ? ` and ${wrong.length - 1} more` : '';
        const message = `${nodeId}: ${first.name} ${formatEvr(first)} expected, found ${here(first)}${more}`;
        const cause = { code: 'validation-failed', message, packageName: labelOf(first) };
        return { state: 'failed', cause, ...seen };
      }
      if (service.state !== 'up') {
        const message = `${nodeId}: ${service.name} is ${service.state}`;
        return { state: 'failed', cause: { code: 'validation-failed', message }, ...seen };
      }
      io.onLog(`${expected.length} packages as planned, ${service.name} up`);
      io.onProgress(100);
      return { state: 'ok', ...seen };
    },
    probe: async (node, _work, io) => {
      const read = await node.facts(['packages', 'services'], io.signal);
      if (!read.ok) return probeOfTrouble(read.trouble);
      return { done: 'no', found: read.value.packages, service: read.value.service.state };
    },
  }),
};
