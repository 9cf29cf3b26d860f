import type { Command } from 'commander';
import { JOB_STATE_WORDS } from '../../core/model/stateWords.ts';
import { printable } from '../../core/model/strangerText.ts';
import type { CommandHost } from '../CommandHost.ts';
import { EXIT } from '../exitCodes.ts';
import { readJobs } from '../jobs.ts';
import { createLauncher, type CommonOptions, type SessionContext } from '../launch.ts';
import type { Terminal } from '../Terminal.ts';
import type { AskedName, Candidate } from './complete.ts';

/** A person who pressed Tab waits no longer for names. */
const WITHIN_MS = 3_000;

/** How each kind of name is read; what reads it is loaded then. */
const READ: Readonly<Record<AskedName, (context: SessionContext) => Promise<Candidate[]>>> = {
  async nodes(context) {
    const { readNodes } = await import('../commands/nodes.ts');
    return (await readNodes(context)).map(({ nodeId, type }) => ({ value: printable(nodeId), help: type }));
  },
  // The newest first: it is meant most often.
  async jobs(context) {
    return (await readJobs(context))
      .reverse()
      .map(({ jobNumber, state, title }) => ({ value: `${jobNumber}`, help: `${JOB_STATE_WORDS[state]}, ${title}` }));
  },
  async files(context) {
    const { filesOf, readLibrary } = await import('../commands/packages.ts');
    return filesOf(await readLibrary(context)).map((fileName) => ({ value: printable(fileName), help: '' }));
  },
};

/** Options that say which system and who, in words of which others may be wrong yet. */
function targetOptions(shared: Command, words: readonly string[]): CommonOptions {
  shared
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(words, { from: 'user' });
  return shared.opts<CommonOptions>();
}

/**
 * Names that the target system of the words has, in the order of `what`; none where a person would have to be asked for anything (a password, a
 * certificate), and where nothing comes within three seconds.
 */
export async function namesOfTarget(
  host: CommandHost,
  shared: Command,
  words: readonly string[],
  what: readonly AskedName[],
): Promise<Candidate[]> {
  const silent = Object.create(host.terminal, {
    canAsk: { value: false },
    errIsTerminal: { value: false },
    err: { value: () => {} },
    errRaw: { value: () => {} },
    out: { value: () => {} },
  }) as Terminal;
  const found: Candidate[] = [];
  const options: CommonOptions = { ...targetOptions(shared, words), ...{ json: undefined, output: undefined } };
  // What the standard input holds is not for this.
  if (options.passwordFile === '-') return found;
  const launcher = createLauncher(
    Object.create(host, { terminal: { value: silent } }) as CommandHost,
    () => {},
    () => undefined,
  );
  await launcher.withSession({ ...options, quiet: true, verbose: false, timeout: WITHIN_MS }, async (context) => {
    for (const kind of what) found.push(...(await READ[kind](context)));
    return EXIT.done;
  });
  return found;
}
