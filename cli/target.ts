import { dirname } from 'node:path';
import { z } from 'zod';
import { findPractice } from '../core/node/practiceNotice.ts';
import { practiceTarget } from '../core/node/practiceReady.ts';
import { shellWord } from '../core/model/shellWords.ts';
import { leastFirewallRequest } from '../core/model/firewallRequest.ts';
import { MOST_ANSWERS } from '../core/model/ways.ts';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import { pathKind, type PathKind } from '../core/protocol/handshake.ts';
import { orderToTry, withLastPath } from '../core/workbench/pathMemory.ts';
import { changeSystems, findSystem, loadSystemsList } from '../core/workbench/systemsStore.ts';
import type { PracticeTarget } from '../core/workbench/ports.ts';
import type { SavedSystem } from '../core/workbench/state.ts';
import { withHostKey } from '../core/workbench/waySettings.ts';
import type { CommandHost, SignIn } from './CommandHost.ts';
import type { MasterSession } from './MasterSession.ts';
import { firstLine } from '../core/model/firstLine.ts';
import { readSecretFile } from './secretFile.ts';
import { withWayOptions, type SecretFileOptions, type WayOptions } from './wayOptions.ts';
import { createWaySecrets } from './waySecrets.ts';

/** The options that say which target system, by which ways, and who. */
export interface TargetOptions extends WayOptions, SecretFileOptions {
  readonly system?: string | undefined;
  readonly host?: string | undefined;
  readonly ccPort?: number | undefined;
  readonly sslPort?: number | undefined;
  readonly servicePort?: number | undefined;
  readonly chatPort?: number | undefined;
  readonly practice?: boolean | undefined;
  readonly fingerprint?: string | undefined;
  readonly acceptFingerprint?: string | undefined;
  readonly user?: string | undefined;
  readonly passwordFile?: string | undefined;
  /** What `putctl login` keeps: `beside` (also where absent) serves where no password is given, `itself` is the session to be signed in to. */
  readonly keptSession?: 'beside' | 'itself' | 'none' | undefined;
}

export const DEFAULT_PORTS = { ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 } as const;
export const DEFAULT_PATHS: readonly PathKind[] = ['single-port', 'hand-off'];

const signInFileSchema = z.object({ user: z.string().min(1).max(64), password: z.string().max(1024) });
const FINGERPRINT = /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/;

/** A fingerprint in the form that is pinned; lower case and missing colons are mended. Throws `usage`. */
export function parseFingerprint(text: string): string {
  const hex = text.replaceAll(':', '').trim().toUpperCase();
  const fingerprint = (hex.match(/../g) ?? []).join(':');
  if (hex.length !== 64 || !FINGERPRINT.test(fingerprint)) {
    throw new PutError('usage', `fingerprint: ${text} is not 32 pairs of hex digits joined by colons`);
  }
  return fingerprint;
}

/** A port number from the command line. Throws `usage` naming the option. */
export function parsePort(text: string, option: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new PutError('usage', `${option}: ${text} is not a port; give a number from 1 to 65535`);
  }
  return port;
}

/** An order of ways, joined by commas. Throws `usage`. */
export function parsePathOrder(text: string): PathKind[] {
  return splitList(text).map((one) => {
    const checked = pathKind.safeParse(one);
    if (!checked.success)
      throw new PutError('usage', `--path: ${one} is not a way; there are ${pathKind.options.join(', ')}`);
    return checked.data;
  });
}

/** The parts of a list joined by commas, empty ones left out. A comma between brackets belongs to a pattern: `tpa-[001-004,007]`. */
export function splitList(text: string): string[] {
  return text
    .split(/,(?![^[\]]*\])/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** The system that options name. */
interface Chosen {
  readonly system: SavedSystem;
  /** It is on the list, so an accepted certificate can be remembered. */
  readonly saved: boolean;
  /** Known with the system. */
  readonly secrets?: GivenSecrets;
}

/** The practice system that the desktop, the console, `npm start` or the user by hand has up on this machine. */
async function runningPractice(host: CommandHost): Promise<PracticeTarget> {
  const [ready, ...others] = await findPractice(dirname(host.practiceReadyFile));
  if (!ready) {
    throw new PutError('practice-not-up', 'no practice system of this user is up');
  }
  if (others.length > 0) {
    const places = [ready, ...others].map(
      ({ ports, practice, addresses, fingerprint }) =>
        `--host ${addresses[0] ?? '127.0.0.1'} --cc-port ${ports.negotiation} --fingerprint ${fingerprint} --password-file ${practice.passwordFile}`,
    );
    throw new HintedError(
      new PutError('usage', `${places.length} practice systems are up; say which one instead of --practice`),
      places,
    );
  }
  return practiceTarget(ready);
}

/** The system that options name, the default one, or the only one. @throws PutError usage, system-unknown */
export async function chosenSystem(host: CommandHost, options: TargetOptions): Promise<Chosen> {
  if (options.practice === true) {
    if (options.system !== undefined || options.host !== undefined) {
      throw new PutError('usage', '--practice goes without --system and --host');
    }
    const { user, password, ...address } = await runningPractice(host);
    const system = {
      ...address,
      systemId: 'practice',
      name: 'the practice system',
      pathOrder: DEFAULT_PATHS,
      practice: true,
    };
    return { system, saved: false, secrets: { user, password } };
  }
  if (options.host !== undefined) {
    if (options.system !== undefined) throw new PutError('usage', 'give --system or --host, not both');
    const system: SavedSystem = {
      ...DEFAULT_PORTS,
      systemId: 'command-line',
      name: options.host,
      host: options.host,
      pathOrder: DEFAULT_PATHS,
      practice: false,
      ...(options.fingerprint === undefined ? {} : { fingerprint: parseFingerprint(options.fingerprint) }),
    };
    return { system, saved: false };
  }
  if (options.fingerprint !== undefined) {
    throw new PutError(
      'usage',
      '--fingerprint belongs to --host; for a saved system use --accept-fingerprint or `putctl systems trust`',
    );
  }
  const list = await loadSystemsList(host.systemsFile);
  const { systems } = list;
  const name = options.system ?? host.env['PUT_SYSTEM'];
  if (name !== undefined && name !== '') return { system: findSystem(list, name), saved: true };
  const preferred = systems.find(({ systemId }) => systemId === list.defaultSystem);
  if (preferred) return { system: preferred, saved: true };
  const only = systems[0];
  if (only && systems.length === 1) return { system: only, saved: true };
  const names = systems.map((system) => system.name).join(', ');
  throw new PutError(
    'usage',
    only
      ? `several systems are saved (${names}); say which with --system NAME, or choose a default: putctl systems default NAME`
      : 'no target system: give --host HOST, or save one with `putctl systems add NAME --host HOST`; --practice is the practice system of this machine',
  );
}

interface GivenSecrets {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

/** A file's first line is the password; the sign-in file of a practice system holds the user too. */
function secretsOf(text: string): GivenSecrets {
  if (text.trimStart().startsWith('{')) {
    try {
      const parsed = signInFileSchema.safeParse(JSON.parse(text));
      if (parsed.success) return parsed.data;
    } catch {
      // A password may begin with a brace.
    }
  }
  return { password: firstLine(text) };
}

async function readSecrets(host: CommandHost, options: TargetOptions): Promise<GivenSecrets> {
  const path = options.passwordFile;
  if (path === undefined) return { password: host.env['PUT_PASSWORD'] || undefined };
  return secretsOf(await readSecretFile(host.terminal, path, '--password-file'));
}

async function askPassword(host: CommandHost, user: string, where: string): Promise<string> {
  if (host.terminal.canAsk) return host.terminal.askHidden(`Password of ${user} at ${where}: `);
  throw new PutError(
    'credentials-unavailable',
    `no password for ${user} at ${where}: use --password-file FILE or PUT_PASSWORD`,
  );
}

async function userOf(host: CommandHost, given: string | undefined, system: SavedSystem): Promise<string> {
  const user = given ?? host.env['PUT_USER'] ?? system.user;
  if (user !== undefined && user !== '') return user;
  if (host.terminal.canAsk) return (await host.terminal.ask(`User at ${system.name}: `)).trim();
  throw new PutError('credentials-unavailable', `no user for ${system.name}: use --user NAME or PUT_USER`);
}

async function remember(host: CommandHost, system: SavedSystem, changes: Partial<SavedSystem>): Promise<void> {
  await changeSystems(host.systemsFile, ({ systems }) =>
    systems.map((one) => (one.systemId === system.systemId ? { ...one, ...changes } : one)),
  );
}

/** Asks a person about a certificate that is not known yet. */
async function asksToTrust(host: CommandHost, system: SavedSystem, fingerprint: string): Promise<boolean> {
  if (!host.terminal.canAsk) return false;
  host.terminal.err(
    [
      `The certificate of ${system.name} (${system.host}:${system.ccPort}) is not known here yet. Its fingerprint is`,
      `  ${fingerprint}`,
      'Compare it with the one that putservices printed at its start, read to you by somebody at the master node.',
    ].join('\n'),
  );
  const answer = (await host.terminal.ask('Accept it? Type yes or no: ')).trim().toLowerCase();
  return answer === 'yes';
}

/** What to do about a certificate, as commands to copy. */
export function trustHints(error: PutError, options: TargetOptions, name: string): string[] {
  const fingerprint = error.details['fingerprint'];
  if (typeof fingerprint !== 'string') return [];
  if (error.code.startsWith('ssh-host-key-')) return [`repeat the command with --ssh-host-key ${fingerprint}`];
  return options.host === undefined
    ? [`putctl systems trust ${shellWord(name)} --fingerprint ${fingerprint}`]
    : [`repeat the command with --fingerprint ${fingerprint}`];
}

/** Carries what to do next beside the error; the text of the catalogue is general, these are the commands. */
export class HintedError extends PutError {
  readonly hints: readonly string[];
  /** For the firewall team, where they can help. */
  readonly askFor: string | undefined;

  constructor(error: PutError, hints: readonly string[], askFor?: string) {
    super(error.code, error.message, error.details, { cause: error.cause });
    this.hints = hints;
    this.askFor = askFor;
  }
}

interface SignedIn {
  readonly session: MasterSession;
  readonly system: SavedSystem;
  readonly user: string;
}

/** Signs in to the system that the options name; see `signInTo`. */
export async function connectTo(host: CommandHost, options: TargetOptions): Promise<MasterSession> {
  return (await signInTo(host, options)).session;
}

/** What `putctl login` keeps for a user, where it is meant. */
async function keptSession(
  host: CommandHost,
  { keptSession: as = 'beside' }: TargetOptions,
  { systemId }: SavedSystem,
  user: string,
  password: string | undefined,
): Promise<SignIn['kept']> {
  if (as === 'none' || (as === 'beside' && password !== undefined)) return undefined;
  const kept = await host.keptSignIns.get(systemId);
  return kept?.user === user ? { sessionToken: kept.sessionToken, as } : undefined;
}

/** A kept session is over: its time, another password, or somebody ended it. */
export const isKeptOver = ({ code }: PutError): boolean =>
  ['session-unknown', 'session-taken-over', 'account-changed'].includes(code);

/**
 * Signs in to the system that the options name. An unknown certificate is asked about where a person is there, and
 * remembered for a saved system; otherwise the error tells the fingerprint and the command that accepts it.
 */
export async function signInTo(host: CommandHost, options: TargetOptions): Promise<SignedIn> {
  const { system, saved, secrets: known } = await chosenSystem(host, options);
  const secrets = known ?? (await readSecrets(host, options));
  const ways = withWayOptions(system, options);
  const keep = async (changes: Partial<SavedSystem>): Promise<void> => {
    if (!saved) return;
    await remember(host, system, changes).catch((error: unknown) => {
      host.terminal.err(`putctl: ${host.systemsFile.path} is not changed (${reportOf(error).message})`);
    });
  };
  let accepted: SavedSystem = { ...system, ssh: ways.ssh };
  const waySecrets = await createWaySecrets(host, options, (question) => {
    accepted = withHostKey(accepted, question);
    // SSH settings of the command line are for this command; an accepted host key stays with those that are saved. It is
    // kept at once: a wrong password afterwards does not take back what was compared.
    if (ways.ssh === system.ssh) void keep({ ssh: accepted.ssh });
  });
  const user = await userOf(host, options.user ?? secrets.user, system);
  // An order of the command line is meant as it stands.
  const pathOrder = ways.pathOrder.join() === system.pathOrder.join() ? orderToTry(system) : ways.pathOrder;
  const target = {
    host: system.host,
    ccPort: options.ccPort ?? system.ccPort,
    sslPort: options.sslPort ?? system.sslPort,
    servicePort: options.servicePort ?? system.servicePort,
    chatPort: options.chatPort ?? system.chatPort,
  };
  let { password } = secrets;
  // What is kept serves until it is refused; then a person is asked.
  let kept = saved ? await keptSession(host, options, system, user, password) : undefined;
  // Only what a person types is asked for again; putservices answers more slowly after each failure.
  let mayAskAgain = password === undefined && host.terminal.canAsk ? MOST_ANSWERS - 1 : 0;
  let fingerprint =
    options.acceptFingerprint === undefined ? system.fingerprint : parseFingerprint(options.acceptFingerprint);
  for (;;) {
    // Without trust the dial ends before a password is sent, so none is asked for until a certificate is accepted.
    if (kept === undefined && (fingerprint !== undefined || ways.trust?.authorityFile !== undefined))
      password ??= await askPassword(host, user, system.name);
    try {
      const session = await host.signIn({
        target: {
          ...target,
          ssh: ways.ssh,
          proxy: ways.proxy,
          trust: ways.trust,
          secrets: waySecrets,
          ...(fingerprint === undefined ? {} : { fingerprint }),
        },
        pathOrder,
        user,
        password: password ?? '',
        kept,
      });
      session.capUploads(system.uploadCapBytesPerSecond);
      const { workedPath } = session;
      const { lastPath } = workedPath === undefined ? system : withLastPath(system, workedPath);
      // The user of one command does not become that of the others.
      await keep({ fingerprint, user: system.user ?? user, lastPath, lastUsedAtMs: host.clock.nowMs() });
      return { session, system, user };
    } catch (error) {
      if (!(error instanceof PutError)) throw error;
      if (kept?.as === 'beside' && isKeptOver(error)) {
        const again = `putctl login -s ${shellWord(system.name)}`;
        if (!host.terminal.canAsk) throw new HintedError(error, [again]);
        kept = undefined;
        host.terminal.err(
          `The sign-in that is kept for ${user} at ${system.name} is over; ${again} keeps another one.`,
        );
        continue;
      }
      if (error.code === 'sign-in-refused' && mayAskAgain-- > 0) {
        host.terminal.err('User or password is wrong. Once more:');
        password = undefined;
        continue;
      }
      if (error.code === 'ssh-host-key-unknown') throw new HintedError(error, trustHints(error, options, system.name));
      if (error.code !== 'certificate-unknown' && error.code !== 'certificate-changed') {
        const askFor = leastFirewallRequest(pathOrder, error, target);
        throw askFor === undefined ? error : new HintedError(error, [], askFor);
      }
      const shown = error.details['fingerprint'];
      if (
        error.code === 'certificate-unknown' &&
        typeof shown === 'string' &&
        (await asksToTrust(host, system, shown))
      ) {
        fingerprint = shown;
        await keep({ fingerprint });
        continue;
      }
      throw new HintedError(error, trustHints(error, options, system.name));
    }
  }
}
