import { z } from 'zod';
import { labelOf, type PlannedPackage } from '../../core/model/job.ts';
import { outcomeOfTrouble, probeOfTrouble } from './detached.ts';
import { changesOn, filesOfNode, requirePlan, whyUnchanged } from './plan.ts';
import { nodeWork, type WorkKind } from './StepKind.ts';
import { wayBackOf, withoutWayBack, type WayBack } from './wayBack.ts';

interface PutParams {
  /** The packages of the plan, or the kept files of the versions before. */
  readonly of: 'plan' | 'before';
  /** Name of the setting that says what becomes of packages of operations before: with `remove` those that this one does not need go. */
  readonly oldFiles?: string | undefined;
}

interface PutWork {
  readonly folder: string;
  readonly packages: readonly PlannedPackage[];
  /** Packages that are needed and of which there is no file. */
  readonly missing?: WayBack['missing'] | undefined;
  /** Packages that stay in the folder, where the others go. */
  readonly keep?: readonly string[] | undefined;
}

const namesOf = (packages: readonly PlannedPackage[]): string[] => packages.map(({ fileName }) => fileName);

/** Where a file lies in a folder of a node. */
export function pathIn(folder: string, fileName: string): string {
  return `${folder.replace(/\/+$/, '')}/${fileName}`;
}

/** Copies the packages of the plan, or those of before, into the spool area of each node. */
export const putFiles: WorkKind<PutParams> = {
  form: 'work',
  params: z.strictObject({ of: z.enum(['plan', 'before']).default('plan'), oldFiles: z.string().optional() }),
  ...nodeWork<PutParams, PutWork>({
    whyNot: ({ job }, nodeId) => whyUnchanged(job, nodeId),
    workFor: ({ job, library, params }, nodeId) => {
      const { spoolArea, packages } = requirePlan(job);
      if (params.of === 'before') {
        const { files, missing } = wayBackOf(job, library, nodeId);
        return { folder: spoolArea, packages: files, missing };
      }
      const files = filesOfNode(job, packages, changesOn(job, nodeId), nodeId);
      const removes = params.oldFiles !== undefined && job.settings[params.oldFiles] === 'remove';
      // What a rollback would need is not removed, only to be sent again.
      const keep = removes ? { keep: namesOf([...files, ...wayBackOf(job, library, nodeId).files]) } : {};
      return { folder: spoolArea, packages: files, ...keep };
    },
    run: async (node, { folder, packages, missing: withoutFile = [], keep }, io) => {
      if (withoutFile.length > 0) {
        const facts = await node.facts(['packages'], io.signal);
        if (!facts.ok) return outcomeOfTrouble(facts.trouble, io.signal);
        const cause = withoutWayBack(node.nodeId, { missing: withoutFile }, facts.value.packages);
        if (cause) return { state: 'failed', cause, found: facts.value.packages };
      }
      if (keep) {
        // Before anything is sent, so that it has their room.
        const gone = await node.tidy(folder, keep, io.signal);
        if (!gone.ok) return outcomeOfTrouble(gone.trouble, io.signal);
        for (const name of gone.value) io.onLog(`${pathIn(folder, name)}: removed, this operation does not need it`);
      }
      const files = packages.map(({ fileName, sha256, fileBytes }) => {
        return { path: io.libraryPath(fileName), name: fileName, sizeBytes: fileBytes, sha256 };
      });
      const put = await node.put(files, folder, {
        signal: io.signal,
        onProgress: (bytes, ofBytes) => io.onProgress((100 * bytes) / Math.max(1, ofBytes)),
      });
      if (!put.ok) {
        const outcome = outcomeOfTrouble(put.trouble, io.signal);
        if (outcome.cause) io.onLog(`error: ${outcome.cause.message}`);
        const about = packages.find(({ fileName }) => fileName === put.trouble.file);
        // A file is renamed when it is whole: nothing goes on there, and nothing half is left.
        return outcome.cause && about
          ? { ...outcome, cause: { packageName: labelOf(about), ...outcome.cause } }
          : outcome;
      }
      for (const [i, { name, sizeBytes }] of files.entries()) {
        if (put.value[i] === 'copied') io.onLog(`${pathIn(folder, name)}: ${sizeBytes} bytes, digest right`);
      }
      io.onProgress(100);
      return { state: 'ok' };
    },
    probe: async (node, { folder, packages, keep }, io) => {
      const there = await node.digests(folder, namesOf(packages), io.signal);
      if (!there.ok) return probeOfTrouble(there.trouble);
      const right = packages.filter(({ fileName, sha256 }) => there.value[fileName] === sha256).length;
      // Whether the others are gone is not known from that; what is there is not sent again.
      return { done: right === packages.length && !keep ? 'yes' : right > 0 ? 'partly' : 'no' };
    },
  }),
};
