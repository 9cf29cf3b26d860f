import type { JobPlan, PackageChoice, SelectionProblem } from './job.ts';
import type { SelectionContext } from './selectionRules.ts';
export type { SelectionContext, SelectionNode } from './selectionRules.ts';

/**
 * The packages that Select Packages offers: every file of the library, with what is on the nodes, whether it belongs to the
 * recommended set, and why it is refused (`package-wrong-arch`, `package-wrong-os`, `package-older`). `selected` is the proposal:
 * recommended and not refused.
 */
export declare function recommendPackages(context: SelectionContext): PackageChoice[];

/**
 * What stands against a selection of library files; Next stays off while the list is not empty.
 * @param fileNames the selected files; one that the library does not have is a `package-unknown` problem.
 */
export declare function checkSelection(context: SelectionContext, fileNames: readonly string[]): SelectionProblem[];

/**
 * The packages of the plan in order of installation (required ones first), the changes on each node in the same order, and warnings in words.
 * Call it with a selection that `checkSelection` finds nothing against. A node with nothing to do has an empty list.
 * @throws PutError package-unknown for a file that the library does not have.
 */
export declare function planNodeChanges(
  context: SelectionContext,
  fileNames: readonly string[],
): Pick<JobPlan, 'packages' | 'nodes' | 'warnings'>;
