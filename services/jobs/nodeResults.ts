import { emptyColumn, withValues, type Column } from '../sequencer/column.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { flightOf, type SequencerState } from '../sequencer/state.ts';

/*
 * What the work of a step came to on each node, of kinds that keep more of it than a state: the output of a command, the finding of a check. Made from
 * the events of a job beside the machine, that does not look into it; the tables of the kinds are made from it when somebody asks.
 */

/** The newest result of a node. It counts for the attempt that it came with, and for no other. */
export interface NodeResult {
  readonly attempt: number;
  readonly result: object;
}

/** By step id. */
export type NodeResults = Readonly<Record<string, Column<NodeResult>>>;

/** The results after an event; `before` and `after` are the states of the job around it. */
export function applyToNodeResults(
  results: NodeResults,
  event: JobEvent,
  before: SequencerState,
  after: SequencerState,
): NodeResults {
  if (before.nodes.ids !== after.nodes.ids) return {};
  if ((event.kind !== 'cell-ended' && event.kind !== 'cell-probed') || !event.outcome.result) return results;
  const { stepId, attempt } = event;
  // News of work that is not under way, or that a person gave up, change nothing.
  const found = flightOf(before, event);
  if (!found || found.flight.aborted) return results;
  const column = results[stepId] ?? emptyColumn<NodeResult>(after.nodes.ids.length);
  const { result } = event.outcome;
  return { ...results, [stepId]: withValues(column, [[found.index, { attempt, result }]]) };
}
