import type { Command } from 'commander';
import { printable } from '../../core/model/strangerText.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { someNodes } from '../jobText.ts';
import { withTarget, type CommonOptions, type Launcher, type SessionContext } from '../launch.ts';
import { NODES_HELP, nodesMeant } from '../nodeSelection.ts';
import { mark } from '../output/words.ts';
import { firstLine } from '../../core/model/firstLine.ts';
import { readSecretFile } from '../secretFile.ts';
import { unlessEnded } from '../waiting.ts';
import { readInventoryView } from './inventory.ts';

interface AuthorizeOptions extends CommonOptions {
  readonly nodePasswordFile?: string;
}
interface SudoOptions extends CommonOptions {
  readonly of?: string;
  readonly sudoPasswordFile?: string;
  readonly forget?: boolean;
}

async function secret(
  { host }: SessionContext,
  file: string | undefined,
  option: string,
  question: string,
): Promise<string> {
  if (file !== undefined) return firstLine(await readSecretFile(host.terminal, file, option));
  if (host.terminal.canAsk) return host.terminal.askHidden(question);
  throw new PutError('credentials-unavailable', `no password was given: use ${option} FILE`);
}

/** Prints the master's line for authorized_keys, or brings it to nodes with a password that is used once. */
async function authorize(
  context: SessionContext,
  given: readonly string[],
  options: AuthorizeOptions,
): Promise<ExitCode> {
  const { host, session, output } = context;
  const view = await readInventoryView(context);
  const { publicLine } = view;
  if (publicLine === undefined) throw new PutError('inventory-fixed', 'practice nodes are reached without a key');
  if (given.length === 0) {
    output.result({ publicLine }, () => publicLine);
    output.note(
      'Put this line into ~/.ssh/authorized_keys of the user on each node; or: putctl nodes authorize NODES brings it there with a password.',
    );
    return EXIT.done;
  }
  const names = await nodesMeant(given, () => [...Object.keys(view.nodes), ...Object.keys(view.jumpHosts)]);
  const users = [...new Set(names.map((name) => (view.nodes[name] ?? view.jumpHosts[name])?.user ?? 'the user'))];
  const password = await secret(
    context,
    options.nodePasswordFile,
    '--node-password-file',
    `Password of ${users.join(', ')} on ${someNodes(names)} (used once, kept nowhere): `,
  );
  const { authorized, failed } = await unlessEnded(
    host,
    session,
    session.request('nodes.authorize', { names, password }),
  );
  output.result({ authorized, failed }, () => {
    const lines = authorized.length > 0 ? [`They let the master in now: ${someNodes(authorized)}.`] : [];
    for (const { name, message, code } of failed) {
      lines.push(`${mark('failed', host.terminal.style)}  ${name}: ${printable(message)} (${code})`);
    }
    return lines.join('\n');
  });
  return failed.length > 0 ? EXIT.failed : EXIT.done;
}

/** Hands the master the password for sudo; it is kept in memory there. */
async function giveSudoPassword(context: SessionContext, options: SudoOptions): Promise<ExitCode> {
  const { host, session, output } = context;
  const whose = options.of === undefined ? 'all nodes' : `the nodes of system ${options.of}`;
  const password =
    options.forget === true
      ? ''
      : await secret(context, options.sudoPasswordFile, '--sudo-password-file', `Password for sudo on ${whose}: `);
  if (password === '' && options.forget !== true)
    throw new PutError('credentials-unavailable', 'no password was given');
  const params = { password, ...(options.of === undefined ? {} : { system: options.of }) };
  await unlessEnded(host, session, session.request('nodes.sudoPassword', params));
  output.result({ system: options.of ?? '*', given: password !== '' }, () =>
    password === ''
      ? `The password for sudo on ${whose} is forgotten.`
      : `The master has the password for sudo on ${whose} until it ends; it stands in no file.`,
  );
  return EXIT.done;
}

/** Commands below `putctl nodes` that have to do with getting in. */
export function defineNodeAccess(nodes: Command, launch: Launcher): void {
  withTarget(nodes.command('authorize'))
    .description(
      "print the master's line for authorized_keys; with nodes: bring it there with a password given once (admins)",
    )
    .argument('[nodes...]', NODES_HELP)
    .option('--node-password-file <file>', 'file whose first line is the password on the nodes; else it is asked for')
    .action((names: string[], _options: object, command: Command) => {
      const options = command.optsWithGlobals<AuthorizeOptions>();
      return launch.withSession(options, (context) => authorize(context, names, options));
    });
  withTarget(nodes.command('sudo-password'))
    .description('give the master the password for sudo; it is kept in memory until putservices ends')
    .option('--of <system>', 'of the nodes of one system; without it of all')
    .option('--sudo-password-file <file>', 'file whose first line is the password; else it is asked for')
    .option('--forget', 'take it back')
    .action((_options: object, command: Command) => {
      const options = command.optsWithGlobals<SudoOptions>();
      return launch.withSession(options, (context) => giveSudoPassword(context, options));
    });
}
