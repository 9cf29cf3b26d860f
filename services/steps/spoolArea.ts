import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import type { PlannedChange } from '../../core/model/job.ts';
import { leavable } from '../../core/model/leavable.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { whyNoRoom, whyNoSpoolArea } from '../../core/steps/spoolArea.ts';
import { fileSystemOf, plainPath, spoolFolderOn } from '../../core/steps/spoolFolder.ts';
import { takingPart, type Member } from './JobSoFar.ts';
import { changesOfSelection, filesOfNode, prepareChanges } from './plan.ts';
import type { AskKind } from './StepKind.ts';

/**
 * Nodes with less room than is needed on a file system, and those of which no such file system is known, where the others can go on without all of them;
 * undefined where they cannot.
 */
function unfitFor(
  members: readonly Member[],
  path: string,
  neededBytes: number,
): { readonly tooFull: readonly string[]; readonly absentOn: readonly string[] } | undefined {
  const [tooFull, absentOn]: [string[], string[]] = [[], []];
  for (const { nodeId, facts } of members) {
    const freeBytes = facts?.fileSystems.find((one) => one.path === path)?.freeBytes;
    if (freeBytes === undefined) absentOn.push(nodeId);
    else if (freeBytes < neededBytes) tooFull.push(nodeId);
  }
  const unfit = tooFull.length + absentOn.length;
  return unfit === 0 || leavable([...tooFull, ...absentOn], members.length).length > 0
    ? { tooFull, absentOn }
    : undefined;
}

/** The folder of each node that packages are copied into. */
export const spoolArea: AskKind<object, ScreenOf<'spool-area'>, AnswerOf<'spool-area'>> = {
  form: 'ask',
  params: z.strictObject({}),
  prepare: (context) => prepareChanges(context),
  /**
   * File systems that every node has, or all but a few that can be left out, with the least free space among the nodes that have it and the most bytes that one
   * node needs. The proposal is /var/opt/teradata where it has room, as is usual on these systems, otherwise the one with most room.
   */
  open: ({ job, library }) => {
    const { packages, nodes } = changesOfSelection(job, library);
    let neededBytes = 0;
    const least = new Map<string, { free: number; fullest: string; nodes: number }>();
    const members = takingPart(job);
    // Nodes that are alike have one list of changes.
    const seen = new Set<readonly PlannedChange[]>();
    for (const { nodeId, facts } of members) {
      const changes = nodes[nodeId] ?? [];
      if (!seen.has(changes)) {
        seen.add(changes);
        const files = filesOfNode(job, packages, changes, nodeId);
        neededBytes = Math.max(
          neededBytes,
          files.reduce((sum, file) => sum + file.fileBytes, 0),
        );
      }
      for (const { path, freeBytes } of facts?.fileSystems ?? []) {
        const known = least.get(path);
        const isFuller = !known || freeBytes < known.free;
        const [free, fullest] = isFuller ? [freeBytes, nodeId] : [known.free, known.fullest];
        least.set(path, { free, fullest, nodes: (known?.nodes ?? 0) + 1 });
      }
    }
    const areas = [...least]
      // What the half of the nodes or more lack is not asked for by node.
      .filter(([, space]) => space.nodes * 2 > members.length)
      .flatMap(([path, { free, fullest, nodes: having }]) => {
        const folder = spoolFolderOn(path);
        // Of file systems of the system itself none is offered.
        if (folder === undefined) return [];
        const isEverywhere = having === members.length;
        const enough = isEverywhere && free >= neededBytes;
        const unfit = enough ? undefined : unfitFor(members, path, neededBytes);
        if (!isEverywhere && !unfit) return [];
        const { tooFull = [], absentOn = [] } = unfit ?? {};
        return [
          {
            ...{ path, folder, leastFreeBytes: free, fullestNode: fullest, neededBytes, enough },
            ...(tooFull.length > 0 ? { tooFull } : {}),
            ...(absentOn.length > 0 ? { absentOn } : {}),
          },
        ];
      })
      .sort(
        (a, b) =>
          Number(b.enough) - Number(a.enough) || b.leastFreeBytes - a.leastFreeBytes || (a.path < b.path ? -1 : 1),
      );
    const usual = areas.find((area) => area.path === '/var/opt/teradata' && area.enough);
    return { screen: { areas, proposal: (usual ?? areas[0])?.folder ?? '' } };
  },
  judge: (_context, screen, answer) => {
    const why = whyNoSpoolArea(screen, answer.path);
    if (why !== undefined) throw new PutError('input-invalid', why, { place: 'path' });
    const area = fileSystemOf(screen.areas, answer.path);
    if (area?.absentOn) throw new PutError('file-system-absent', whyNoRoom(area), { path: area.path });
    if (area && !area.enough) {
      throw new PutError('disk-full', whyNoRoom(area), {
        path: area.path,
        freeBytes: area.leastFreeBytes,
        neededBytes: area.neededBytes,
        nodeId: area.fullestNode ?? '',
      });
    }
    return { answer: { path: plainPath(answer.path) } };
  },
};
