import { z } from 'zod';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import type { SelectionProblem } from '../../core/model/job.ts';
import type { JobAnswers } from '../../core/steps/givenAnswers.ts';
import type { SelectionContext, SelectionVerdict } from '../../core/model/selection.ts';
import { runAtOnce, type Slices } from '../../core/model/slices.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { isErrorCode } from '../../core/protocol/errorCatalogue.ts';
import type { SelectionLibrary } from './SelectionLibrary.ts';
import { takingPart, type JobSoFar } from './JobSoFar.ts';
import { choicesOf, verdictOf } from './selectionMemory.ts';
import type { AskKind, StepContext } from './StepKind.ts';

/** The packages that go to the nodes; the recommended set is proposed. */
export const selectPackages: AskKind<object, ScreenOf<'select-packages'>, AnswerOf<'select-packages'>> = {
  form: 'ask',
  params: z.strictObject({}),
  fromLibrary: true,
  *prepare(context) {
    yield* screenInSlices(context);
    const given = context.job.given?.answers as JobAnswers | undefined;
    const own = given?.answers?.[context.step.id] as AnswerOf<'select-packages'> | undefined;
    const named = own?.fileNames ?? given?.packages;
    if (named) yield* verdictOf(selectionContext(context.job, context.library), named);
  },
  check: ({ job, library }, { fileNames }) => {
    const { problems, leftToRpm, inTheWay } = judgeSelection(job, fileNames, library);
    return { problems, notes: leftToRpm, inTheWay };
  },
  prepareAnswer: ({ job, library }, { fileNames }) => judgeSelectionBefore(job, fileNames, library),
  open: (context) => ({ screen: runAtOnce(screenInSlices(context)) }),
  judge: ({ job, library }, _screen, answer) => {
    refuseProblems(judgeSelection(job, answer.fileNames, library).problems);
    return { answer: { ...answer, fileNames: [...new Set(answer.fileNames)] } };
  },
};

function* screenInSlices({ job, library }: StepContext): Slices<ScreenOf<'select-packages'>> {
  const context = selectionContext(job, library);
  const choices = yield* choicesOf(context);
  const proposed = choices.filter((choice) => choice.selected).map((choice) => choice.fileName);
  const { problems, leftToRpm, inTheWay } = yield* verdictOf(context, proposed);
  return { choices, problems, notes: leftToRpm, ...(inTheWay.length > 0 ? { inTheWay } : {}) };
}

/** The last contexts, with what they were made from: of the job that runs, before and after a change of its library. */
const lastContexts: { readonly parts: readonly unknown[]; readonly context: SelectionContext }[] = [];
const KEPT_CONTEXTS = 2;

/**
 * What a selection is judged against: the library, the chosen cert list, and every node that takes part with its facts. The same object
 * while none of these changes, so that what was found out about it counts.
 */
export function selectionContext(job: JobSoFar, library: SelectionLibrary): SelectionContext {
  const source = job.answerOf('package-source') as AnswerOf<'package-source'> | undefined;
  const chosen = source?.certList === undefined ? undefined : library.certLists[source.certList];
  if (source?.certList !== undefined && !chosen) {
    throw new PutError('package-unknown', `cert list ${source.certList} is not in the package library any more`, {
      fileName: source.certList,
    });
  }
  const parts = [library.packages, chosen, ...job.nodeParts];
  const known = lastContexts.find((one) => one.parts.every((part, i) => part === parts[i]));
  if (known) return known.context;
  const nodes = takingPart(job).flatMap(({ nodeId, type, facts }) => (facts ? [{ nodeId, type, facts }] : []));
  const { filesOf } = library;
  const context = { library: Object.values(library.packages), certList: chosen, nodes, filesOf };
  lastContexts.push({ parts, context });
  lastContexts.splice(0, Math.max(0, lastContexts.length - KEPT_CONTEXTS));
  return context;
}

/** What stands against a selection. @throws PutError step-not-current before facts are known */
function judgeSelection(job: JobSoFar, fileNames: readonly string[], library: SelectionLibrary): SelectionVerdict {
  if (!job.members().some((member) => member.facts)) {
    throw new PutError('step-not-current', 'the nodes have not been read yet, so a selection cannot be checked');
  }
  return runAtOnce(verdictOf(selectionContext(job, library), fileNames));
}

/** Finds out beforehand, with places to pause, what `judgeSelection` will answer. */
function* judgeSelectionBefore(
  job: JobSoFar,
  fileNames: readonly string[],
  library: SelectionLibrary,
): Slices<undefined> {
  if (job.members().some((member) => member.facts)) yield* verdictOf(selectionContext(job, library), fileNames);
  return undefined;
}

/** Throws the first problem of a selection as an error; its message tells how many there are. */
function refuseProblems(problems: readonly SelectionProblem[]): void {
  const first = problems[0];
  if (!first) return;
  const code = isErrorCode(first.code) ? first.code : 'input-invalid';
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new PutError(code, `${first.message}${more}`, { packageName: first.packageName, problems: problems.length });
}
