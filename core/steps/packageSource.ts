import { z } from 'zod';
import { PutError } from '../protocol/errors.ts';
import { shortText, someOf } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  readonly certLists: readonly {
    readonly fileName: string;
    readonly release: string;
    readonly title: string;
    readonly missing: readonly string[];
  }[];
  readonly packageCount: number;
  readonly proposal?: string | undefined;
}
interface Answer {
  /** File name of a cert list; absent: the packages of the library without one. */
  readonly certList?: string | undefined;
}
interface Given {
  readonly certList?: string | undefined;
  readonly release?: string | undefined;
  readonly packages?: readonly string[] | undefined;
}

/** A cert list, or the packages of the library without one. */
export const packageSource: AskShape<Screen, Answer, Given> = {
  screen: z.object({
    certLists: z.array(
      z.object({ fileName: z.string(), release: z.string(), title: z.string(), missing: z.array(z.string()) }),
    ),
    packageCount: z.number(),
    proposal: z.string().optional(),
  }),
  answer: z.strictObject({ certList: z.string().max(200).optional().describe('Cert list') }),
  propose: (screen, before) => before ?? (screen.proposal === undefined ? {} : { certList: screen.proposal }),
  obstacle: (screen) => (screen.packageCount === 0 ? 'the package library is empty: upload packages first' : undefined),
  names: {
    schemas: {
      /** By file name. */
      certList: shortText.optional(),
      release: shortText.optional(),
    },
    conflicts: ({ certList, release }) =>
      certList !== undefined && release !== undefined
        ? [{ at: 'release', message: 'give certList or release, not both' }]
        : [],
    answer: (given, screen) => {
      const certList = certListOf(given, screen);
      return certList === undefined ? {} : { certList };
    },
  },
};

function certListOf({ certList, release, packages }: Given, { certLists, proposal }: Screen): string | undefined {
  const names = someOf(certLists.map((list) => `${list.fileName} (release ${list.release})`));
  const there = names === '' ? 'the library has none' : `there is ${names}`;
  if (certList !== undefined) {
    if (certLists.some((list) => list.fileName === certList)) return certList;
    throw new PutError('package-unknown', `certList: the library has no cert list ${certList}; ${there}`, {
      fileName: certList,
    });
  }
  if (release !== undefined) {
    const list = certLists.find((one) => one.release === release);
    if (list) return list.fileName;
    throw new PutError('package-unknown', `release: the library has no cert list of release ${release}; ${there}`, {
      release,
    });
  }
  // Packages that are named one by one are taken from the library as they are; a cert list would add its mandatory ones.
  return packages ? undefined : proposal;
}
