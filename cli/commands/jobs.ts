import type { Command } from 'commander';
import type { JobSummary } from '../../core/model/job.ts';
import { endOfJob } from '../../core/model/endOfJob.ts';
import { instantMs } from '../../core/model/instant.ts';
import { jobWord, needsPerson, standing } from '../../core/model/needsPerson.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { followJob } from '../followJob.ts';
import { readHead, readPicture } from '../jobPicture.ts';
import { findJob, JOB_GROUPS, JOB_STATES_AND_GROUPS, readJobs } from '../jobs.ts';
import { endText, jobTitle, nextCommands } from '../jobText.ts';
import { JobWatcher } from '../JobWatcher.ts';
import {
  parsedBy,
  wholeNumber,
  withListing,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { formatDateTime, mark, paintMark, plural, spanText } from '../output/words.ts';
import { splitList } from '../target.ts';
import { tellJob } from './run.ts';

function whereText({
  currentStep,
  currentStepTitle: title = currentStep,
  waitsForApproval,
  waitsUntil,
}: JobSummary): string {
  if (waitsForApproval) return `${title}: waits for approval`;
  return waitsUntil === undefined ? title : `${title}: waits until ${formatDateTime(instantMs(waitsUntil))}`;
}

interface ListOptions {
  readonly limit?: number | undefined;
  readonly state?: readonly ((job: JobSummary) => boolean)[] | undefined;
}

const jobStates = parsedBy((text: string): ((job: JobSummary) => boolean)[] =>
  splitList(text).map((word) => {
    const group = Object.hasOwn(JOB_GROUPS, word) ? JOB_GROUPS[word] : undefined;
    if (group) return group;
    if (JOB_STATES_AND_GROUPS.includes(word)) return ({ state }) => state === word;
    throw new PutError('usage', `${word} is not a state of a job; there are ${JOB_STATES_AND_GROUPS.join(', ')}`);
  }),
);

/** Jobs that are shown to people where nothing says how many. */
const USUAL_JOBS = 20;

/** The jobs, the newest last; people are shown the last of them. */
export async function listJobs(context: SessionContext, { limit, state }: ListOptions = {}): Promise<ExitCode> {
  const { terminal } = context.host;
  const wanted = (await readJobs(context)).filter((job) => state === undefined || state.some((isIn) => isIn(job)));
  const most = limit ?? (context.output.json ? wanted.length : USUAL_JOBS);
  const jobs = most === 0 ? [] : wanted.slice(-most);
  const older = wanted.length - jobs.length;
  // One job at most is under way.
  const open = jobs.findLast(({ endedAtMs, problem }) => endedAtMs === undefined && problem === undefined);
  const nowMs = context.masterNowMs();
  const head = open && (await readHead(context, open.jobId));
  const end = head && endOfJob(head, nowMs);
  const shown = jobs.map((job) => (job === open && end ? { ...job, end } : job));
  const told = head && endText(head, nowMs);
  context.output.result({ jobs: shown }, () =>
    jobs.length === 0
      ? state === undefined
        ? 'No job was ever started on this system.'
        : 'No job is in that state.'
      : [
          formatTable(
            [
              { title: 'JOB', align: 'right' },
              { title: 'STATE', paint: paintMark(terminal.style) },
              { title: 'OPERATION', shrinks: true },
              { title: 'STEP', shrinks: true },
              { title: 'NODES', align: 'right' },
              { title: 'DRIVER', yields: 1 },
              { title: 'STARTED' },
              { title: 'TOOK', yields: 2 },
            ],
            jobs.map((job: JobSummary) =>
              job.problem !== undefined
                ? [String(job.jobNumber), 'unreadable', printable(job.problem), '', '', '', '', '']
                : [
                    String(job.jobNumber),
                    mark(job.state, terminal.style, jobWord(job)),
                    job.title,
                    whereText(job),
                    String(job.nodes),
                    job.driver,
                    formatDateTime(job.startedAtMs),
                    spanText(job.startedAtMs, job.endedAtMs ?? context.masterNowMs()),
                  ],
            ),
            { columns: terminal.columns },
          ),
          ...(told === undefined ? [] : [`Job ${head?.jobNumber}: ${told}`]),
          ...(older > 0 ? [`${plural(older, 'older one')}: --limit ${wanted.length} shows all.`] : []),
        ].join('\n'),
  );
  return EXIT.done;
}

/** Follows a job to its end, or until a person is needed; an ended one is shown as it is. `through`: to its end, whoever is needed in between. */
export async function watchJob(
  context: SessionContext,
  named: string | undefined,
  { through = false }: { readonly through?: boolean | undefined } = {},
): Promise<ExitCode> {
  const job = await findJob(context, named, { orLast: true });
  const watcher = new JobWatcher(context, { stream: true });
  context.output.note(
    `${jobTitle(job)}, started by ${printable(job.startedBy)}. Ctrl-C stops looking on; the job goes on.`,
  );
  let told: string | undefined;
  try {
    const { head } = await followJob(context.host, context.session, job.jobId, {
      lookOn: through,
      onHead: (latest) => {
        watcher.onHead(latest);
        const waits = needsPerson(standing(latest)) ? `${latest.state} ${latest.eventNumber}` : undefined;
        if (through && waits !== undefined && waits !== told) {
          const next = context.output.next(nextCommands(latest));
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
  withMeant(
    withListing(withTarget(program.command('jobs')), {
      of: 'jobs',
      name: 'jobNumber',
      fields: [
        'jobId',
        'state',
        'operationId',
        'title',
        'currentStep',
        'nodes',
        'startedBy',
        'driver',
        'startedAtMs',
        'endedAtMs',
      ],
    }),
    ([job]) => [`status ${job}`, `report ${job}`],
  )
    .description('list the jobs of the system, running and ended, the newest last')
    .option('--limit <n>', `the last so many (default: ${USUAL_JOBS}; with --json all)`, wholeNumber(1, 1_000_000))
    .option('--state <s,s>', `only in these states: ${JOB_STATES_AND_GROUPS.join(', ')}`, jobStates)
    .action((options: CommonOptions & ListOptions) =>
      launch.withSession(options, (context) => listJobs(context, options)),
    )
    .addHelpText('after', '\nExamples:\n  putctl jobs\n  putctl jobs --state waiting\n  putctl jobs --limit 5 -o csv');

  withTarget(program.command('watch'))
    .description('look on at a job until it ends or needs a person: progress in place, a line for every change')
    .argument('[job]', 'number or id (default: the running job, else the last)')
    .option('--through', 'to its end, whoever is needed in between')
    .action((job: string | undefined, options: CommonOptions & { through?: boolean }) =>
      launch.withSession(options, (context) => watchJob(context, job, options)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl watch                 the running job; after a cut of the line it goes on by itself
  putctl watch 12 --json | jq -c 'select(.change == "node" and .state == "failed")'

With --json every line is one JSON object: change (job, step, node, result), state, attempt, counts, cause. The exit code is
that of the job: 0 succeeded, 4 with warnings, 1 failed or exited, 2 it waits for a person: the next commands are printed.`,
    );
}
