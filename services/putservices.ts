import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { PutError, reportOf } from '../core/protocol/errors.ts';
import { TIMES } from '../core/protocol/limits.ts';
import { deflateCompression } from '../core/node/messageCompression.ts';
import { createSystemClock } from '../core/node/systemClock.ts';
import type { Clock } from '../core/session/ports.ts';
import { AccountBook, ensurePracticeAccount, PRACTICE_SIGN_IN_NAME } from './accounts/AccountBook.ts';
import { ChatService } from './chat/ChatService.ts';
import type { ServeOptions } from './commandLine.ts';
import { firstAdminCommand } from './config/packagePlaces.ts';
import { defaultConfig, readConfig, type Config } from './config/Config.ts';
import { withConfigLine } from './config/configPlace.ts';
import { FileService } from './files/FileService.ts';
import { PackageLibrary } from './files/PackageLibrary.ts';
import { JobArchive } from './jobs/JobArchive.ts';
import { PlanApprovals } from './jobs/PlanApprovals.ts';
import { JobService } from './jobs/JobService.ts';
import type { ServicesLog } from './log.ts';
import { openNodes } from './nodes/openNodes.ts';
import { practiceLimits, PRACTICE_SETTINGS } from './nodes/sim/practiceDeadlines.ts';
import { openPorts } from './portPlan.ts';
import { ConnectionGuard } from './portmgmt/ConnectionGuard.ts';
import type { LeaseRules } from './portmgmt/leases.ts';
import { Portmgmt, type SignIn } from './portmgmt/Portmgmt.ts';
import { PortListeners } from './portmgmt/PortListeners.ts';
import type { PortMap } from './portmgmt/PortsTopic.ts';
import { ServiceRegistry } from './sessions/ServiceRegistry.ts';
import { openSessionStore } from './sessions/SessionStore.ts';
import { StateFolder } from './state/StateFolder.ts';
import { storageCodeOf, storageFault } from './state/storageFault.ts';
import { certificateHosts } from './tls/certificateHosts.ts';
import { readAllowedCiphers, readClientAuthority, serverTlsOptions } from './tls/serverTlsOptions.ts';
import { loadOwnIdentity, readGivenIdentity, type TlsIdentity } from './tls/tlsIdentity.ts';
import { WebServer } from './web/WebServer.ts';

const MIB = 1024 * 1024;
const DAY_MS = 86_400_000;
/** Ports beyond the range that ALLOWOVERFLOW may use up before it stops too; a bound for a mode that leaks on purpose. */
const OVERFLOW_PORTS = 1000;
/** History that vanishes within this of its making is not noticed at the next start. */
const MARK_MS = 10_000;
/** After the close frames are sent, peers get this long to take them. */
const DRAIN_MS = 1_500;

/** A running putservices. */
export interface RunningServices {
  readonly ports: PortMap;
  readonly addresses: readonly string[];
  readonly fingerprint: string;
  readonly systemName: string;
  /** Names that browsers may call this system by: those of WEBNAMES, of the machine and of its certificate. */
  readonly webNames: () => readonly string[];
  readonly practice: { readonly nodes: number; readonly user: string; readonly passwordFile: string } | undefined;
  /** What is still missing for work on nodes, as sentences for the one who started it. */
  readonly toDo: readonly string[];
  /** Where the browser console is mounted. */
  readonly web: WebServer;
  readonly portmgmt: Portmgmt;
  /** Tells the clients, closes everything, gives the state folder back. */
  stop(): Promise<void>;
}

/** What is answered by the inventory as its file stands, not as it stood when it was last looked at. */
const NODES_SEEN_FIRST = {
  methods: [
    'job.start',
    'nodes.refresh',
    'nodes.facts',
    'nodes.startServices',
    'nodes.authorize',
    'inventory.shownKeys',
  ],
  topics: ['nodes', 'inventory'],
} as const;

/** The certificate that the Config file names, or the own one of the state folder. */
export function identityOf(config: Config, tlsFolder: string, systemName: string, nowMs: number): TlsIdentity {
  return config.tlsCert !== undefined && config.tlsKey !== undefined
    ? readGivenIdentity(config.tlsCert, config.tlsKey)
    : loadOwnIdentity(tlsFolder, { systemName, nowMs });
}

export function systemNameOf(config: Config, practice: boolean): string {
  return config.systemName ?? (practice ? 'Practice system' : hostname());
}

/**
 * Starts everything: state folder, ports, services. Throws a PutError that names the place; what was opened before is closed
 * then. Nothing listens before the state folder is locked, and nothing is journalled before every port is open.
 */
export async function startServices(
  options: ServeOptions,
  log: ServicesLog,
  software: string,
): Promise<RunningServices> {
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        log.error('a part of putservices did not close cleanly', { error: String(error) });
      }
    }
  };
  try {
    return await start(options, log, software, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw storageCodeOf(error) === undefined ? error : storageFault(error, options.state);
  }
}

async function start(
  options: ServeOptions,
  log: ServicesLog,
  software: string,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<RunningServices> {
  const config = options.config === undefined ? defaultConfig() : await readConfig(options.config);
  const practice = options.practice !== undefined;
  const systemName = systemNameOf(config, practice);
  const clock = createSystemClock();
  const folder = await StateFolder.open({ path: options.state, software, log });
  closers.push(() => folder.release());
  log.openFile(folder.file('log'));

  if (config.tlsKey === undefined) {
    const key = folder.file('tls', 'key.pem');
    folder.checkPart('tls-key', 'the key that clients know this system by (tls/key.pem)', () =>
      existsSync(key) ? 1 : 0,
    );
  }
  const withPlace = async (error: unknown): Promise<never> => {
    throw await withConfigLine(error, { file: options.config, portBase: options.portBase });
  };
  const readTls = async (): Promise<readonly [TlsIdentity, ReturnType<typeof tlsSettings>]> => [
    identityOf(config, folder.file('tls'), systemName, clock.nowMs()),
    tlsSettings(config),
  ];
  const [identity, tls] = await readTls().catch(withPlace);
  const guard = new ConnectionGuard();
  const addresses = config.listen.length > 0 || !practice ? config.listen : ['127.0.0.1'];
  const { ports, listeners } = await openPorts(
    config,
    { portBase: options.portBase, stateFolder: folder.path },
    async (wanted) => {
      const opened = new PortListeners({
        addresses,
        tlsOptions: tls(identity),
        guard,
        log,
        nowMs: () => clock.steadyMs(),
      });
      await opened.open(wanted);
      return opened;
    },
  ).catch(withPlace);
  closers.push(() => listeners.close(DRAIN_MS));

  folder.checkPart('accounts', 'the account file', () => (existsSync(folder.file('accounts')) ? 1 : 0));
  const accounts = await AccountBook.open({ file: folder.file('accounts'), log });
  const practiceSignIn = practice ? await ensurePracticeAccount(accounts, folder.path) : undefined;
  const services = new ServiceRegistry();
  const chat = new ChatService({ file: folder.file('timeline.db'), log });
  closers.push(() => chat.close());
  folder.checkPart('timeline', 'the timeline (timeline.db)', () => chat.lastNumber);
  services.add(chat);
  const library = await PackageLibrary.open({ folder: folder.file('library'), log });
  const files = await FileService.open({ library, log, maxFileBytes: config.maxFileMib * MIB });
  closers.push(() => files.close());
  services.add(files);
  const nodes = await openNodes({ options, folder, library, clock, log, tell: (...lines) => chat.tell(...lines) });
  closers.push(() => nodes.close());
  services.add(nodes.inventory);
  services.add(nodes.facts);
  services.lookBefore(NODES_SEEN_FIRST, () => nodes.look());
  const planFiles = await PlanApprovals.open(folder.file('plan-approvals.json'));
  closers.push(() => planFiles.close());
  const jobs = new JobService({
    journalPath: folder.file('journal.db'),
    driver: nodes.driver,
    library,
    tell: (...lines) => chat.tell(...lines),
    wasTold: (eventId) => chat.wasTold(eventId),
    clock,
    log,
    concurrency: config.nodesAtOnce,
    approval: { needed: config.approval, planFiles },
    settings: {
      signatures: config.signaturesRequired ? 'required' : 'digests-only',
      ...(practice ? PRACTICE_SETTINGS : {}),
    },
    archive: new JobArchive({ folder: folder.file('archive'), keepJobs: config.keepJobs, log }),
    ...(practice ? { deadlines: practiceLimits(1 / options.speed) } : {}),
  });
  closers.push(() => jobs.close());
  folder.checkPart('journal', 'the journal (journal.db)', jobs.eventsEver);
  services.add(jobs);
  nodes.jobRuns(jobs.isRunning());
  closers.push(jobs.onListChange(() => nodes.jobRuns(jobs.isRunning())));

  const running = new Portmgmt({
    clock,
    log,
    services,
    signIn: signInOf(accounts, clock),
    accounts,
    changePassword: async (change, comes) => {
      // It stands in a file, where putctl and the desktop read it.
      if (change.user === practiceSignIn?.user)
        throw new PutError('input-invalid', `${change.user} is the practice system's own account; its password stays`);
      await accounts.changePassword(change, comes);
    },
    store: openSessionStore(folder.file('sessions.db')),
    ports,
    leaseRules: leaseRulesOf(config, ports),
    graceMs: config.graceMinutes * 60_000,
    software,
    systemName,
    practice,
    compressions: [deflateCompression],
    connectionsAt: (port) => listeners.connectionsAt(port),
    listeningAt: (port) => listeners.listeningAt(port),
    openPort: (port) => listeners.openOverflow(port),
    closePort: (port) => listeners.closeOverflow(port),
  });
  closers.push(() => running.stop());

  let shown = identity;
  let namedBy: TlsIdentity | undefined;
  let webNames: readonly string[] = [];
  const web = new WebServer({
    log,
    accept: (transport, arrived) => void running.accept(transport, arrived),
    facts: { systemName, software, practice, fingerprint: () => shown.fingerprint },
  });
  listeners.serve(
    (transport, arrived) => void running.accept(transport, arrived),
    web,
    () => running.connectionsChanged(),
  );
  if (identity.own) closers.push(renewDaily());
  closers.push(keepMarks(folder, clock, log));
  log.info('putservices is ready', {
    ports,
    addresses,
    fingerprint: identity.fingerprint,
    nodes: nodes.driver.entries().length,
  });

  /** The certificate of a putservices that runs for years is renewed without a restart; the key and the pins stay. */
  function renewDaily(): () => void {
    const timer = setInterval(() => {
      try {
        const renewed = identityOf(config, folder.file('tls'), systemName, clock.nowMs());
        if (renewed.certificatePem === shown.certificatePem) return;
        shown = renewed;
        listeners.renew(tls(renewed));
        log.info('the certificate was renewed; its fingerprint stays', { fingerprint: renewed.fingerprint });
      } catch (error) {
        log.error('the certificate could not be renewed', { error: String(error) });
      }
    }, DAY_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  return {
    ports,
    addresses,
    fingerprint: identity.fingerprint,
    systemName,
    webNames: () => {
      if (namedBy !== shown) {
        namedBy = shown;
        webNames = [...config.webNames, hostname(), ...certificateHosts(shown.certificatePem)];
      }
      return webNames;
    },
    practice: practiceSignIn && {
      nodes: nodes.driver.entries().length,
      user: practiceSignIn.user,
      passwordFile: folder.file(PRACTICE_SIGN_IN_NAME),
    },
    toDo: practice ? [] : [...(await whoIsMissing(accounts, folder)), ...nodes.toDo()],
    web,
    portmgmt: running,
    stop: async () => {
      log.info('putservices stops');
      await closeAll();
    },
  };
}

/** What a master needs before anybody can do anything with it. */
async function whoIsMissing(accounts: AccountBook, folder: StateFolder): Promise<string[]> {
  const admins = (await accounts.listAccounts()).filter(({ role }) => role === 'admin');
  return admins.length > 0 ? [] : [`Nobody can sign in as admin yet: ${firstAdminCommand(folder.path)}`];
}

/** Writes down at intervals, and at the end, how much of each part of the folder there is. A failure is told and tried again. */
function keepMarks(folder: StateFolder, clock: Clock, log: ServicesLog): () => Promise<void> {
  let stopTimer = (): void => {};
  let ended = false;
  const mark = (): Promise<void> =>
    folder
      .mark()
      .catch((error: unknown) =>
        log.error('the marks of the state folder could not be written', { ...reportOf(error) }),
      );
  const again = (): void => {
    stopTimer = clock.setTimer(MARK_MS, () => void mark().then(() => ended || again()));
  };
  void mark().then(() => ended || again());
  return () => {
    ended = true;
    stopTimer();
    return mark();
  };
}

function tlsSettings(config: Config): (identity: TlsIdentity) => ReturnType<typeof serverTlsOptions> {
  const ciphers = config.allowedCiphers === undefined ? undefined : readAllowedCiphers(config.allowedCiphers);
  const clientAuthorityPem = config.clientCa === undefined ? undefined : readClientAuthority(config.clientCa);
  const ticketKeys = randomBytes(48);
  return (identity) => serverTlsOptions({ identity, ticketKeys, ciphers, clientAuthorityPem });
}

function leaseRulesOf(config: Config, ports: PortMap): LeaseRules {
  const firstPort = ports.watch + 1;
  const lastPort = ports.watch + ports.gui.length;
  return {
    firstPort,
    lastPort,
    overflowTo: config.allowOverflow ? Math.min(lastPort + OVERFLOW_PORTS, 65_535) : lastPort,
    takenPorts: new Set([ports.service, ports.chat, ports.web]),
    watched: config.leaseWatch,
    offerMs: TIMES.leaseOfferMs,
    watchLostMs: TIMES.watchLostMs,
  };
}

function signInOf(accounts: AccountBook, clock: Clock): SignIn {
  return {
    signIn: (user, password, address, stillWanted = () => true) =>
      accounts.verifyPassword({ user, password, address, nowMs: clock.steadyMs(), stillWanted }),
  };
}
