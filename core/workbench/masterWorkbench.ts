import type { Dial } from '../client/paths.ts';
import { errorOf, PutError, reportOf, type ErrorReport } from '../protocol/errors.ts';
import type { Clock, Random } from '../session/ports.ts';
import type { BridgeAnswer, BridgeResult } from './bridge.ts';
import type { LocalFiles, SecretStore } from './ports.ts';
import type { SavedSystem } from './state.ts';
import type { TextFile } from './systemsStore.ts';
import { createWorkbench, type Workbench } from './Workbench.ts';

/** What the system of a page is called there, in every browser: it stands in addresses that people keep. */
const THIS_SYSTEM = 'this-system';

export interface MasterWorkbenchOptions {
  readonly version: string;
  readonly platform: string;
  readonly system: Omit<SavedSystem, 'systemId' | 'pathOrder'>;
  /** Leads to the services of this master, and nowhere else. */
  readonly dial: Dial;
  readonly clock: Clock;
  readonly random: Random;
  /** How the person's browser is named in the table of ports and the timeline. */
  readonly clientSystem: string;
  /** Of a session that an earlier workbench left. */
  readonly sessionToken?: string | undefined;
  /** The sample packages, for a practice system; nothing else of the master is read for a page. */
  readonly samples?: Pick<LocalFiles, 'samples' | 'inspect' | 'open'> | undefined;
  /** The licence texts that come with putservices. */
  readonly licences?: (() => Promise<string>) | undefined;
}

/** The workbench behind the pages of one browser at the master that serves them. */
export interface MasterWorkbench extends Pick<Workbench, 'openWindow'> {
  /** Signs in; answers the session's token, which is kept nowhere else. Rejects as `session.signIn` of the bridge fails. */
  signIn(user: string, password: string): Promise<string>;
  /** Ends the session on the master. */
  signOut(): Promise<void>;
  /** Calls back once, when the session has ended for good: signed out, taken over, its account changed. */
  onOver(listener: (cause: ErrorReport | undefined) => void): void;
  /** Lets the line go; the master keeps the session for its grace time. */
  close(): Promise<void>;
}

const refuse = (): Promise<never> =>
  Promise.reject(new PutError('bridge-refused', 'nothing of the master node is listed or read for a page'));
const NO_FILES: LocalFiles = {
  choose: refuse,
  listFolder: refuse,
  samples: refuse,
  inspect: refuse,
  saveText: refuse,
  open: refuse,
};
const NO_SECRETS: SecretStore = {
  available: false,
  get: () => Promise.resolve(undefined),
  set: () => Promise.resolve(),
  delete: () => Promise.resolve(),
};

function listOfOne(system: SavedSystem): TextFile {
  let text = JSON.stringify({ version: 1, systems: [system] });
  return {
    path: 'the system of this page',
    read: () => Promise.resolve(text),
    write: (next) => {
      text = next;
      return Promise.resolve();
    },
    update: (change) => {
      text = change(text) ?? text;
      return Promise.resolve();
    },
    setAside: () => Promise.resolve(undefined),
  };
}

/** Throws why the session of an earlier workbench could not be taken up; the workbench is closed then. */
async function demandTakenUp(workbench: Workbench): Promise<void> {
  const answer = (await workbench.invoke('state.snapshot', {})) as BridgeAnswer<BridgeResult<'state.snapshot'>>;
  const session = answer.ok ? answer.value.state.systems[THIS_SYSTEM]?.session : undefined;
  if (session && session.kind !== 'signed-out' && session.kind !== 'failed') return;
  await workbench.close();
  throw session?.cause
    ? errorOf(session.cause)
    : new PutError('session-unknown', 'the master node does not keep this session (any more)');
}

/**
 * Opens the workbench of a browser's pages with the one system that serves them; with a token it takes that session up
 * before it answers, or rejects with why it cannot. It is a client like every other: its rights are those of its session, and it reads nothing of the master's disk.
 */
export async function openMasterWorkbench(options: MasterWorkbenchOptions): Promise<MasterWorkbench> {
  const { clock, random, dial, clientSystem, version, platform } = options;
  let token = options.sessionToken;
  const tokens: SecretStore = {
    available: true,
    get: () => Promise.resolve(token),
    set: (_key, value) => {
      token = value;
      return Promise.resolve();
    },
    delete: () => {
      token = undefined;
      return Promise.resolve();
    },
  };
  const workbench = await createWorkbench({
    app: {
      version,
      platform,
      carrier: 'web',
      can: { systems: false, fileDialog: false, folders: false, samples: options.samples !== undefined },
    },
    ...{ clock, random, dial, clientSystem, tokens },
    systemsFile: listOfOne({ ...options.system, systemId: THIS_SYSTEM, pathOrder: ['websocket'] }),
    secrets: NO_SECRETS,
    localFiles: { ...NO_FILES, ...options.samples },
    licences: options.licences,
  });
  await workbench.takenUp;
  if (token !== undefined) await demandTakenUp(workbench);
  const ask = async (method: string, params: object): Promise<void> => {
    const answer = await workbench.invoke(method, { systemId: THIS_SYSTEM, ...params });
    if (!answer.ok) throw errorOf(answer.error);
  };
  return {
    openWindow: (readFile) => workbench.openWindow(readFile),
    async signIn(user, password) {
      await ask('session.signIn', { user, password });
      if (token === undefined) throw new PutError('internal', 'the sign-in gave no session');
      return token;
    },
    signOut: () => ask('session.signOut', {}),
    onOver(listener) {
      const stop = workbench.follow((before, after) => {
        const session = after.systems[THIS_SYSTEM]?.session;
        const was = before.systems[THIS_SYSTEM]?.session;
        if (!session || session === was || (session.kind !== 'signed-out' && session.kind !== 'failed')) return;
        stop();
        listener(session.cause && reportOf(errorOf(session.cause)));
      });
    },
    close: () => workbench.close(),
  };
}
