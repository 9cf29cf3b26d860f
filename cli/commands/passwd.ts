import type { Command } from 'commander';
import { PutError, reportOf } from '../../core/protocol/errors.ts';
import type { CommandHost } from '../CommandHost.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext, withMeant } from '../launch.ts';
import { firstLine } from '../../core/model/firstLine.ts';
import { readSecretFile } from '../secretFile.ts';
import { keepSignIn } from './login.ts';
import { chosenSystem } from '../target.ts';

interface PasswdOptions extends CommonOptions {
  readonly newPasswordFile?: string;
}

async function askNewPassword({ terminal }: CommandHost): Promise<string> {
  if (!terminal.canAsk) throw new PutError('credentials-unavailable', 'no new password: use --new-password-file FILE');
  const once = await terminal.askHidden('New password: ');
  if (once === (await terminal.askHidden('The same again: '))) return once;
  throw new PutError('input-invalid', 'the two new passwords are not the same; nothing was changed');
}

/** What `putctl login` keeps for this user ended with the password: another session is kept in its place. */
async function keepAnew({ host, session, output }: SessionContext, options: PasswdOptions): Promise<void> {
  const { system, saved } = await chosenSystem(host, options);
  if (!saved) return;
  try {
    const kept = await host.keptSignIns.get(system.systemId);
    if (kept?.user === session.welcome.user) await keepSignIn(host, session, system.systemId);
  } catch (error) {
    // The password is another one already.
    output.note(
      `For ${system.name} no sign-in is kept any more (${reportOf(error).message}): putctl login -s ${system.name}`,
    );
  }
}

/** Changes the password of the account that signs in; the present one was given for that. */
export async function changeOwnPassword(context: SessionContext, options: PasswdOptions): Promise<ExitCode> {
  const { host, output, session } = context;
  const option = '--new-password-file';
  const file = options.newPasswordFile;
  const newPassword =
    file === undefined ? await askNewPassword(host) : firstLine(await readSecretFile(host.terminal, file, option));
  await session.changePassword(newPassword);
  const { user } = session.welcome;
  await keepAnew(context, options);
  output.result(
    { user, changed: true },
    () => `The password of ${user} is changed. Sessions of ${user} elsewhere end; sign in there with the new one.`,
  );
  return EXIT.done;
}

export function definePasswd(program: Command, launch: Launcher): void {
  withMeant(withTarget(program.command('passwd')), ([system]) => [`passwd --system ${system}`])
    .description('change your own password on the target system')
    .option('--new-password-file <file>', 'file whose first line is the new password; else it is asked for twice')
    .action((options: PasswdOptions) =>
      // The present password is what the change is made by.
      launch.withSession({ ...options, keptSession: 'none' }, (context) => changeOwnPassword(context, options)),
    )
    .addHelpText(
      'after',
      `
Examples:
  putctl passwd --system lab
  putctl passwd --system lab --password-file old --new-password-file new

At least 8 signs. Who forgot it asks an admin of the master node: putservices account password USER --state DIR.`,
    );
}
