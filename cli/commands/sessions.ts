import type { Command } from 'commander';
import type { SessionRow } from '../../core/model/ports.ts';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import {
  withListing,
  withTarget,
  type CommonOptions,
  type Launcher,
  type SessionContext,
  withMeant,
} from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { agoText, formatDuration, mark, spanText } from '../output/words.ts';
import { readTopic } from '../waiting.ts';

/** Everybody's sessions on the master but the one that this command holds, the oldest first. */
async function readSessions({ host, session }: SessionContext): Promise<SessionRow[]> {
  const rows = await readTopic<Record<string, SessionRow>>(host, session, 'sessions');
  return Object.values(rows)
    .filter(({ sessionId }) => sessionId !== session.welcome.sessionId)
    .sort((a, b) => a.sinceMs - b.sinceMs);
}

/** Shows the sessions; the person's own can be taken over. */
export async function showSessions(context: SessionContext): Promise<ExitCode> {
  const { host, output, session, masterNowMs } = context;
  const rows = await readSessions(context);
  const me = session.welcome.user;
  output.result({ user: me, sessions: rows }, () => {
    if (rows.length === 0) return 'There is no other session.';
    const table = formatTable(
      [
        { title: 'SESSION' },
        { title: 'USER' },
        { title: 'CLIENT SYSTEM', shrinks: true },
        { title: 'WAY', yields: 1 },
        { title: 'PORT', align: 'right', yields: 2 },
        { title: 'STATE' },
        { title: 'SINCE' },
        { title: 'ENDS IN' },
      ],
      rows.map((row) => [
        row.sessionId,
        row.user === me ? `${row.user} (you)` : row.user,
        row.clientSystem,
        row.path,
        row.port === 0 ? '' : String(row.port),
        row.kept === true
          ? mark('idle', host.terminal.style, 'kept to sign in by')
          : row.lostAtMs === undefined
            ? mark('ok', host.terminal.style, row.state)
            : mark('idle', host.terminal.style, `line lost ${agoText(row.lostAtMs, masterNowMs())}`),
        spanText(row.sinceMs, masterNowMs()),
        row.endsAtMs === undefined ? '' : formatDuration(row.endsAtMs - masterNowMs()),
      ]),
      { columns: host.terminal.columns },
    );
    const own = rows.find((row) => row.user === me && row.kept !== true);
    return own ? `${table}\n\nputctl sessions take-over ${own.sessionId}   ends it where it is; jobs go on` : table;
  });
  return EXIT.done;
}

/** There is no such session: which there are is what helps; the advice of that code is for one's own session. */
function notThere(error: unknown, sessionId: string): never {
  if (!(error instanceof PutError) || error.code !== 'session-unknown') throw error;
  throw new PutError(
    'usage',
    `there is no session ${printable(sessionId)}: putctl sessions lists those there are`,
    {},
    { cause: error },
  );
}

/** Ends the person's own session elsewhere; without a name the only one. Throws `usage` when it has to be named. */
export async function takeOverSession(context: SessionContext, named: string | undefined): Promise<ExitCode> {
  const { output, session } = context;
  let sessionId = named;
  if (sessionId === undefined) {
    const own = (await readSessions(context)).filter(
      ({ user, kept }) => user === session.welcome.user && kept !== true,
    );
    if (own.length !== 1) {
      const which = own.map((row) => `${row.sessionId} on ${row.clientSystem}`).join(', ');
      throw new PutError('usage', own.length === 0 ? 'you have no other session' : `name one of yours: ${which}`);
    }
    sessionId = own[0]?.sessionId ?? '';
  }
  const { clientSystem } = await session
    .request('session.takeOver', { sessionId })
    .catch((error: unknown) => notThere(error, sessionId));
  output.result(
    { takenOver: sessionId, clientSystem },
    () => `The session on ${clientSystem} is over. Jobs go on, and what you drive stays yours.`,
  );
  return EXIT.done;
}

/** Ends anybody's session (admin). */
export async function closeSession(context: SessionContext, sessionId: string): Promise<ExitCode> {
  await context.session.request('session.close', { sessionId }).catch((error: unknown) => notThere(error, sessionId));
  context.output.result({ closed: sessionId }, () => `Session ${sessionId} is over. Jobs go on.`);
  return EXIT.done;
}

export function defineSessions(program: Command, launch: Launcher): void {
  const sessions = withMeant(
    withListing(withTarget(program.command('sessions')), {
      of: 'sessions',
      name: 'sessionId',
      fields: ['user', 'clientSystem', 'path', 'port', 'state', 'kept', 'sinceMs', 'endsAtMs'],
    }),
    ([id]) => [`sessions take-over ${id}`, `sessions close ${id}`],
  )
    .description('show who is signed in from where, and since when a line is lost')
    .action((options: CommonOptions) => launch.withSession(options, showSessions));
  sessions.addHelpText(
    'after',
    `
Examples:
  putctl sessions                       who is signed in
  putctl sessions take-over             end your own session on another client system
  putctl sessions close s4kd92          end anybody's session (admins)

The window that is taken over is told where you went on. Nothing is lost: jobs belong to the master node, what you drive stays
yours, and a file that was half sent goes on where it stopped for whoever sends it again.`,
  );
  withTarget(sessions.command('take-over'))
    .description('end your own session on another client system; its GUI port is free at once')
    .argument('[session]', 'name of the session; the only other one of yours needs no name')
    .action((sessionId: string | undefined, _options: object, command: Command) =>
      launch.withSession(command.optsWithGlobals(), (context) => takeOverSession(context, sessionId)),
    );
  withTarget(sessions.command('close'))
    .description('end the session of anybody (admins)')
    .argument('<session>', 'name of the session')
    .action((sessionId: string, _options: object, command: Command) =>
      launch.withSession(command.optsWithGlobals(), (context) => closeSession(context, sessionId)),
    );
}
