import { z } from 'zod';
import type { PackageChoice, SelectionProblem } from '../model/job.ts';
import { PutError } from '../protocol/errors.ts';
import { namedTwice, shortText } from './answerParts.ts';
import type { AskShape } from './AskShape.ts';

interface Screen {
  readonly choices: readonly PackageChoice[];
  readonly problems: readonly SelectionProblem[];
  /** What of the proposal is left to rpm on the nodes, in words. Absent from older services. */
  readonly notes?: readonly string[] | undefined;
  /** Nodes without which there would be no problem. Absent from older services. */
  readonly inTheWay?: readonly string[] | undefined;
}
interface Answer {
  readonly fileNames: readonly string[];
}

const problem = z.object({
  ...{ code: z.string(), message: z.string(), packageName: z.string(), offers: z.array(z.string()) },
  ...{ subject: z.string().optional(), what: z.string().optional() },
});
const choice = z.object({
  ...{ name: z.string(), epoch: z.number(), version: z.string(), release: z.string(), arch: z.string() },
  ...{ fileName: z.string(), recommended: z.boolean(), mandatory: z.boolean(), selected: z.boolean() },
  onNodes: z.array(z.object({ version: z.string(), nodes: z.number() })),
  nodeTypes: z.array(z.string()),
  refused: z.object({ code: z.string(), message: z.string(), packageName: z.string().optional() }).optional(),
});

/** The packages that go to the nodes; the recommended set is proposed. */
export const selectPackages: AskShape<Screen, Answer, { readonly packages?: readonly string[] | undefined }> = {
  screen: z.object({
    ...{ choices: z.array(choice), problems: z.array(problem), notes: z.array(z.string()).optional() },
    inTheWay: z.array(z.string()).optional(),
  }),
  answer: z.strictObject({ fileNames: z.array(z.string().max(200)).min(1).max(10_000).describe('Packages') }),
  // What was chosen before is among what the master marks as selected; the library may be another one by now.
  propose: ({ choices }) => ({
    fileNames: choices.filter(({ selected, refused }) => selected && !refused).map(({ fileName }) => fileName),
  }),
  obstacle: ({ problems }) => {
    const hopeless = problems.filter(
      ({ offers, code }) => offers.length === 0 && ['package-missing', 'certlist-incomplete'].includes(code),
    );
    if (hopeless.length === 0) return undefined;
    const names = hopeless.slice(0, 3).map(({ packageName }) => packageName);
    const more = hopeless.length > 3 ? ` and ${hopeless.length - 3} more` : '';
    return `${hopeless.length} mandatory ${hopeless.length === 1 ? 'package is' : 'packages are'} not in the package library: ${names.join(', ')}${more}`;
  },
  whyOff: (screen, draft, verdict) => {
    if (!draft || draft.fileNames.length === 0) return 'no package is selected';
    if (verdict) return problemsText(verdict.problems);
    // What the screen came with is about its proposal; another selection is judged by the master.
    return isProposal(screen, draft) ? problemsText(screen.problems) : undefined;
  },
  inTheWay: (screen, draft, verdict) => {
    if (verdict) return verdict.inTheWay ?? [];
    return draft && isProposal(screen, draft) ? (screen.inTheWay ?? []) : [];
  },
  names: {
    schemas: { packages: z.array(shortText).min(1).max(10_000).optional() },
    conflicts: ({ packages }) => namedTwice('packages', packages),
    answer: ({ packages }, { choices }) => {
      if (!packages) {
        const fileNames = choices.filter(({ selected }) => selected).map(({ fileName }) => fileName);
        if (fileNames.length > 0) return { fileNames };
        throw new PutError(
          'package-missing',
          'the recommended set is empty: no package of the library is newer than what the nodes have',
        );
      }
      const known = new Set(choices.map(({ fileName }) => fileName));
      const stranger = packages.find((fileName) => !known.has(fileName));
      if (stranger === undefined) return { fileNames: packages };
      throw new PutError('package-unknown', `packages: the library has no ${stranger}`, { fileName: stranger });
    },
  },
};

function isProposal({ choices }: Screen, { fileNames }: Answer): boolean {
  const proposed = new Set(choices.flatMap(({ selected, fileName }) => (selected ? [fileName] : [])));
  return fileNames.length === proposed.size && fileNames.every((one) => proposed.has(one));
}

/** The first problem of a selection, and how many more there are; undefined where there is none. */
export function problemsText(problems: readonly SelectionProblem[]): string | undefined {
  const [first, ...more] = problems;
  if (!first) return undefined;
  if (more.length === 0) return first.message;
  return `${first.message} And ${more.length} more ${more.length === 1 ? 'problem' : 'problems'}.`;
}
