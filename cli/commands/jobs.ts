import type { Command } from 'commander';
import type { JobSummary } from '../../core/model/job.ts';
import { endOfJob } from '../../core/model/endOfJob.ts';
import { instantMs } from '../../core/model/instant.ts';
import { printable } from '../../core/model/strangerText.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { followJob } from '../followJob.ts';
import { readHead, readPicture } from '../jobPicture.ts';
import { findJob, readJobs } from '../jobs.ts';
import { endText, jobTitle, nextCommands } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import { withListing, withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { formatDateTime, formatDuration, mark } from '../output/words.ts';
import { tellJob } from './run.ts';

function whereText({ currentStep, waitsForApproval, waitsUntil }: JobSummary): string {
  if (waitsForApproval) return `${currentStep}: waits for approval`;
  return waitsUntil === undefined
    ? currentStep
    : `${currentStep}: waits until ${formatDateTime(instantMs(waitsUntil))}`;
}

export async function listJobs(context: SessionContext): Promise<ExitCode> {
  const jobs = await readJobs(context);
  const { terminal } = context.host;
  // One job at most is under way.
  const open = jobs.findLast(({ endedAtMs, problem }) => endedAtMs === undefined && problem === undefined);
  const nowMs = context.masterNowMs();
  const head = open && (await readHead(context, open.jobId));
  const end = head && endOfJob(head, nowMs);
  const shown = jobs.map((job) => (job === open && end ? { ...job, end } : job));
  const told = head && endText(head, nowMs);
  context.output.result({ jobs: shown }, () =>
    jobs.length === 0
      ? 'No job was ever started on this system.'
      : [
          formatTable(
            [
              { title: 'JOB', align: 'right' },
              { title: 'STATE' },
              { title: 'OPERATION', shrinks: true },
              { title: 'STEP' },
              { title: 'NODES', align: 'right' },
              { title: 'DRIVER' },
              { title: 'STARTED' },
              { title: 'TOOK' },
            ],
            jobs.map((job: JobSummary) =>
              job.problem !== undefined
                ? [String(job.jobNumber), 'unreadable', printable(job.problem), '', '', '', '', '']
                : [
                    String(job.jobNumber),
                    mark(job.state, terminal.style),
                    job.title,
                    whereText(job),
                    String(job.nodes),
                    job.driver,
                    formatDateTime(job.startedAtMs),
                    formatDuration((job.endedAtMs ?? context.masterNowMs()) - job.startedAtMs),
                  ],
            ),
            { columns: terminal.columns },
          ),
          ...(told === undefined ? [] : [`Job ${head?.jobNumber}: ${told}`]),
        ].join('\n'),
  );
  return EXIT.done;
}

/** Follows a job to its end; an ended one is shown as it is. */
export async function watchJob(context: SessionContext, named: string | undefined): Promise<ExitCode> {
  const job = await findJob(context, named, { orLast: true });
  const watcher = new JobWatcher(context, { stream: true });
  context.output.note(
    `${jobTitle(job)}, started by ${printable(job.startedBy)}. Ctrl-C stops looking on; the job goes on.`,
  );
  let told: string | undefined;
  try {
    const { head } = await followJob(context.host, context.session, job.jobId, {
      lookOn: true,
      onHead: (latest) => {
        watcher.onHead(latest);
        const waits =
          latest.state === 'attention' || latest.state === 'input'
            ? `${latest.state} ${latest.eventNumber}`
            : undefined;
        if (waits !== undefined && waits !== told) {
          const next = nextCommands(latest);
          context.output.note([`It waits for a person. Next:`, ...next.map((line) => `  ${line}`)].join('\n'));
        }
        told = waits;
      },
    });
    await watcher.finish();
    return tellJob(context, await readPicture(context, head), { stream: true });
  } finally {
    watcher.close();
  }
}

/** `jobs` and `watch`: looking on. */
export function defineJobs(program: Command, launch: Launcher): void {
  withListing(withTarget(program.command('jobs')), { of: 'jobs', name: 'jobNumber' })
    .description('list the jobs of the system, running and ended')
    .action((options: CommonOptions) => launch.withSession(options, listJobs));

  withTarget(program.command('watch'))
    .description('look on at a job: a line for every change, until it ends or Ctrl-C')
    .argument('[job]', 'number or id (default: the running job, else the last)')
    .action((job: string | undefined, options: CommonOptions) =>
      launch.withSession(options, (context) => watchJob(context, job)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl watch                 the running job; after a cut of the line it goes on by itself
  putctl watch 12 --json | jq -c 'select(.change == "node" and .state == "failed")'

With --json every line is one JSON object: change (job, step, node, result), state, attempt, counts, cause. The exit code is
that of the job: 0 succeeded, 4 with warnings, 1 failed or exited.`,
    );
}
