import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import type { PlannedChange } from '../../core/model/job.ts';
import { leavable } from '../../core/model/leavable.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { whyNoSpoolArea } from '../../core/steps/spoolArea.ts';
import { fileSystemOf, plainPath, spoolFolderOn } from '../../core/steps/spoolFolder.ts';
import { takingPart, type Member } from './JobSoFar.ts';
import { changesOfSelection, filesOfNode, prepareChanges } from './plan.ts';
import type { AskKind } from './StepKind.ts';

/** Nodes with less room than is needed on a file system. */
function fullOn(members: readonly Member[], path: string, neededBytes: number): string[] {
  return members.flatMap(({ nodeId, facts }) => {
    const freeBytes = facts?.fileSystems.find((one) => one.path === path)?.freeBytes ?? 0;
    return freeBytes < neededBytes ? [nodeId] : [];
  });
}

/** The folder of each node that packages are copied into. */
export const spoolArea: AskKind<object, ScreenOf<'spool-area'>, AnswerOf<'spool-area'>> = {
  form: 'ask',
  params: z.strictObject({}),
  prepare: (context) => prepareChanges(context),
  /**
   * File systems that every node has, with the least free space among the nodes and the most bytes that one node needs. The proposal is
   * /var/opt/teradata where it has room, as is usual on these systems, otherwise the one with most room.
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
      .filter(([, space]) => space.nodes === members.length)
      .flatMap(([path, { free, fullest }]) => {
        const folder = spoolFolderOn(path);
        // Of file systems of the system itself none is offered.
        if (folder === undefined) return [];
        const tooFull = free >= neededBytes ? [] : leavable(fullOn(members, path, neededBytes), members.length);
        return [
          {
            ...{ path, folder, leastFreeBytes: free, fullestNode: fullest, neededBytes, enough: free >= neededBytes },
            ...(tooFull.length > 0 ? { tooFull } : {}),
          },
        ];
      })
      .sort((a, b) => b.leastFreeBytes - a.leastFreeBytes || (a.path < b.path ? -1 : 1));
    const usual = areas.find((area) => area.path === '/var/opt/teradata' && area.enough);
    return { screen: { areas, proposal: (usual ?? areas[0])?.folder ?? '' } };
  },
  judge: (_context, screen, answer) => {
    const why = whyNoSpoolArea(screen, answer.path);
    if (why !== undefined) throw new PutError('input-invalid', why, { place: 'path' });
    const area = fileSystemOf(screen.areas, answer.path);
    if (area && !area.enough) {
      throw new PutError(
        'disk-full',
        `${area.path} has ${area.leastFreeBytes} bytes free on ${area.fullestNode ?? 'the fullest node'}; ${area.neededBytes} are needed`,
        {
          path: area.path,
          freeBytes: area.leastFreeBytes,
          neededBytes: area.neededBytes,
          nodeId: area.fullestNode ?? '',
        },
      );
    }
    return { answer: { path: plainPath(answer.path) } };
  },
};
