import type { Command } from 'commander';
import { PutError } from '../../core/protocol/errors.ts';
import { faultText } from '../../core/protocol/schemaWords.ts';
import { systemInputSchema } from '../../core/workbench/bridge.ts';
import type { SavedSystem } from '../../core/workbench/state.ts';
import { changeSystems, findSystem, findUnusable, loadSystemsList } from '../../core/workbench/systemsStore.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import {
  parsedBy,
  withDetailedExit,
  withJson,
  type Launcher,
  type LocalContext,
  type OutputOptions,
} from '../launch.ts';
import { parseFingerprint, splitList } from '../target.ts';
import { withWayOptions, withWays } from '../wayOptions.ts';
import { savedCap, withSystemOptions, type SystemOptions } from './systemOptions.ts';

interface EditOptions extends SystemOptions {
  readonly host?: string;
  readonly clear?: Clearable[];
}

const CLEARABLE = ['ssh', 'proxy', 'trust', 'user', 'fingerprint'] as const;
type Clearable = (typeof CLEARABLE)[number];

const clearable = parsedBy((text: string): Clearable[] =>
  splitList(text).map((word) => {
    const found = CLEARABLE.find((one) => one === word);
    if (found) return found;
    throw new PutError('usage', `${word} cannot be cleared; there are ${CLEARABLE.join(', ')}`);
  }),
);

function isNameTaken(list: Awaited<ReturnType<typeof loadSystemsList>>, name: string): boolean {
  return list.systems.some((one) => one.name === name) || findUnusable(list.unusable, name) !== undefined;
}

const given = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as Partial<T>;

/** A system with what the options say in place of its own. @throws PutError input-invalid, usage */
export function editedSystem(system: SavedSystem, options: EditOptions): SavedSystem {
  const { host, ccPort, sslPort, servicePort, chatPort, user, fingerprint, uploadCap, clear = [] } = options;
  const cleared = Object.fromEntries(
    Object.entries(system).filter(([key]) => !clear.includes(key as Clearable)),
  ) as unknown as SavedSystem;
  const edited: SavedSystem = {
    ...cleared,
    ...given({ host, ccPort, sslPort, servicePort, chatPort, user }),
    ...(fingerprint === undefined ? {} : { fingerprint: parseFingerprint(fingerprint) }),
    ...(uploadCap === undefined ? {} : { uploadCapBytesPerSecond: savedCap(uploadCap) }),
  };
  const ways = given(withWayOptions(edited, options));
  const whole = { ...edited, ...ways };
  const { name, host: at, ccPort: cc, sslPort: ssl, servicePort: service, chatPort: chat, pathOrder } = whole;
  const checked = systemInputSchema.safeParse({
    ...{ name, host: at, ccPort: cc, sslPort: ssl, servicePort: service, chatPort: chat, pathOrder },
  });
  if (checked.success) return whole;
  throw new PutError('input-invalid', faultText(checked.error));
}

async function changeOne(
  { host }: LocalContext,
  named: string,
  change: (system: SavedSystem, list: Awaited<ReturnType<typeof loadSystemsList>>) => SavedSystem,
): Promise<{ before: SavedSystem; after: SavedSystem }> {
  let changed: { before: SavedSystem; after: SavedSystem } | undefined;
  await changeSystems(host.systemsFile, (list) => {
    const before = findSystem(list, named);
    const after = change(before, list);
    changed = { before, after };
    return list.systems.map((one) => (one === before ? after : one));
  });
  if (!changed) throw new PutError('internal', `${host.systemsFile.path} was not changed`);
  return changed;
}

async function editSystem(context: LocalContext, named: string, options: EditOptions): Promise<ExitCode> {
  const { before, after } = await changeOne(context, named, (system) => editedSystem(system, options));
  const same = JSON.stringify(before) === JSON.stringify(after);
  context.output.result({ system: after }, () => (same ? `${after.name} is so already.` : `${after.name} is changed.`));
  return same ? EXIT.nothingToDo : EXIT.done;
}

async function renameSystem(context: LocalContext, named: string, name: string): Promise<ExitCode> {
  const { before, after } = await changeOne(context, named, (system, list) => {
    if (isNameTaken(list, name) && system.name !== name)
      throw new PutError('usage', `a system is saved as ${name} already; take another name`, { name });
    return editedSystem({ ...system, name }, {});
  });
  const same = before.name === after.name;
  context.output.result({ system: after, before: before.name }, () =>
    same ? `${after.name} is called so already.` : `${before.name} is called ${after.name} now.`,
  );
  return same ? EXIT.nothingToDo : EXIT.done;
}

/** Shows which system is meant where none is named, chooses one, or none. */
async function defaultSystem(
  { host, output }: LocalContext,
  named: string | undefined,
  { none }: { readonly none?: boolean | undefined },
): Promise<ExitCode> {
  if (named !== undefined && none === true) throw new PutError('usage', 'give a name or --none, not both');
  if (named !== undefined || none === true)
    await changeSystems(host.systemsFile, (list) => ({
      ...list,
      defaultSystem: named === undefined ? undefined : findSystem(list, named).systemId,
    }));
  const { systems, defaultSystem: systemId } = await loadSystemsList(host.systemsFile);
  const name = systems.find((one) => one.systemId === systemId)?.name;
  output.result({ ...(name === undefined ? {} : { default: name }) }, () =>
    name === undefined
      ? 'There is no default system; the only saved one is meant where none is named.'
      : `${name} is meant where none is named.`,
  );
  return EXIT.done;
}

/** `systems edit`, `systems rename` and `systems default`. */
export function defineSystemChanges(systems: Command, launch: Launcher): void {
  const edit = withDetailedExit(withWays(withJson(systems.command('edit'))))
    .description('change a saved system: what is named, the rest stays')
    .argument('<name>', 'name or id')
    .option('--host <host>', 'name or address of its master node');
  withSystemOptions(edit, false)
    .option('--clear <what>', `take away: ${CLEARABLE.join(', ')}`, clearable)
    .action((name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<EditOptions & OutputOptions>();
      return launch.local(options, (context) => editSystem(context, name, options));
    })
    .addHelpText(
      'after',
      '\nExamples:\n  putctl systems edit lab --host 10.1.2.4\n  putctl systems edit deep --ssh-jump gate.example.net --clear proxy',
    );
  withJson(systems.command('rename'))
    .description('call a saved system otherwise')
    .argument('<name>', 'name or id')
    .argument('<new-name>', 'how it is called from now on')
    .action((name: string, newName: string, _options: object, command: Command) =>
      launch.local(command.optsWithGlobals(), (context) => renameSystem(context, name, newName)),
    );
  withJson(systems.command('default'))
    .description('show or choose the system that is meant where none is named')
    .argument('[name]', 'name or id')
    .option('--none', 'none: where several are saved, one has to be named')
    .action((name: string | undefined, _options: object, command: Command) => {
      const options = command.optsWithGlobals<OutputOptions & { none?: boolean }>();
      return launch.local(options, (context) => defaultSystem(context, name, options));
    });
}
