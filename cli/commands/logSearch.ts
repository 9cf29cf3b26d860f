import { printable } from '../../core/model/strangerText.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { findJob } from '../jobs.ts';
import { jobTitle } from '../jobText.ts';
import type { SessionContext } from '../launch.ts';
import { plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { lineText, type LogOptions } from './logText.ts';

type FoundNode = MethodResult<'job.searchLog'>['nodes'][number];

/** Nodes that are told where nothing says how many. */
const USUAL_NODES = 100;
/** Nodes that one request gives. */
const MOST_NODES = 200;

/** Finds a text in what all nodes of a job said. */
export async function searchLogs(
  context: SessionContext,
  named: string | undefined,
  text: string,
  { step, limit = USUAL_NODES }: LogOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const job = await findJob(context, named, { orLast: true });
  const { jobId, jobNumber } = job;
  const nodes: FoundNode[] = [];
  let searched = 0;
  let from: number | undefined = 0;
  while (from !== undefined && nodes.length < limit) {
    const part: MethodResult<'job.searchLog'> = await unlessEnded(
      host,
      session,
      session.request('job.searchLog', {
        ...{ jobId, text, from, limit: Math.min(MOST_NODES, limit - nodes.length) },
        ...(step === undefined ? {} : { stepId: step }),
      }),
    );
    nodes.push(...part.nodes);
    searched += part.searched;
    from = part.next;
    output.passing(`${plural(searched, 'node')} looked through, ${nodes.length} with it`);
  }
  output.passing('');
  const whole = from === undefined;
  if (output.form === 'csv') {
    const lines = nodes.flatMap(({ nodeId, lines: found }) => found.map((line) => ({ nodeId, ...line })));
    output.result({ lines }, () => '');
    return EXIT.done;
  }
  const words = (): string =>
    [
      ...nodes.flatMap(({ nodeId, matches, lines }) => [
        `${printable(nodeId)}  ${plural(matches, 'line')}${matches > lines.length ? `, the last ${lines.length}:` : ''}`,
        ...lines.map((line) => `  ${lineText(line)}`),
      ]),
      nodes.length === 0
        ? `Nothing of that in the logs of ${plural(searched, 'node')} of ${jobTitle(job)}.`
        : `${plural(nodes.length, 'node')} with it; ${plural(searched, 'node')} looked through${whole ? '' : ', not all of them: --limit for more'}.`,
    ].join('\n');
  output.result({ jobId, jobNumber, text, nodes, searched, whole }, words, { of: 'nodes', name: 'nodeId' });
  return EXIT.done;
}
