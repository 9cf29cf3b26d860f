import type { Command } from 'commander';
import type { TimelineEntry } from '../../core/model/job.ts';
import { shellWord } from '../../core/model/shellWords.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { newId } from '../../core/session/newId.ts';
import type { Watch } from '../../core/client/Watches.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import {
  wholeNumber,
  withListing,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { findJob } from '../jobs.ts';
import { printable } from '../../core/model/strangerText.ts';
import { formatDateTime, formatTime } from '../output/words.ts';
import { readLog, unlessEnded } from '../waiting.ts';

/** Entries shown without --since. */
const RECENT_ENTRIES = 50;

function entryLine(entry: TimelineEntry, withDate: boolean): string {
  const at = withDate ? formatDateTime(entry.atMs) : formatTime(entry.atMs);
  const who = entry.user === undefined ? '' : `${printable(entry.user)}${entry.kind === 'message' ? ': ' : ' '}`;
  return `${String(entry.number).padStart(5)}  ${at}  ${entry.kind === 'event' ? '- ' : ''}${who}${printable(entry.text)}`;
}

/** Shows the timeline: messages and what happened, in one order. */
export async function showChat(
  context: SessionContext,
  options: { since?: number | undefined; before?: number | undefined; follow?: boolean | undefined },
): Promise<ExitCode> {
  const { host, session, output } = context;
  if (options.before !== undefined) return showEarlier(context, options.before);
  const last = options.since === undefined ? RECENT_ENTRIES : undefined;
  const shown = await readLog<TimelineEntry>(host, session, 'timeline', options.since ?? 0, last);
  if (options.follow !== true) {
    output.result({ entries: shown, lastNumber: shown.at(-1)?.number ?? options.since ?? 0 }, () =>
      shown.length === 0 ? 'Nothing was said or done yet.' : shown.map((entry) => entryLine(entry, true)).join('\n'),
    );
    return EXIT.done;
  }
  for (const entry of shown) output.line(entry, () => entryLine(entry, false));
  let watch: Watch | undefined;
  try {
    await unlessEnded(
      host,
      session,
      new Promise<never>((_resolve, reject) => {
        const since = shown.at(-1)?.number ?? options.since ?? 0;
        watch = session.watchLog<TimelineEntry>(
          'timeline',
          since,
          (entries) => {
            for (const entry of entries) output.line(entry, () => entryLine(entry, false));
          },
          reject,
        );
      }),
    );
  } finally {
    watch?.close();
  }
  return EXIT.done;
}

/** The entries before a number. */
async function showEarlier({ host, session, output }: SessionContext, before: number): Promise<ExitCode> {
  const { entries } = await unlessEnded(
    host,
    session,
    session.request('chat.history', { before, limit: RECENT_ENTRIES }),
  );
  output.result({ entries, lastNumber: entries.at(-1)?.number ?? 0 }, () =>
    entries.length === 0
      ? `There is nothing before number ${before}.`
      : entries.map((entry) => entryLine(entry, true)).join('\n'),
  );
  return EXIT.done;
}

export async function say(context: SessionContext, text: string, named: string | undefined): Promise<ExitCode> {
  if (text.trim() === '') throw new PutError('usage', 'chat say: there is no text to say');
  const { host, session, output } = context;
  const jobId = named === undefined ? undefined : (await findJob(context, named, { orLast: true })).jobId;
  const { number } = await unlessEnded(
    host,
    session,
    session.request('chat.say', { messageId: newId(host.random), text, ...(jobId === undefined ? {} : { jobId }) }),
  );
  output.result({ number }, () => `Said, number ${number} of the timeline.`);
  return EXIT.done;
}

export function defineChat(program: Command, launch: Launcher): void {
  const chat = withMeant(
    withListing(withTarget(program.command('chat')), {
      of: 'entries',
      name: 'number',
      fields: ['atMs', 'kind', 'user', 'jobId', 'text'],
    }),
    (_words, raw) => [`chat say ${shellWord(raw.join(' '))}`],
  )
    .description('the timeline of the system: messages of people and what happened, numbered, in one order')
    .option(
      '--since <n>',
      `entries above this number (default: the last ${RECENT_ENTRIES})`,
      wholeNumber(0, Number.MAX_SAFE_INTEGER),
    )
    .option('--before <n>', `the ${RECENT_ENTRIES} entries below this number`, wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .option('-f, --follow', 'go on showing what comes, until Ctrl-C; with --json one line an entry')
    .action((options: CommonOptions & { since?: number; before?: number; follow?: boolean }) =>
      launch.withSession(options, (context) => showChat(context, options)),
    );
  chat.addHelpText(
    'after',
    `\nExamples:\n  putctl chat\n  putctl chat --follow --since 120\n  putctl chat --before 120\n  putctl chat say "tpa-02 gets a new disk at 14:00"`,
  );
  withTarget(chat.command('say'))
    .description('say something to everybody who watches this system')
    .argument('<text>', 'the message')
    .option('--job <job>', 'the job that it is about, by number or id')
    .action((text: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { job?: string }>();
      return launch.withSession(options, (context) => say(context, text, options.job));
    });
}
