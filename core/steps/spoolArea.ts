import { z } from 'zod';
import { PutError } from '../protocol/errors.ts';
import { someOf } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  readonly areas: readonly {
    readonly path: string;
    readonly leastFreeBytes: number;
    readonly neededBytes: number;
    readonly enough: boolean;
  }[];
  readonly proposal: string;
}
interface Answer {
  readonly path: string;
}

/** The file system of each node that holds copies of the packages. */
export const spoolArea: AskShape<Screen, Answer, { readonly spoolArea?: string | undefined }> = {
  screen: z.object({
    areas: z.array(
      z.object({ path: z.string(), leastFreeBytes: z.number(), neededBytes: z.number(), enough: z.boolean() }),
    ),
    proposal: z.string(),
  }),
  answer: z.strictObject({ path: z.string().min(1).max(1024).describe('Spool area') }),
  propose: (screen, before) => before ?? { path: screen.proposal },
  obstacle: ({ areas }) =>
    areas.some(({ enough }) => enough)
      ? undefined
      : `no file system has room for the packages on every node (${areas[0]?.neededBytes ?? 0} bytes needed)`,
  whyOff: ({ areas }, draft) =>
    areas.some(({ path, enough }) => enough && path === draft?.path)
      ? undefined
      : 'no spool area with enough room is chosen',
  names: {
    schemas: { spoolArea: z.string().trim().min(1).max(1024).optional() },
    answer: (given, { areas, proposal }) => {
      const path = given.spoolArea ?? proposal;
      if (areas.some((area) => area.path === path)) return { path };
      const there = someOf(areas.map((area) => area.path));
      throw new PutError('input-invalid', `spoolArea: ${path} is not a file system of every node; there is ${there}`, {
        path,
      });
    },
  },
};
