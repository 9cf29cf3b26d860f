import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type { StepId } from '../../core/model/operation.ts';
import { readTextParts } from '../../core/model/textParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { findJob } from '../jobs.ts';
import { withTarget, wholeNumber, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { printable } from '../../core/model/strangerText.ts';
import { formatTime, plural } from '../output/words.ts';
import { unlessEnded } from '../waiting.ts';
import { step } from './jobOptions.ts';

/** What a job leaves to be read: the log of a node, and its report. */
export function defineJobRecord(program: Command, launch: Launcher): void {
  withTarget(program.command('report'))
    .description('save the report of an ended job as one HTML page')
    .argument('[job]', 'number or id (default: the last job)')
    .option('--out <file>', 'where to (default: job-NUMBER.html here)')
    .action((job: string | undefined, options: CommonOptions & { out?: string }) =>
      launch.withSession(options, (context) => saveReport(context, job, options)),
    );

  withTarget(program.command('log'))
    .description('show what a node said in a job, by range')
    .argument('<job|node>', 'with two arguments the job: number or id; with one the node of the running or last job')
    .argument('[node]', 'the node')
    .option('--step <step>', 'only of this step', step)
    .option('--from <n>', 'first line, counted from 0 (default: the last lines)', wholeNumber(0, 1_000_000_000))
    .option('--limit <n>', 'at most so many lines', wholeNumber(1, 1000), 200)
    .action(
      (
        first: string,
        second: string | undefined,
        options: CommonOptions & { step?: StepId; from?: number; limit: number },
      ) =>
        launch.withSession(options, (context) =>
          showLog(context, second === undefined ? undefined : first, second ?? first, options),
        ),
    )
    .addHelpText(
      'after',
      `\nExamples:\n  putctl log tpa-02                              the last 200 lines of the running or last job\n  putctl log 12 tpa-02 --step package-install --from 0 --limit 50`,
    );
}

export async function showLog(
  context: SessionContext,
  named: string | undefined,
  nodeId: string,
  options: { step?: StepId | undefined; from?: number | undefined; limit: number },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const job = await findJob(context, named, { orLast: true });
  const read = (from: number, limit: number) =>
    unlessEnded(
      host,
      session,
      session.request('job.nodeLog', {
        jobId: job.jobId,
        nodeId,
        from,
        limit,
        ...(options.step === undefined ? {} : { stepId: options.step }),
      }),
    );
  // Without --from the last lines are meant; how many there are is known after the first answer only.
  const total = options.from === undefined ? (await read(0, 1)).total : 0;
  const from = options.from ?? Math.max(0, total - options.limit);
  const log = await read(from, options.limit);
  output.result({ jobId: job.jobId, jobNumber: job.jobNumber, nodeId, from, ...log }, () =>
    [
      ...log.lines.map(
        (line) =>
          `${formatTime(line.atMs)}  ${line.stepId}${line.attempt > 1 ? ` (attempt ${line.attempt})` : ''}  ${printable(line.text)}`,
      ),
      `${plural(log.lines.length, 'line')} of ${log.total}${log.lines.length < log.total ? ', from ' + String(from) : ''}`,
    ].join('\n'),
  );
  return EXIT.done;
}

/** Writes the report of an ended job as one HTML page. */
export async function saveReport(
  context: SessionContext,
  named: string | undefined,
  options: { out?: string | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  const job = await findJob(context, named, { orLast: true });
  const html = await readTextParts(async (from) => {
    const part = await unlessEnded(host, session, session.request('job.reportHtml', { jobId: job.jobId, from }));
    return { text: part.html, next: part.next };
  });
  const path = options.out ?? `job-${job.jobNumber}.html`;
  await writeFile(path, html ?? '').catch((error: unknown) => {
    const systemCode = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new PutError('output-unwritable', `${path}: cannot be written (${systemCode})`, { path, systemCode });
  });
  output.result(
    { jobId: job.jobId, jobNumber: job.jobNumber, path, characters: html?.length ?? 0 },
    () => `Written: ${path}`,
  );
  return EXIT.done;
}
