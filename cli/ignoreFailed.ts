import { seenOf, stoppedAnswer, type Cell } from '../core/model/job.ts';
import { eachOf, needsDecision, type JobHead, type Sharded } from '../core/model/jobParts.ts';
import { readPart } from './jobPicture.ts';
import { someNodes } from './jobText.ts';
import type { SessionContext } from './launch.ts';
import { plural } from './output/words.ts';
import { unlessEnded } from './waiting.ts';

/** Option of commands that go on without nodes that stand in the way. */
export const IGNORE_FAILED = '--ignore-failed <reason>';
export const IGNORE_FAILED_HELP =
  'go on without nodes that failed, cannot be reached or alone stand against an answer; else a person decides';

/** Nodes of a step that a person decides about; one that is being probed finds out by itself. */
export function openCells(cells: Sharded<Cell>): string[] {
  return [...eachOf(cells)].filter(([, cell]) => needsDecision(cell)).map(([nodeId]) => nodeId);
}

/** Leaves nodes out at the step that the job stands at, for a reason. */
async function ignore(
  { host, session, output }: SessionContext,
  head: JobHead,
  nodeIds: readonly string[],
  reason: string,
): Promise<void> {
  const { jobId, currentStep: stepId } = head;
  const request = { jobId, seen: seenOf(head), stepId, nodeIds: [...nodeIds], reason };
  const { ignored } = await unlessEnded(host, session, session.request('job.ignore', request));
  output.note(`Left out at ${head.steps[stepId]?.title ?? stepId}, ${plural(ignored, 'node')}: ${someNodes(nodeIds)}.`);
}

/**
 * Goes on without the nodes because of which a job waits for a person: those that failed, are unreachable or unknown at its step, or that alone stand against
 * the answer that it was given. False: it waits for something else.
 */
export async function ignoreInTheWay(context: SessionContext, head: JobHead, reason: string): Promise<boolean> {
  const { jobId, currentStep, steps } = head;
  const failed = head.state === 'attention' && steps[currentStep]?.counts !== undefined;
  const inTheWay = failed
    ? openCells(await readPart(context, jobId, `cells:${currentStep}`))
    : (stoppedAnswer(head)?.nodeIds ?? []);
  if (inTheWay.length === 0) return false;
  await ignore(context, head, inTheWay, reason);
  return true;
}
