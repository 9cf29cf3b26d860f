import type { Command } from 'commander';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { withDetailedExit, withTarget, type CommonOptions, type Launcher, type LocalContext } from '../launch.ts';
import { chosenSystem, signInTo } from '../target.ts';

/** Signs in once, and keeps what that took for the commands that follow. */
async function logIn({ host, output }: LocalContext, options: CommonOptions): Promise<ExitCode> {
  const { saved } = await chosenSystem(host, options);
  if (!saved)
    throw new PutError(
      'usage',
      'a sign-in is kept with a saved system: save it first, putctl systems add NAME --host HOST',
    );
  const { session, system, user, password } = await signInTo(host, options, { keptCounts: false });
  await session.close();
  const place = await host.keptSignIns.set(system.systemId, { user, password });
  const { path } = host.keptSignIns;
  output.result(
    { system: system.name, user, role: session.welcome.role, kept: place, ...(place === 'file' ? { path } : {}) },
    () =>
      [
        `Signed in to ${system.name} as ${user} (${session.welcome.role}).`,
        place === 'keyring'
          ? 'The password is kept in the keyring.'
          : `There is no keyring here: the password stands in ${path}, which only you can read.`,
        `putctl logout -s ${system.name} forgets it.`,
      ].join('\n'),
  );
  return EXIT.done;
}

async function logOut({ host, output }: LocalContext, options: CommonOptions): Promise<ExitCode> {
  const { system } = await chosenSystem(host, options);
  const forgotten = await host.keptSignIns.delete(system.systemId);
  output.result({ system: system.name, forgotten }, () =>
    forgotten ? `The password for ${system.name} is forgotten here.` : `No password is kept here for ${system.name}.`,
  );
  return forgotten ? EXIT.done : EXIT.nothingToDo;
}

/** `login` and `logout`: a password that is given once. */
export function defineLogin(program: Command, launch: Launcher): void {
  withTarget(program.command('login'))
    .description('sign in once: the password is kept in the keyring, or in a file that only you can read')
    .action((options: CommonOptions) => launch.local(options, (context) => logIn(context, options)))
    .addHelpText(
      'after',
      `
Examples:
  putctl login -s lab                      asks for the password
  pass show lab | putctl login -s lab --password-file -

Commands that name another user, --password-file or PUT_PASSWORD do not use it. Each command still signs in for itself and leaves no session behind.`,
    );
  withDetailedExit(withTarget(program.command('logout')))
    .description('forget the password that putctl login keeps')
    .action((options: CommonOptions) => launch.local(options, (context) => logOut(context, options)))
    .addHelpText('after', '\nExamples:\n  putctl logout\n  putctl logout -s lab');
}
