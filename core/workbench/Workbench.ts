import { checked } from '../protocol/body.ts';
import { advisedReport, errorOf, PutError, reportOf } from '../protocol/errors.ts';
import { faultText } from '../protocol/schemaWords.ts';
import { METHODS, type MethodName } from '../protocol/methods.ts';
import {
  BRIDGE_METHODS,
  type BridgeAnswer,
  type BridgeMethodName,
  type BridgePush,
  type BridgeResult,
} from './bridge.ts';
import type { z } from 'zod';
import { ownSettingsAnswers } from './ownSettings.ts';
import type { ChosenFile, WorkbenchPorts } from './ports.ts';
import { FileHandles } from './FileHandles.ts';
import { readKeptUploads, UploadKeeper } from './keptUploads.ts';
import { keptIsRefused } from './keptIsRefused.ts';
import { PageFiles, type ReadPageFile } from './PageFiles.ts';
import { ShownCertificates } from './ShownCertificates.ts';
import { StateBox } from './StateBox.ts';
import type { Abilities, PracticeView, SavedSystem, UnusableSystem, WorkbenchState } from './state.ts';
import { emptySystemView, SystemSession } from './SystemSession.ts';
import { newId } from '../session/newId.ts';
import { changeSystems, findUnusable, loadSystemsList } from './systemsStore.ts';
import { changesOf, withSettings } from './waySettings.ts';

/** A window's own end of the workbench: what it watches goes with it. */
export interface WorkbenchWindow {
  /** Answers a call; never rejects. Unknown methods and bad arguments are `bridge-refused`, and so is every call after `close`. */
  invoke(method: string, params: unknown): Promise<BridgeAnswer>;
  /** Calls back on every change; returns its own remover. */
  subscribe(listener: (push: BridgePush) => void): () => void;
  /**
   * The window is gone, however it went: its watches and subscriptions end. `left`: it said so, as a page does that is closed
   * or loaded anew and will hardly come back to the files that were chosen in it.
   */
  close(left?: boolean): void;
}

/** The layer behind the bridge: what windows ask for and see, the same in the desktop, the console and the browser. */
export interface Workbench {
  /** One for each window, closed when the window is gone. `readFile`: reads what was chosen in a page of a browser. */
  openWindow(readFile?: ReadPageFile): WorkbenchWindow;
  /** Sessions that an earlier workbench left were taken up, or could not be. */
  readonly takenUp: Promise<void>;
  /** A call of the program itself, which is there as long as the workbench. */
  invoke: WorkbenchWindow['invoke'];
  subscribe: WorkbenchWindow['subscribe'];
  /** Reads files that a person dropped on a window, by the paths that the carrier itself has of them: never by a page's word. */
  dropped(paths: readonly string[]): Promise<BridgeAnswer>;
  /** Calls the program itself back with the state before and after every push; returns its own remover. */
  follow(listener: (before: WorkbenchState, after: WorkbenchState) => void): () => void;
  /** The machine woke up or its network changed: every session makes sure that its line lives. */
  networkChanged(): void;
  /** Lets all lines go; sessions stay on their masters for the grace time. */
  close(): Promise<void>;
}

type Answers = {
  readonly [M in BridgeMethodName]: (
    params: z.output<(typeof BRIDGE_METHODS)[M]['params']>,
    window: object,
  ) => BridgeResult<M> | Promise<BridgeResult<M>>;
};

/** What needs an ability; the others are always there. */
const NEEDS: { readonly [M in BridgeMethodName]?: keyof Abilities } = {
  'system.add': 'systems',
  'system.update': 'systems',
  'system.remove': 'systems',
  'system.removeUnusable': 'systems',
  'system.trustCertificate': 'systems',
  'session.signIn': 'systems',
  'path.test': 'pathTest',
  'practice.start': 'practice',
  'practice.stop': 'practice',
  'files.choose': 'fileDialog',
  'files.listFolder': 'folders',
  'files.samples': 'samples',
  'app.licences': 'licences',
};

const tokenKey = (systemId: string): string => `session:${systemId}`;
const passwordKey = (systemId: string): string => `password:${systemId}`;

/**
 * Makes the workbench: loads the saved systems and takes up sessions that an earlier run left. Rejects with
 * `config-unreadable` when the list of systems cannot be read; it is not overwritten then.
 */
export async function createWorkbench(ports: WorkbenchPorts): Promise<Workbench> {
  const { systems, unusable } = await loadSystemsList(ports.systemsFile);
  const tokens = ports.tokens ?? ports.secrets;
  const has = (port: unknown): boolean => port !== undefined;
  const { testPaths, practice, licences } = ports;
  const can = { ...ports.app.can, pathTest: has(testPaths), practice: has(practice), licences: has(licences) };
  const box = new StateBox(
    {
      app: { ...ports.app, can, passwordStore: ports.secrets.available ? 'keyring' : 'none' },
      practice: { state: 'off' },
      systems: Object.fromEntries(systems.map((saved) => [saved.systemId, emptySystemView(saved)])),
      ...(unusable.length === 0 ? {} : { unusableSystems: unusable }),
    },
    ports.clock,
  );
  const sessions = new Map<string, SystemSession>();
  /** Each system as this process last read or wrote it: what differs from it is what is written. */
  const written = new Map<string, SavedSystem>(systems.map((saved) => [saved.systemId, saved]));

  const addSession = (saved: SavedSystem): SystemSession => {
    const session: SystemSession = new SystemSession(
      saved,
      ports,
      (change) =>
        box.update((state) => {
          const view = state.systems[saved.systemId];
          return view ? { ...state, systems: { ...state.systems, [saved.systemId]: change(view) } } : state;
        }),
      () => {
        // A list that cannot be written now only costs accepting the key again.
        save(saved.systemId).catch(() => {});
      },
    );
    sessions.set(saved.systemId, session);
    return session;
  };
  const known = (systemId: string): SystemSession => {
    const session = sessions.get(systemId);
    if (!session) throw new PutError('system-unknown', `no system is saved as ${systemId}`);
    return session;
  };
  let saving = Promise.resolve();
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    saving = saving.catch(() => {}).then(work);
    return saving;
  };
  /** Writes what changed of one system; what another program changed or took out of the list meanwhile stays so. */
  const save = (systemId: string): Promise<void> =>
    inTurn(async () => {
      const saved = sessions.get(systemId)?.saved;
      const before = written.get(systemId);
      if (!saved) return;
      await changeSystems(ports.systemsFile, (list) =>
        before
          ? list.systems.map((one) => (one.systemId === systemId ? { ...one, ...changesOf(before, saved) } : one))
          : [...list.systems, saved],
      );
      written.set(systemId, saved);
    });
  const addSystem = async (saved: SavedSystem): Promise<SystemSession> => {
    const { systemId } = saved;
    const session = addSession(saved);
    try {
      await save(systemId);
    } catch (error) {
      sessions.delete(systemId);
      throw error;
    }
    box.update((state) => ({ ...state, systems: { ...state.systems, [systemId]: emptySystemView(saved) } }));
    return session;
  };
  const handles = new FileHandles(ports.random);
  const fileAt = (path: string): ChosenFile => ({
    key: path,
    name: path.split(/[\\/]/).at(-1) ?? path,
    path,
    open: () => ports.localFiles.open(path),
  });
  const handlesOf = (paths: readonly string[]): string[] => paths.map((path) => handles.give(fileAt(path)));
  const pageFiles = new PageFiles(ports.clock);
  /** By window: how what was chosen in it is read. */
  const readers = new WeakMap<object, ReadPageFile>();
  const shown = new ShownCertificates();
  const setPractice = (practice: PracticeView): void => box.update((state) => ({ ...state, practice }));
  const forgetSecrets = async (systemId: string): Promise<void> => {
    await tokens.delete(tokenKey(systemId));
    await ports.secrets.delete(passwordKey(systemId));
  };
  const signIn = async (session: SystemSession, user: string, password: string): Promise<void> => {
    try {
      await session.signIn(user, password);
    } catch (error) {
      shown.note(session.saved.systemId, error);
      throw error;
    }
    session.setSaved({ ...session.saved, user, lastUsedAtMs: ports.clock.nowMs() });
    // Signed in is signed in: what cannot be written only costs a sign-in at the next start.
    await save(session.saved.systemId).catch(() => undefined);
    if (tokens.available && session.sessionToken !== undefined)
      await tokens.set(tokenKey(session.saved.systemId), session.sessionToken).catch(() => undefined);
  };

  let practiceStarting: Promise<{ systemId: string }> | undefined;
  /** Two windows that ask at once get the same practice system. */
  const startPractice = (): Promise<{ systemId: string }> =>
    (practiceStarting ??= startPracticeOnce().finally(() => (practiceStarting = undefined)));

  const startPracticeOnce = async (): Promise<{ systemId: string }> => {
    if (!ports.practice) throw new PutError('not-practice', 'a practice system cannot be started from here');
    setPractice({ state: 'starting' });
    try {
      const { user, password, ...address } = await ports.practice.start();
      const old = [...sessions.values()].find((session) => session.saved.practice);
      const saved: SavedSystem = {
        systemId: old?.saved.systemId ?? newId(ports.random),
        name: old?.saved.name ?? 'Practice system',
        pathOrder: old?.saved.pathOrder ?? ['single-port', 'hand-off'],
        practice: true,
        ...address,
      };
      const session = old ?? (await addSystem(saved));
      session.setSaved(saved);
      await signIn(session, user, password);
      setPractice({ state: 'up', systemId: saved.systemId });
      return { systemId: saved.systemId };
    } catch (error) {
      setPractice({ state: 'failed', cause: reportOf(error) });
      throw error;
    }
  };

  const own = ownSettingsAnswers(ports, box);
  await own.shown;
  const answers: Answers = {
    ...own.answers,
    'state.snapshot': () => box.snapshot(),

    'system.add': async (input) => {
      const systemId = newId(ports.random);
      await addSystem({ systemId, practice: false, ...input });
      return { systemId };
    },
    'system.update': async ({ systemId, system }) => {
      const session = known(systemId);
      session.setSaved(withSettings(session.saved, system));
      await save(systemId);
      return {};
    },
    'system.remove': async ({ systemId }) => {
      await known(systemId).signOut();
      await known(systemId).desk.forgetKept();
      sessions.delete(systemId);
      await forgetSecrets(systemId);
      box.update((state) => {
        const { [systemId]: _removed, ...others } = state.systems;
        return { ...state, systems: others };
      });
      await inTurn(() =>
        changeSystems(ports.systemsFile, ({ systems }) => systems.filter((one) => one.systemId !== systemId)),
      );
      return {};
    },
    'system.removeUnusable': async ({ key }) => {
      let left: readonly UnusableSystem[] = [];
      await inTurn(() =>
        changeSystems(ports.systemsFile, (list) => {
          const found = findUnusable(list.unusable, key);
          left = list.unusable.filter((one) => one !== found);
          return { ...list, unusable: left };
        }),
      );
      box.update((state) => ({ ...state, unusableSystems: left }));
      return {};
    },
    'system.trustCertificate': async ({ systemId, fingerprint }) => {
      const session = known(systemId);
      if (!shown.has(systemId, fingerprint, box.state.systems[systemId]?.session))
        throw new PutError(
          'bridge-refused',
          'this certificate was not shown to anybody; sign in to see the present one',
        );
      shown.forget(systemId);
      session.trust(fingerprint);
      await save(systemId);
      return {};
    },

    'session.signIn': async ({ systemId, user, password, remember }) => {
      const stored =
        password === '' && ports.secrets.available ? await ports.secrets.get(passwordKey(systemId)) : undefined;
      if (password === '' && stored === undefined)
        throw new PutError('credentials-unavailable', `no password is saved for ${known(systemId).saved.name}`);
      await signIn(known(systemId), user, stored ?? password).catch(
        stored === undefined ? undefined : keptIsRefused(user),
      );
      if (remember && ports.secrets.available && password !== '')
        await ports.secrets.set(passwordKey(systemId), password);
      return {};
    },
    'account.changePassword': async ({ systemId, password, newPassword }) => {
      await known(systemId).request('account.changePassword', { password, newPassword });
      const key = passwordKey(systemId);
      if (ports.secrets.available && (await ports.secrets.get(key)) !== undefined)
        await ports.secrets.set(key, newPassword);
      return {};
    },
    'path.test': ({ systemId }) => {
      if (!ports.testPaths) throw new PutError('bridge-refused', 'there is no path test here');
      const { saved, desk } = known(systemId);
      return ports.testPaths(saved, { known: (question) => desk.known(question) });
    },
    'session.signOut': async ({ systemId }) => {
      await known(systemId).signOut();
      known(systemId).desk.forget();
      await tokens.delete(tokenKey(systemId));
      return {};
    },
    'secret.answer': ({ systemId, questionId, secret, remember }) => {
      known(systemId).desk.answer(questionId, secret, remember);
      return {};
    },
    'secret.refuse': ({ systemId, questionId }) => {
      known(systemId).desk.refuse(questionId);
      return {};
    },
    'session.retryNow': ({ systemId }) => {
      known(systemId).desk.personActs();
      known(systemId).retryNow();
      return {};
    },

    'practice.start': startPractice,
    'practice.stop': async () => {
      const session = [...sessions.values()].find((candidate) => candidate.saved.practice);
      await session?.signOut();
      await ports.practice?.stop();
      setPractice({ state: 'off' });
      return {};
    },

    'job.open': ({ systemId, jobId, part }, window) => {
      known(systemId).openJob(jobId, part, window);
      return {};
    },
    'job.close': ({ systemId, jobId, part }, window) => {
      known(systemId).closeJob(jobId, part, window);
      return {};
    },
    'topic.open': ({ systemId, topic }, window) => {
      known(systemId).openTopic(topic, window);
      return {};
    },
    'topic.close': ({ systemId, topic }, window) => {
      known(systemId).closeTopic(topic, window);
      return {};
    },
    'timeline.older': async ({ systemId }) => {
      await known(systemId).olderTimeline();
      return {};
    },
    'master.request': ({ systemId, method, params }) => passOn(known(systemId), method, params),

    'files.choose': async () => ({ handles: handlesOf(await ports.localFiles.choose()) }),
    'files.listFolder': async ({ folder }) => {
      const listed = await ports.localFiles.listFolder(folder);
      const entries = listed.entries.map((entry) =>
        entry.folder ? entry : { ...entry, handle: handles.give(fileAt(entry.path)) },
      );
      return { ...listed, entries };
    },
    'files.samples': async () => ({ handles: handlesOf(await ports.localFiles.samples()) }),
    'files.inspect': async ({ handles: asked }) => {
      const paths = asked.flatMap((handle) => handles.fileOf(handle).path ?? []);
      const files = await ports.localFiles.inspect(paths);
      return { files: files.map((file) => ({ ...file, handle: handles.give(fileAt(file.path)) })) };
    },
    'files.offer': ({ files }, window) => {
      const read = readers.get(window);
      if (!read) throw new PutError('bridge-refused', 'no files can be read from this window');
      return { handles: pageFiles.offer(window, read, files).map((file) => handles.give(file)) };
    },
    'files.known': ({ files }) => ({ files: pageFiles.known(files) }),
    'files.withdraw': ({ files }) => {
      pageFiles.withdraw(files);
      return {};
    },
    'files.saveText': async ({ suggestedName, text }) => {
      const path = await ports.localFiles.saveText(suggestedName, text);
      return path === undefined ? {} : { path };
    },

    'upload.start': ({ systemId, handles: asked }) => ({
      transferIds: known(systemId).transfers.add(asked.map((handle) => handles.fileOf(handle))),
    }),
    'upload.pause': ({ systemId, transferId }) => {
      known(systemId).transfers.pause(transferId);
      return {};
    },
    'upload.resume': ({ systemId, transferId }) => {
      known(systemId).transfers.resume(transferId);
      return {};
    },
    'upload.cancel': ({ systemId, transferId }) => {
      known(systemId).transfers.cancel(transferId);
      return {};
    },
    'upload.setCap': async ({ systemId, bytesPerSecond }) => {
      const session = known(systemId);
      session.setSaved({ ...session.saved, uploadCapBytesPerSecond: bytesPerSecond });
      await save(systemId);
      return {};
    },
    'upload.clear': ({ systemId }) => {
      known(systemId).transfers.clear();
      return {};
    },
  };

  for (const saved of systems) addSession(saved);
  const keeper = ports.uploadsFile && new UploadKeeper(ports.uploadsFile);
  for (const { systemId, path, ...left } of ports.uploadsFile ? await readKeptUploads(ports.uploadsFile) : [])
    sessions.get(systemId)?.transfers.add([fileAt(path)], left);
  if (keeper) box.follow((before, after) => keeper.follow(before, after));
  const takeUp = async (session: SystemSession): Promise<void> => {
    const token = await tokens.get(tokenKey(session.saved.systemId));
    if (token !== undefined) await session.takeUp(token);
  };
  const takenUp = Promise.all(tokens.available ? [...sessions.values()].map(takeUp) : []).then(
    () => {},
    // A store of tokens that cannot be read only costs a sign-in.
    () => {},
  );

  /** `may`: absent for the program itself, which wired this and may do everything. */
  const makeWindow = (may: Abilities | undefined, readFile?: ReadPageFile): WorkbenchWindow => {
    const window = {};
    if (readFile) readers.set(window, readFile);
    const removers = new Set<() => void>();
    let open = true;
    return {
      async invoke(method, params) {
        try {
          if (!open) throw new PutError('bridge-refused', 'the window that asks is closed');
          return { ok: true, value: await answer(answers, may, method, params, window) };
        } catch (error) {
          return { ok: false, error: advisedReport(errorOf(reportOf(error))) };
        }
      },
      subscribe(listener) {
        const stop = box.subscribe(listener);
        const remove = (): void => {
          removers.delete(remove);
          stop();
        };
        removers.add(remove);
        return remove;
      },
      close(left = true) {
        if (!open) return;
        open = false;
        pageFiles.windowGone(window, left);
        for (const remove of [...removers]) remove();
        for (const session of sessions.values()) session.closeWindow(window);
      },
    };
  };
  const program = makeWindow(undefined);

  return {
    openWindow: (readFile) => makeWindow(can, readFile),
    takenUp,
    invoke: (method, params) => program.invoke(method, params),
    subscribe: (listener) => program.subscribe(listener),
    dropped: (paths) => program.invoke('files.inspect', { handles: handlesOf(paths) }),
    follow: (listener) => box.follow(listener),
    networkChanged() {
      for (const session of sessions.values()) session.retryNow();
    },
    async close() {
      await keeper?.close();
      await Promise.all([...sessions.values()].map((session) => session.leave()));
      box.close();
      await saving.catch(() => {});
    },
  };
}

async function answer(
  answers: Answers,
  may: Abilities | undefined,
  method: string,
  params: unknown,
  window: object,
): Promise<unknown> {
  if (!Object.hasOwn(BRIDGE_METHODS, method))
    throw new PutError('bridge-refused', `a window asked for ${method.slice(0, 80)}, which there is not`);
  const name = method as BridgeMethodName;
  const needed = NEEDS[name];
  if (needed !== undefined && may?.[needed] === false)
    throw new PutError('bridge-refused', `${name} cannot be done from here`);
  const result = BRIDGE_METHODS[name].params.safeParse(params);
  if (!result.success) throw new PutError('bridge-refused', `${name}: ${faultText(result.error)}`);
  return (answers[name] as (params: unknown, window: object) => unknown)(result.data, window);
}

function passOn(session: SystemSession, method: MethodName, params: unknown): Promise<object> {
  return session.request(method, checked(METHODS[method].params, params, method));
}
