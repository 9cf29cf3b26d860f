import { z } from 'zod';
import { briefNames } from '../model/nodeNames.ts';
import { PutError } from '../protocol/errors.ts';
import { someOf } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';
import { fileSystemOf, whyNoSpoolFolder } from './spoolFolder.ts';

interface Screen {
  readonly areas: readonly {
    /** Of the file system. */
    readonly path: string;
    /** The folder on it that is proposed; absent in jobs of before, and where no folder may be there. */
    readonly folder?: string | undefined;
    readonly leastFreeBytes: number;
    /** The node that has the least; absent in jobs of before. */
    readonly fullestNode?: string | undefined;
    readonly neededBytes: number;
    readonly enough: boolean;
    /** Nodes that have too little, where the others can go on without them; absent: none, or in jobs of before. */
    readonly tooFull?: readonly string[] | undefined;
    /** Nodes of which no such file system is known; the others can go on without them and those that have too little. Absent: none. */
    readonly absentOn?: readonly string[] | undefined;
  }[];
  readonly proposal: string;
}
interface Answer {
  /** The folder that packages are copied into; it is made where it is not there. */
  readonly path: string;
}

/** Why a folder cannot be the spool area, in words; undefined where it can. Room is not looked at. */
export function whyNoSpoolArea({ areas }: Screen, path: string): string | undefined {
  const why = whyNoSpoolFolder(path);
  if (why !== undefined) return why;
  if (fileSystemOf(areas, path)) return undefined;
  return `${path} is on no file system that every node has; there is ${someOf(areas.map((area) => area.path))}`;
}

/** Why a file system is none for the packages, in words: a node lacks it, or room on it. */
export function whyNoRoom({
  path,
  absentOn,
  leastFreeBytes,
  fullestNode,
  neededBytes,
}: Screen['areas'][number]): string {
  if (absentOn) return `no file system ${path} is known of ${briefNames(absentOn)}`;
  return `${path} has ${leastFreeBytes} bytes free on ${fullestNode ?? 'the fullest node'}; ${neededBytes} are needed`;
}

/** The folder of each node that packages are copied into, on a file system that every node has. */
export const spoolArea: AskShape<Screen, Answer, { readonly spoolArea?: string | undefined }> = {
  screen: z.object({
    areas: z.array(
      z.object({
        path: z.string(),
        folder: z.string().optional(),
        leastFreeBytes: z.number(),
        fullestNode: z.string().optional(),
        neededBytes: z.number(),
        enough: z.boolean(),
        tooFull: z.array(z.string()).optional(),
        absentOn: z.array(z.string()).optional(),
      }),
    ),
    proposal: z.string(),
  }),
  answer: z.strictObject({ path: z.string().min(1).max(1024).describe('Spool area') }),
  propose: (screen, before) => before ?? { path: screen.proposal },
  obstacle: ({ areas }) => {
    if (areas.some(({ enough }) => enough)) return undefined;
    if (areas[0]?.absentOn) return `no file system fits on every node: ${whyNoRoom(areas[0])}`;
    return `no file system has room for the packages on every node (${areas[0]?.neededBytes ?? 0} bytes needed)${areas[0]?.fullestNode === undefined ? '' : `: ${areas[0].path} of ${areas[0].fullestNode} has ${areas[0].leastFreeBytes}`}`;
  },
  whyOff: (screen, draft) => {
    if (!draft) return 'no spool area is chosen';
    const why = whyNoSpoolArea(screen, draft.path);
    if (why !== undefined) return why;
    const area = fileSystemOf(screen.areas, draft.path);
    if (area?.absentOn) return whyNoRoom(area);
    return area?.enough === true ? undefined : 'no spool area with enough room is chosen';
  },
  inTheWay: ({ areas }, draft) => {
    const { tooFull = [], absentOn = [] } = (draft && fileSystemOf(areas, draft.path)) ?? {};
    return [...tooFull, ...absentOn];
  },
  names: {
    schemas: { spoolArea: z.string().trim().min(1).max(1024).optional() },
    answer: (given, screen) => {
      const path = given.spoolArea ?? screen.proposal;
      const why = whyNoSpoolArea(screen, path);
      if (why === undefined) return { path };
      throw new PutError('input-invalid', `spoolArea: ${why}`, { path });
    },
  },
};
