import { Option, type Command } from 'commander';
import { stepIds } from '../../core/model/operation.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { ExitCode } from '../exitCodes.ts';
import { readJobs } from '../jobs.ts';
import { list, parsedBy, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { NODES_HELP } from '../nodeSelection.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

/** A step by its id or title. */
export const step = parsedBy((text: string): StepId => {
  const wanted = text.trim().toLowerCase().replaceAll(' ', '-').replace(/!$/, '');
  const found = stepIds().find((stepId) => stepId === wanted);
  if (!found) throw new PutError('usage', `there is no step ${text}; there are ${stepIds().join(', ')}`);
  return found;
});

/** A wave by its number, from 1. */
export const waveNumber = parsedBy((text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new PutError('usage', `${text} is no wave; waves are counted from 1`);
});

/** What changes a job may take it over from the person who drives it, for a reason. */
export interface BatonOptions {
  readonly takeBaton?: string | undefined;
}

/** The argument of commands that change a job. */
export const JOB_ARGUMENT = 'number or id (default: the running job)';

/** Adds the words behind a command of a job that takes nodes too: a job, nodes, or a job and then nodes; `--nodes` says the same. */
export function withJobAndNodes(command: Command, job = JOB_ARGUMENT): Command {
  return command
    .argument('[job]', `${job}; what is no job is a node`)
    .argument('[nodes...]', `nodes: ${NODES_HELP}`)
    .addOption(new Option('--nodes <a,b>', 'the same by an option').argParser(list));
}

/**
 * The action of such a command: its work gets the job and the nodes that a person means by the words behind it. The first is a job where it is a number, or the id of
 * a job. Naming nodes by words and by `--nodes` is refused with `usage`.
 */
export function forJobAndNodes<T extends { readonly nodes?: readonly string[] | undefined }>(
  launch: Launcher,
  work: (context: SessionContext, job: string | undefined, options: T) => Promise<ExitCode>,
): (word: string | undefined, words: readonly string[], given: CommonOptions & T) => Promise<void> {
  return (first, more, given) =>
    launch.withSession(given, async (context) => {
      const isJob =
        first !== undefined && (/^\d+$/.test(first) || (await readJobs(context)).some(({ jobId }) => jobId === first));
      const nodes = isJob || first === undefined ? more : [first, ...more];
      return work(context, isJob ? first : undefined, withNodesNamed(nodes, given));
    });
}

/** Options with the nodes that were named behind the command. @throws PutError usage where `--nodes` names some too */
export function withNodesNamed<T extends { readonly nodes?: readonly string[] | undefined }>(
  words: readonly string[],
  options: T,
): T {
  if (words.length === 0) return options;
  if (options.nodes !== undefined)
    throw new PutError('usage', 'name the nodes once: behind the command, or by --nodes');
  return { ...options, nodes: words.flatMap((word) => list(word)) };
}
