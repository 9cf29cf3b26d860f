import { shellWord } from '../../core/model/shellWords.ts';
import type { Command } from 'commander';
import { PutError } from '../../core/protocol/errors.ts';
import { faultText } from '../../core/protocol/schemaWords.ts';
import { systemInputSchema } from '../../core/workbench/bridge.ts';
import type { SavedSystem } from '../../core/workbench/state.ts';
import { newId } from '../../core/session/newId.ts';
import {
  changeSystems,
  findSystem,
  findUnusable,
  findUsable,
  loadSystemsList,
} from '../../core/workbench/systemsStore.ts';
import { EXIT, type ExitCode } from '../exitCodes.ts';
import { withJson, withListing, type Launcher, type LocalContext, withMeant } from '../launch.ts';
import { formatTable } from '../output/table.ts';
import { formatDateTime, mark } from '../output/words.ts';
import { forgetSignIn } from './login.ts';
import { defineSystemChanges } from './systemChanges.ts';
import { savedCap, withSystemOptions, type SystemOptions } from './systemOptions.ts';
import { withWayOptions, withWays } from '../wayOptions.ts';
import { DEFAULT_PORTS, DEFAULT_PATHS, parseFingerprint } from '../target.ts';

interface AddOptions extends SystemOptions {
  readonly host: string;
}

export async function listSystems({ host, output }: LocalContext): Promise<ExitCode> {
  const { systems, unusable, defaultSystem } = await loadSystemsList(host.systemsFile);
  for (const { name, key, reason } of unusable)
    host.terminal.err(
      `putctl: ${name} is saved, but cannot be used (${reason}). It stays in the file; putctl systems remove ${key} takes it out.`,
    );
  output.result(
    {
      file: host.systemsFile.path,
      systems,
      ...(defaultSystem === undefined ? {} : { defaultSystem }),
      ...(unusable.length === 0 ? {} : { unusable }),
    },
    () =>
      systems.length === 0
        ? 'No system is saved yet. Next: putctl systems add NAME --host HOST'
        : formatTable(
            [
              { title: 'NAME', shrinks: true },
              { title: 'HOST' },
              { title: 'CCPORT', align: 'right', yields: 3 },
              { title: 'WAYS', yields: 1 },
              { title: 'CERTIFICATE' },
              { title: 'USER', yields: 2 },
              { title: 'LAST USED' },
            ],
            systems.map((system) => [
              system.systemId === defaultSystem ? `${system.name} (default)` : system.name,
              system.host,
              String(system.ccPort),
              system.pathOrder.join(', '),
              mark(
                system.fingerprint === undefined ? 'unknown' : 'ok',
                host.terminal.style,
                system.fingerprint === undefined ? 'not accepted' : `${system.fingerprint.slice(0, 11)}...`,
              ),
              system.user ?? '',
              system.lastUsedAtMs === undefined ? 'never' : formatDateTime(system.lastUsedAtMs),
            ]),
            { columns: host.terminal.columns },
          ),
  );
  return EXIT.done;
}

export async function addSystem({ host, output }: LocalContext, name: string, options: AddOptions): Promise<ExitCode> {
  const checked = systemInputSchema.safeParse({
    name,
    host: options.host,
    ccPort: options.ccPort ?? DEFAULT_PORTS.ccPort,
    sslPort: options.sslPort ?? DEFAULT_PORTS.sslPort,
    servicePort: options.servicePort ?? DEFAULT_PORTS.servicePort,
    chatPort: options.chatPort ?? DEFAULT_PORTS.chatPort,
    pathOrder: options.path ?? DEFAULT_PATHS,
  });

  if (!checked.success) {
    throw new PutError('input-invalid', faultText(checked.error));
  }
  const plain: SavedSystem = { ...checked.data, systemId: newId(host.random), practice: false };
  const system: SavedSystem = {
    ...plain,
    ...withWayOptions(plain, options),
    ...(options.user === undefined ? {} : { user: options.user }),
    ...(options.fingerprint === undefined ? {} : { fingerprint: parseFingerprint(options.fingerprint) }),
    uploadCapBytesPerSecond: savedCap(options.uploadCap),
  };
  await changeSystems(host.systemsFile, ({ systems, unusable }) => {
    if (systems.some((one) => one.name === name) || findUnusable(unusable, name)) {
      const message = `a system is saved as ${name} already; take another name, or remove it first: putctl systems remove ${name}`;
      throw new PutError('usage', message, { name });
    }
    return [...systems, system];
  });
  output.result({ system }, () => `${name} is saved. Next: putctl nodes --system ${shellWord(name)}`);
  return EXIT.done;
}

export async function removeSystem(context: LocalContext, name: string): Promise<ExitCode> {
  const { host, output } = context;
  const systemId = findUsable((await loadSystemsList(host.systemsFile)).systems, name)?.systemId;
  // While it is still known how its master is reached.
  if (systemId !== undefined) await forgetSignIn(context, { system: systemId }, systemId);
  let removed = name;
  await changeSystems(host.systemsFile, (list) => {
    const { systems, unusable, defaultSystem } = list;
    const broken = findUsable(systems, name) ? undefined : findUnusable(unusable, name);
    if (broken) {
      removed = broken.name;
      return { ...list, unusable: unusable.filter((one) => one !== broken) };
    }
    const found = findSystem(list, name);
    removed = found.name;
    const left = systems.filter((system) => system !== found);
    return { ...list, systems: left, defaultSystem: defaultSystem === found.systemId ? undefined : defaultSystem };
  });
  output.result({ removed }, () => `${removed} is not saved any more; nothing was changed on the system itself.`);
  return EXIT.done;
}

export async function trustSystem({ host, output }: LocalContext, name: string, text: string): Promise<ExitCode> {
  const fingerprint = parseFingerprint(text);
  let found: SavedSystem | undefined;
  await changeSystems(host.systemsFile, (list) => {
    found = findSystem(list, name);
    return list.systems.map((system) => (system === found ? { ...system, fingerprint } : system));
  });
  const before = found?.fingerprint;
  output.result({ name: found?.name ?? name, fingerprint, before }, () =>
    [
      `${found?.name ?? name} may show the certificate ${fingerprint}.`,
      ...(before === undefined || before === fingerprint ? [] : [`Accepted before was ${before}.`]),
    ].join('\n'),
  );
  return EXIT.done;
}

export function defineSystems(program: Command, launch: Launcher): void {
  const list = (options: { json?: boolean }): Promise<void> => launch.local(options, listSystems);
  const listing = {
    of: 'systems',
    name: 'name',
    fields: ['systemId', 'host', 'ccPort', 'pathOrder', 'fingerprint', 'user', 'lastUsedAtMs'],
  };
  const systems = withMeant(withListing(withJson(program.command('systems')), listing), ([name, other]) =>
    other === undefined ? [`systems default ${name}`, `systems edit ${name}`] : ['systems'],
  )
    .description('the target systems that are saved on this client system')
    .action(list);
  systems.addHelpText(
    'after',
    `
Examples:
  putctl systems
  putctl systems add lab --host 10.1.2.3 --user ops
  putctl systems add far --host put.example.net --cc-port 9400 --path websocket,single-port
  putctl systems add deep --host 10.8.0.1 --ssh 10.8.0.1 --ssh-user ops --ssh-jump gate.example.net
  putctl systems default lab                          meant where none is named
  putctl systems trust lab --fingerprint 3F:A0:...    accept a certificate after comparing it

The list is shared with the desktop. It never holds a password; the sessions that putctl login keeps are elsewhere. PUT_DATA_DIR names another data folder.`,
  );
  withListing(withJson(systems.command('list')), listing)
    .description('the same as `putctl systems`')
    .action((_options: object, command: Command) => list(command.optsWithGlobals()));
  const add = withWays(withJson(systems.command('add')))
    .description('save a system')
    .argument('<name>', 'how it is called here')
    .requiredOption('--host <host>', 'name or address of its master node');
  withSystemOptions(add, true).action((name: string, _options: object, command: Command) => {
    const options = command.optsWithGlobals<AddOptions & { json?: boolean }>();
    return launch.local(options, (context) => addSystem(context, name, options));
  });
  defineSystemChanges(systems, launch);
  withJson(systems.command('remove'))
    .description('forget a system')
    .argument('<name>', 'name or id')
    .action((name: string, _options: object, command: Command) =>
      launch.local(command.optsWithGlobals(), (context) => removeSystem(context, name)),
    );
  withJson(systems.command('trust'))
    .description('accept a certificate after comparing its fingerprint with the one that putservices printed')
    .argument('<name>', 'name or id')
    .requiredOption('--fingerprint <F>', '32 pairs of hex digits joined by colons')
    .action((name: string, _options: object, command: Command) => {
      const options = command.optsWithGlobals<{ json?: boolean; fingerprint: string }>();
      return launch.local(options, (context) => trustSystem(context, name, options.fingerprint));
    });
}
