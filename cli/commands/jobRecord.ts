import { Option, type Command } from 'commander';
import { isJobOver, type JobReport } from '../../core/model/job.ts';
import { JOB_STATE_WORDS } from '../../core/model/stateWords.ts';
import { printable } from '../../core/model/strangerText.ts';
import { readTextParts } from '../../core/model/textParts.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { readHead, readPicture, type JobPicture } from '../jobPicture.ts';
import { findJob } from '../jobs.ts';
import { attentionText, jobTitle, packageTable } from '../jobText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { writeResultFile } from '../resultFile.ts';
import { folded } from '../output/prose.ts';
import { colouredMark, formatDateTime } from '../output/words.ts';
import type { Terminal } from '../Terminal.ts';
import { unlessEnded } from '../waiting.ts';

interface ReportOptions {
  readonly html?: string | undefined;
  /** As it was called before. */
  readonly out?: string | undefined;
}

function reportText(picture: JobPicture, report: JobReport, terminal: Terminal): string {
  const { head } = picture;
  const times = [head.startedAtMs, head.endedAtMs].map((atMs) => (atMs === undefined ? '' : formatDateTime(atMs)));
  return [
    `${colouredMark(head.state, terminal.style, JOB_STATE_WORDS[head.state])}  ${jobTitle(head)}, ${times.join(' to ')}`,
    report.lines.map(printable).join('\n'),
    ...(head.attention.length > 0 ? [attentionText(head, terminal)] : []),
    ...(picture.packages.length > 0 ? [packageTable(picture, terminal)] : []),
  ].join('\n\n');
}

/** Shows the report of an ended job, and writes it as one HTML page where that is asked for. */
export async function showReport(
  context: SessionContext,
  named: string | undefined,
  options: ReportOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const { jobId, jobNumber, state } = await findJob(context, named, { orLast: true });
  const path = options.html ?? options.out;
  if (path !== undefined) {
    const html = await readTextParts(async (from) => {
      const part = await unlessEnded(host, session, session.request('job.reportHtml', { jobId, from }));
      return { text: part.html, next: part.next };
    });
    await writeResultFile(path, html ?? '');
    output.result({ jobId, jobNumber, path, characters: html?.length ?? 0 }, () => `Written: ${path}`);
    return EXIT.done;
  }
  if (!isJobOver(state))
    throw new PutError(
      'step-not-current',
      `job ${jobNumber} is not over, and a report tells of one that is: putctl status ${jobNumber}`,
      { jobNumber },
    );
  const picture = await readPicture(context, await readHead(context, jobId));
  const { report } = picture;
  if (!report) throw new PutError('job-unknown', `job ${jobNumber} has no report`, { jobNumber });
  output.result({ jobId, jobNumber, report }, () =>
    folded(reportText(picture, report, host.terminal), host.terminal.columns),
  );
  return EXIT.done;
}

/** `report`: what came of a job. */
export function defineReport(program: Command, launch: Launcher): void {
  withTarget(program.command('report'))
    .description('the report of an ended job: what a person has to do first, then what was done; --html writes a page')
    .argument('[job]', 'number or id (default: the last job)')
    .option('--html <file>', 'write it as one HTML page instead, to be sent or printed')
    .addOption(new Option('--out <file>', 'the same').hideHelp())
    .action((job: string | undefined, options: CommonOptions & ReportOptions) =>
      launch.withSession(options, (context) => showReport(context, job, options)),
    )
    .addHelpText('after', '\nExamples:\n  putctl report\n  putctl report 12 --html night.html');
}
