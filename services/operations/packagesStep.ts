import type { SelectionProblem, StepInput, StepScreen } from '../../core/model/job.ts';
import type { LibraryView } from '../../core/model/package.ts';
import type { SelectionContext } from '../../core/model/selection.ts';
import { runAtOnce, type Slices } from '../../core/model/slices.ts';
import { compareVersionText } from '../../core/model/rpmVersion.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { ERROR_CATALOGUE, type ErrorCode } from '../../core/protocol/errorCatalogue.ts';
import type { SelectionLibrary } from '../jobs/ports.ts';
import type { SequencerState } from '../jobs/sequencerState.ts';
import { takingPart } from './leftOut.ts';
import { choicesOf, verdictOf } from './selectionMemory.ts';

type Screen<S extends StepScreen['stepId']> = StepScreen & { stepId: S };

/** What a context was made from; equal parts, equal context. */
type ContextParts = readonly [
  packages: object,
  certList: object | undefined,
  facts: object,
  nodes: object,
  leftOut: object,
];

/** The last contexts: of the job that runs, before and after a change of its library. */
const lastContexts: { readonly parts: ContextParts; readonly context: SelectionContext }[] = [];
const KEPT_CONTEXTS = 2;

/**
 * What a selection is judged against: the library, the chosen cert list, and every node that takes part with its facts. The same object
 * while none of these changes, so that what was found out about it counts.
 */
export function selectionContext(state: SequencerState, library: SelectionLibrary): SelectionContext {
  const source = state.view.inputs['package-source'] as (StepInput & { stepId: 'package-source' }) | undefined;
  const chosen = source?.certList === undefined ? undefined : library.certLists[source.certList];
  if (source?.certList !== undefined && !chosen) {
    throw new PutError('package-unknown', `cert list ${source.certList} is not in the package library any more`, {
      fileName: source.certList,
    });
  }
  const parts: ContextParts = [library.packages, chosen, state.facts, state.view.nodes, state.leftOut];
  const known = lastContexts.find((one) => one.parts.every((part, i) => part === parts[i]));
  if (known) return known.context;
  const nodes = takingPart(state).flatMap((nodeId) => {
    const facts = state.facts[nodeId];
    const node = state.view.nodes[nodeId];
    return facts && node ? [{ nodeId, type: node.type, facts }] : [];
  });
  const { filesOf } = library;
  const context = { library: Object.values(library.packages), certList: chosen, nodes, filesOf };
  lastContexts.push({ parts, context });
  lastContexts.splice(0, Math.max(0, lastContexts.length - KEPT_CONTEXTS));
  return context;
}

/** Cert lists, newest release first; the proposal is the newest complete one. */
export function packageSourceScreen(library: LibraryView): Screen<'package-source'> {
  const certLists = Object.values(library.certLists)
    .map(({ fileName, release, title, missing }) => ({ fileName, release, title, missing }))
    .sort((a, b) => compareVersionText(b.release, a.release) || (a.fileName < b.fileName ? -1 : 1));
  return {
    stepId: 'package-source',
    certLists,
    packageCount: Object.keys(library.packages).length,
    proposal: (certLists.find((list) => list.missing.length === 0) ?? certLists[0])?.fileName,
  };
}

/** The recommended set and what stands against it. */
export function selectPackagesScreen(state: SequencerState, library: SelectionLibrary): Screen<'select-packages'> {
  return runAtOnce(selectPackagesInSlices(state, library));
}

/** `selectPackagesScreen` with places to pause; asked once more for the same, it answers at once. */
export function* selectPackagesInSlices(
  state: SequencerState,
  library: SelectionLibrary,
): Slices<Screen<'select-packages'>> {
  const context = selectionContext(state, library);
  const choices = yield* choicesOf(context);
  const proposed = choices.filter((choice) => choice.selected).map((choice) => choice.fileName);
  const { problems, leftToRpm } = yield* verdictOf(context, proposed);
  return { stepId: 'select-packages', choices, problems, notes: leftToRpm };
}

/** Throws the first problem of a selection as an error; its message tells how many there are. */
export function refuseProblems(problems: readonly SelectionProblem[]): void {
  const first = problems[0];
  if (!first) return;
  const code = Object.hasOwn(ERROR_CATALOGUE, first.code) ? (first.code as ErrorCode) : 'input-invalid';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new PutError(code, `${first.message}${more}`, { packageName: first.packageName, problems: problems.length });
}
