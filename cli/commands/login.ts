import type { Command } from 'commander';
import { PutError, reportOf, toPutError } from '../../core/protocol/errors.ts';
import type { CommandHost } from '../CommandHost.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import type { KeptPlace } from '../keptSignIns.ts';
import {
  withDetailedExit,
  withTarget,
  type CommonOptions,
  type Launcher,
  type LocalContext,
  withMeant,
} from '../launch.ts';
import type { MasterSession } from '../MasterSession.ts';
import { formatDuration } from '../output/words.ts';
import { chosenSystem, isKeptOver, signInTo } from '../target.ts';

/** Has the master keep a session for the account of this one, and its token here. */
export async function keepSignIn(
  host: CommandHost,
  session: MasterSession,
  systemId: string,
): Promise<{ readonly place: KeptPlace; readonly keptMs: number }> {
  const { sessionToken, keptMs } = await session.request('session.keep', {});
  const place = await host.keptSignIns.set(systemId, { user: session.welcome.user, sessionToken });
  return { place, keptMs };
}

/** Ends what is kept for a system at its master. Answers `none` where nothing is, `ended` once it is over there, or why that could not be told there. */
async function endKept(
  host: CommandHost,
  options: CommonOptions,
  systemId: string,
): Promise<'none' | 'ended' | PutError> {
  try {
    const kept = await host.keptSignIns.get(systemId);
    if (!kept) return 'none';
    const { user } = kept;
    // It needs no password, and what is piped in can be read once.
    const { session } = await signInTo(host, { ...options, user, passwordFile: undefined, keptSession: 'itself' });
    await session.close();
    return 'ended';
  } catch (error) {
    const cause = toPutError(error);
    return isKeptOver(cause) ? 'ended' : cause;
  }
}

/** Ends what is kept for a system, at its master and here; a person is told where the master could not be. */
export async function forgetSignIn(
  { host, output }: LocalContext,
  options: CommonOptions,
  systemId: string,
): Promise<{ readonly forgotten: boolean; readonly ended: boolean }> {
  const end = await endKept(host, options, systemId);
  const forgotten = await host.keptSignIns.delete(systemId);
  if (end instanceof PutError)
    output.note(
      `The master could not be told (${reportOf(end).message}): the session ends there by itself when its time is over.`,
    );
  return { forgotten, ended: end === 'ended' };
}

/** Signs in once, and keeps a session for the commands that follow. */
async function logIn({ host, output }: LocalContext, options: CommonOptions): Promise<ExitCode> {
  const { saved, system: named } = await chosenSystem(host, options);
  if (!saved)
    throw new PutError(
      'usage',
      'a sign-in is kept with a saved system: save it first, putctl systems add NAME --host HOST',
    );
  const { session, system, user } = await signInTo(host, { ...options, keptSession: 'none' });
  let kept: Awaited<ReturnType<typeof keepSignIn>>;
  try {
    await endKept(host, options, named.systemId);
    kept = await keepSignIn(host, session, system.systemId);
  } finally {
    await session.close();
  }
  const { path } = host.keptSignIns;
  const { place, keptMs } = kept;
  output.result(
    {
      system: system.name,
      user,
      role: session.welcome.role,
      kept: place,
      keptMs,
      ...(place === 'file' ? { path } : {}),
    },
    () =>
      [
        `Signed in to ${system.name} as ${user} (${session.welcome.role}).`,
        place === 'keyring'
          ? 'The session is kept in the keyring; the password is not.'
          : `There is no keyring here: the session stands in ${path}, which only you can read; the password does not.`,
        `It ends ${formatDuration(keptMs)} after it was last used, with another password, or by putctl logout -s ${system.name}.`,
      ].join('\n'),
  );
  return EXIT.done;
}

async function logOut(context: LocalContext, options: CommonOptions): Promise<ExitCode> {
  const { system } = await chosenSystem(context.host, options);
  const { forgotten, ended } = await forgetSignIn(context, options, system.systemId);
  context.output.result({ system: system.name, forgotten, ended }, () =>
    forgotten ? `Signed out of ${system.name}.` : `No sign-in is kept here for ${system.name}.`,
  );
  return forgotten ? EXIT.done : EXIT.nothingToDo;
}

/** `login` and `logout`: a password that is given once. */
export function defineLogin(program: Command, launch: Launcher): void {
  withMeant(withTarget(program.command('login')), ([system]) => [`login --system ${system}`])
    .description('sign in once: a session is kept, its token in the keyring or in a file that only you can read')
    .action((options: CommonOptions) => launch.local(options, (context) => logIn(context, options)))
    .addHelpText(
      'after',
      `
Examples:
  putctl login -s lab                      asks for the password
  pass show lab | putctl login -s lab --password-file -

Commands that name another user, --password-file or PUT_PASSWORD do not use it. Each command has a session of its own by it, and ends that one again.`,
    );
  withMeant(withDetailedExit(withTarget(program.command('logout'))), ([system]) => [`logout --system ${system}`])
    .description('end the session that putctl login keeps')
    .action((options: CommonOptions) => launch.local(options, (context) => logOut(context, options)))
    .addHelpText('after', '\nExamples:\n  putctl logout\n  putctl logout -s lab');
}
