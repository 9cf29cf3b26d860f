import type { SelectionProblem } from './job.ts';
import { someOf } from './selectionRules.ts';

/** Near-equal problems of a selection as one: twenty packages that lack one library. */
export interface FoldedProblem {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  /** Files of the library that would mend one or more of them. */
  readonly offers: readonly string[];
}

/** Problems that say the same of several packages are told once, with the first packages and how many more. */
export function foldProblems(problems: readonly SelectionProblem[]): FoldedProblem[] {
  const groups = Map.groupBy(problems, (one, i) => (one.what === undefined ? `${i}` : `${one.code}\n${one.what}`));
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (!first) return [];
    const subjects = [...new Set(alike.map((one) => one.subject ?? ''))];
    const folded = {
      code: first.code,
      message: alike.length === 1 ? first.message : `${someOf(subjects)}: ${first.what ?? ''}`,
      count: alike.length,
      offers: [...new Set(alike.flatMap((one) => one.offers))],
    };
    return [folded];
  });
}
