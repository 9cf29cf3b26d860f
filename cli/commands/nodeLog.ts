import type { Command } from 'commander';
import { eachOf, jobTopic, type JobHead } from '../../core/model/jobParts.ts';
import { isJobOver, type JobSummary } from '../../core/model/job.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readHead, readPart } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { jobTitle, someNodes } from '../jobText.ts';
import { withListing, withTarget, wholeNumber, type Launcher, type SessionContext } from '../launch.ts';
import { nodesMeant } from '../nodeSelection.ts';
import { failedOfJob } from '../nodeSelectors.ts';
import { plural } from '../output/words.ts';
import { momentOf } from '../since.ts';
import { unlessEnded } from '../waiting.ts';
import { forJobAndNodes, step, withJobAndNodes } from './jobOptions.ts';
import { searchLogs } from './logSearch.ts';
import { lineText, type LogLine, type LogOptions } from './logText.ts';

type LogPart = MethodResult<'job.nodeLog'>;
type ReadLines = (from: number, limit: number) => Promise<LogPart>;

/** Lines shown where nothing says how many. */
const USUAL_LINES = 200;
const ALL_LINES = Number.MAX_SAFE_INTEGER;
/** Lines that one request gives. */
const MOST_LINES = 1000;
const LOOK_AGAIN_MS = 1000;

const hasText =
  (grep: string | undefined) =>
  ({ text }: LogLine): boolean =>
    grep === undefined || text.toLowerCase().includes(grep.toLowerCase());

/** The lines with a text, the last of them where there is a limit; `total` stays that of the log. */
function withText(log: LogPart, grep: string | undefined, limit: number | undefined): LogPart {
  if (grep === undefined) return log;
  const lines = log.lines.filter(hasText(grep));
  return { ...log, lines: limit === undefined ? lines : lines.slice(-limit) };
}

/** The first line that is not older, by halves: lines stand in the order of their time. */
async function firstSince(read: ReadLines, sinceMs: number): Promise<number> {
  let low = 0;
  let high = (await read(0, 1)).total;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const [line] = (await read(middle, 1)).lines;
    if (line && line.atMs < sinceMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where to begin: at a line, at a moment, or so many lines before the end. */
async function startOf(read: ReadLines, options: LogOptions, nowMs: number): Promise<number> {
  if (options.from !== undefined) return options.from;
  if (options.since !== undefined) return firstSince(read, momentOf(options.since, nowMs));
  // How many there are is known after the first answer only.
  return Math.max(0, (await read(0, 1)).total - (options.limit ?? USUAL_LINES));
}

/** Lines from one on, at most so many, in as many requests as that takes. */
async function readLines(read: ReadLines, from: number, most: number): Promise<LogPart> {
  const lines: LogLine[] = [];
  let total: number;
  do {
    const part = await read(from + lines.length, Math.min(MOST_LINES, most - lines.length));
    ({ total } = part);
    if (part.lines.length === 0) break;
    lines.push(...part.lines);
  } while (lines.length < most && from + lines.length < total);
  return { total, lines };
}

/** Shows the logs of the nodes of a job that are meant; of several one after the other. */
export async function showLogs(
  context: SessionContext,
  named: string | undefined,
  given: readonly string[] | undefined,
  options: LogOptions,
): Promise<ExitCode> {
  const { output } = context;
  if (options.from !== undefined && options.since !== undefined)
    throw new PutError('usage', 'say where to begin once: --from or --since');
  if (given !== undefined && options.failed === true) throw new PutError('usage', 'name nodes, or give --failed');
  const job = await findJob(context, named, { orLast: true });
  const nodeIds = await logsMeant(context, job, given);
  const [only = '', ...more] = nodeIds;
  const asList = output.form === 'csv' || output.form === 'name';
  if (more.length === 0 && (!asList || options.follow === true)) return showLog(context, job, only, options);
  if (options.follow === true)
    throw new PutError('usage', `--follow shows one node, and ${someNodes(nodeIds)} are ${nodeIds.length}`);
  const lines: object[] = [];
  for (const nodeId of nodeIds) {
    const { document, words } = await readLog(context, job, nodeId, options);
    if (asList) lines.push(...document.lines.map((line) => ({ nodeId, ...line })));
    else output.line(document, () => (document.total === 0 ? words() : `${printable(nodeId)}:\n${words()}`));
  }
  if (asList) output.result({ lines }, () => '');
  return EXIT.done;
}

/** The nodes of the job that a selector names; without one those that did not come through. */
async function logsMeant(
  context: SessionContext,
  job: JobSummary,
  given: readonly string[] | undefined,
): Promise<string[]> {
  if (given === undefined) return failedOfJob(context, await readHead(context, job.jobId));
  return nodesMeant(given, async () =>
    [...eachOf<unknown>(await readPart(context, job.jobId, 'nodes'))].map(([nodeId]) => nodeId),
  );
}

interface ReadLog {
  readonly document: LogPart & { readonly nodeId: string; readonly from: number };
  readonly words: () => string;
}

async function showLog(
  context: SessionContext,
  job: JobSummary,
  nodeId: string,
  options: LogOptions,
): Promise<ExitCode> {
  if (options.follow === true) return followLog(context, job, nodeId, options);
  const { document, words } = await readLog(context, job, nodeId, options);
  context.output.result(document, words);
  return EXIT.done;
}

/** Reads the lines of a node, and where in its log to begin. */
function readerOf(
  { host, session }: SessionContext,
  { jobId }: JobSummary,
  nodeId: string,
  { step: stepId }: LogOptions,
): ReadLines {
  return (from, limit) =>
    unlessEnded(
      host,
      session,
      session.request('job.nodeLog', { jobId, nodeId, from, limit, ...(stepId === undefined ? {} : { stepId }) }),
    );
}

// What has a text is looked for in all that is kept, where nothing says where to begin.
const searchedFrom = (options: LogOptions): LogOptions =>
  options.grep === undefined ? options : { from: options.since === undefined ? 0 : undefined, ...options };

async function readLog(
  context: SessionContext,
  job: JobSummary,
  nodeId: string,
  options: LogOptions,
): Promise<ReadLog> {
  const { jobId, jobNumber } = job;
  const { grep } = options;
  const read = readerOf(context, job, nodeId, options);
  const from = await startOf(read, searchedFrom(options), context.masterNowMs());
  const most =
    grep === undefined ? (options.limit ?? (options.since === undefined ? USUAL_LINES : ALL_LINES)) : ALL_LINES;
  const log = withText(await readLines(read, from, most), grep, options.limit);
  const words = (): string => {
    if (log.total === 0)
      return `${printable(nodeId)} said nothing${options.step === undefined ? '' : ` at ${options.step}`} in ${jobTitle(job)}; putctl status ${jobNumber} tells of what is wrong, also of a node that was not reached.`;
    return [
      ...log.lines.map(lineText),
      `${plural(log.lines.length, 'line')} of ${log.total}${grep === undefined && log.lines.length < log.total ? ', from ' + String(from) : ''}`,
    ].join('\n');
  };
  return { document: { jobId, jobNumber, nodeId, from, ...log } as ReadLog['document'], words };
}

/** Shows what comes until the job is over, or Ctrl-C. */
async function followLog(
  context: SessionContext,
  job: JobSummary,
  nodeId: string,
  options: LogOptions,
): Promise<ExitCode> {
  const { host, session, output, masterNowMs } = context;
  const { jobId } = job;
  const isWanted = hasText(options.grep);
  const read = readerOf(context, job, nodeId, options);
  let from = await startOf(read, searchedFrom(options), masterNowMs());
  let over = isJobOver(job.state);
  let wake = (): void => {};
  const watch = session.watchState<JobHead>(
    jobTopic(jobId),
    (head) => {
      over = isJobOver(head.state);
      if (over) wake();
    },
    () => {
      // The requests tell what is wrong.
    },
  );
  try {
    for (;;) {
      const wasOver = over;
      const { lines } = await readLines(read, from, MOST_LINES);
      from += lines.length;
      for (const line of lines.filter(isWanted)) output.line({ jobId, nodeId, ...line }, () => lineText(line));
      if (wasOver && lines.length === 0) break;
      if (lines.length > 0) continue;
      let stopTimer = (): void => {};
      const pause = new Promise<void>((resolve) => {
        wake = resolve;
        stopTimer = host.clock.setTimer(LOOK_AGAIN_MS, resolve);
      });
      await unlessEnded(host, session, pause).finally(stopTimer);
    }
  } finally {
    watch.close();
  }
  output.note(`${jobTitle(job)} is over.`);
  return EXIT.done;
}

/** `log`: what a node said in a job. */
export function defineNodeLog(program: Command, launch: Launcher): void {
  withJobAndNodes(
    withListing(withTarget(program.command('log')), {
      of: 'lines',
      name: 'text',
      fields: ['nodeId', 'stepId', 'attempt', 'atMs', 'text'],
    }),
    'number or id of a job (default: the running job, else the last)',
  )
    .description('show what a node said in a job: its last lines, a range, since a time, or as it comes')
    .option('--failed', 'the nodes of the job that did not come through')
    .option('--grep <text>', 'only lines with this text, A to Z of either case; without a node of all nodes')
    .option('-f, --follow', 'go on showing what comes, until the job is over or Ctrl-C; with --json one line each')
    .option('--since <time>', 'from then on: 10min (ago), 11:14, 2026-11-26T11:14')
    .option('--step <step>', 'only of this step', step)
    .option('--from <n>', 'first line, counted from 0 (default: the last lines)', wholeNumber(0, 1_000_000_000))
    .option(
      '--limit <n>',
      `at most so many lines (default: ${USUAL_LINES}; with --since all)`,
      wholeNumber(1, 1_000_000),
    )
    .action(
      forJobAndNodes(launch, async (context, job, options: LogOptions & { nodes?: readonly string[] }) => {
        const { grep, nodes, failed } = options;
        if (grep === '') throw new PutError('usage', '--grep needs a text');
        if (nodes !== undefined || failed === true) return showLogs(context, job, nodes, options);
        if (grep === undefined)
          throw new PutError('usage', 'name nodes, or give --failed, or --grep TEXT to look through all');
        if (options.follow === true || options.from !== undefined || options.since !== undefined)
          throw new PutError('usage', '--follow, --from and --since are for the log of one node; name it');
        return searchLogs(context, job, grep, options);
      }),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl log tpa-02                              the last ${USUAL_LINES} lines of the running or last job\n  putctl log -f tpa-02 --since 10min\n  putctl log 12 tpa-02 --step package-install --from 0 --limit 50\n  putctl log --failed --limit 20                 of each node that did not come through\n  putctl log 12 'tpa-00[1-4]'\n  putctl log 12 tpa-01 tpa-02\n  putctl log --grep 'disk full'                  which nodes of the running or last job said so; log 12 --grep: of job 12`,
    );
}
