import { z } from 'zod';
import { labelOf, type PlannedPackage } from '../../core/model/job.ts';
import type { InstalledPackage } from '../../core/model/node.ts';
import { stepsOf } from '../../core/model/operationSpec.ts';
import { whyLeftOut } from '../../core/steps/conditions.ts';
import { formatEvr, formatNevra } from '../../core/model/rpmVersion.ts';
import { outcomeOfTrouble, probeOfTrouble } from './detached.ts';
import { hasGoneBack, wentBack } from './guard.ts';
import { packageStanding } from './packageStanding.ts';
import { buildsOfNode, changesOn, requirePlan } from './plan.ts';
import { nodeWork, type WorkKind } from './StepKind.ts';
import { isThere, wayBackOf } from './wayBack.ts';

interface ValidateParams {
  /** What the plan promised, or what was there before it. */
  readonly of: 'plan' | 'before';
}

/** What a node should have: every package of `expected` at its version, none of `absent`, the service up. */
export interface ValidateWork {
  readonly expected: readonly PlannedPackage[];
  readonly ignoredItems: readonly string[];
  readonly absent?: readonly InstalledPackage[] | undefined;
  /** A guard on the node may have brought it back. */
  readonly guarded?: true | undefined;
}

/** Reads back what is on each node and compares it with the plan, or with what was there before it. */
export const validate: WorkKind<ValidateParams> = {
  form: 'work',
  params: z.strictObject({ of: z.enum(['plan', 'before']).default('plan') }),
  ...nodeWork<ValidateParams, ValidateWork>({
    workFor: ({ job, library, params }, nodeId) => {
      if (params.of === 'plan') {
        const expected = buildsOfNode(job, requirePlan(job).packages, changesOn(job, nodeId), nodeId);
        const guarded = stepsOf(job.spec).some((step) => step.use === 'guard' && whyLeftOut(job, step) === undefined);
        const ignoredItems = job.member(nodeId)?.ignoredItems ?? [];
        return { expected, ignoredItems, ...(guarded ? { guarded: true } : {}) };
      }
      const { files, missing, erase, eraseFirst } = wayBackOf(job, library, nodeId);
      const withoutFile = missing.map((one) => ({ ...one, fileName: '', sha256: '', fileBytes: 0, mandatory: false }));
      return { expected: [...files, ...withoutFile], ignoredItems: [], absent: [...eraseFirst, ...erase] };
    },
    run: async (node, { expected, ignoredItems, absent = [], guarded }, io) => {
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
      const still = absent.find((build) => isThere(found, build));
      const seen = { found, service: service.state };
      if (first && guarded && (await hasGoneBack(node, io)))
        return { state: 'failed', cause: wentBack(nodeId), goesBack: 'over', ...seen };
      if (first) {
        const more = wrong.length > 1 ? ` and ${wrong.length - 1} more` : '';
        const message = `${nodeId}: ${first.name} ${formatEvr(first)} expected, found ${here(first)}${more}`;
        const cause = { code: 'validation-failed', message, packageName: labelOf(first) };
        return { state: 'failed', cause, ...seen };
      }
      if (still) {
        const message = `${nodeId}: ${formatNevra(still)} was not there before and still is`;
        return { state: 'failed', cause: { code: 'validation-failed', message, packageName: still.name }, ...seen };
      }
      if (service.state !== 'up' && service.state !== 'none') {
        const message = `${nodeId}: ${service.name} is ${service.state}`;
        return { state: 'failed', cause: { code: 'validation-failed', message }, ...seen };
      }
      const up = service.state === 'none' ? '' : `, ${service.name} up`;
      io.onLog(`${expected.length} packages as they should be${up}`);
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
