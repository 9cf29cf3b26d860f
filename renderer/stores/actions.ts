import { seenOf, type JobSeen } from '../../core/model/job.ts';
import type { JobPartName } from '../../core/model/jobParts.ts';
import { readTextParts } from '../../core/model/textParts.ts';
import { readTable, tableCsv, type ReadTable } from '../../core/steps/readTable.ts';
import type { TableShape } from '../../core/steps/tables.ts';
import type { FaultKind } from '../../core/model/node.ts';
import { PutError, toPutError } from '../../core/protocol/errors.ts';
import type {
  BridgeAnswer,
  BridgeMethodName,
  BridgeParams,
  BridgeResult,
  MethodParams,
  MethodResult,
  PassedThrough,
  ShownTopic,
} from '../../electron/contract/bridge.ts';
import type { Carrier, CarrierState } from '../bridge.ts';
import { failedAnswer } from '../failedAnswer.ts';
import { createPictureFeed, initialPicture, withLineLost } from './pictureSlice.ts';
import { withFilter, type FilterKind, type FilterKinds } from './filters.ts';
import { createPageUploads } from './pageUploads.ts';
import type { AppStore } from './store.ts';
import { NOTHING_SELECTED, type RowSelection } from '../components/table/rowSelection.ts';
import type { TablePreferences } from '../components/table/tableColumn.ts';
import {
  sideWidth,
  type Grouping,
  type InventoryDialogAsked,
  type Place,
  type SystemTab,
  type Theme,
  type Times,
  type ViewKind,
} from './viewSlice.ts';
import { createWatches } from './watches.ts';
import { draftKey, type AnswerCheck } from './workSlice.ts';

/** What is asked about the inventory. */
type InventoryMethod = Extract<PassedThrough, `inventory.${string}`> | 'nodes.authorize' | 'nodes.sudoPassword';
/** After these the inventory, or what is told with it, is another one. */
const CHANGES_INVENTORY: readonly InventoryMethod[] = [
  ...(['inventory.add', 'inventory.remove', 'inventory.pin', 'nodes.sudoPassword'] as const),
];

const CHECK_DELAY_MS = 150;

/** A new id for something the master must not start twice. */
function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const without = <T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> => {
  const rest = { ...record };
  delete rest[key];
  return rest;
};

const NONE = failedAnswer(new PutError('bridge-refused', 'this page cannot do that'));

/** A table of a step of a job. */
interface TablePlace {
  readonly jobId: string;
  readonly stepId: string;
  readonly table: string;
}

/**
 * What a person can do in a window, in verbs; every ask marks its key busy and keeps the error of its last try under the
 * same key. Components call these and nothing of the bridge.
 */
export function createActions(store: AppStore, carrier: Carrier) {
  const { getState: get, setState: set } = store;

  async function run<R>(key: string, ask: () => Promise<BridgeAnswer<R>>): Promise<R | undefined> {
    set((state) => ({ busy: { ...state.busy, [key]: true }, errors: without(state.errors, key) }));
    let answer: BridgeAnswer<R>;
    try {
      answer = await ask();
    } catch (error) {
      answer = failedAnswer(toPutError(error));
    }
    set((state) => ({
      busy: without(state.busy, key),
      errors: answer.ok ? state.errors : { ...state.errors, [key]: answer.error },
    }));
    return answer.ok ? answer.value : undefined;
  }

  /** What is made from answers that came; where they cannot be used, that stands under the key of the ask. */
  async function readUnder<R>(key: string, read: () => Promise<R>): Promise<R | undefined> {
    try {
      return await read();
    } catch (error) {
      set((state) => ({ errors: { ...state.errors, [key]: failedAnswer(toPutError(error)).error } }));
      return undefined;
    }
  }

  const invoke = <M extends BridgeMethodName>(
    key: string,
    method: M,
    params: BridgeParams<M>,
  ): Promise<BridgeResult<M> | undefined> => run(key, () => carrier.invoke(method, params));

  const askMaster = <M extends PassedThrough>(
    key: string,
    systemId: string,
    method: M,
    params: MethodParams<M>,
  ): Promise<MethodResult<M> | undefined> =>
    run(
      key,
      () => carrier.invoke('master.request', { systemId, method, params }) as Promise<BridgeAnswer<MethodResult<M>>>,
    );

  /** What is on this screen of the job; the master does what is asked to that, and to nothing that came since. */
  const seenOfJob = (systemId: string, jobId: string): JobSeen => {
    const view = get().picture?.systems[systemId]?.openJobs[jobId];
    return view ? seenOf(view) : { stepId: '-', attempt: 0, eventNumber: 0 };
  };

  const go = (place: Place): void =>
    set({
      ...{ place, placeChosen: true, shownStep: undefined, openNode: undefined },
      selectedNodes: NOTHING_SELECTED,
    });

  const watches = createWatches(carrier);
  const uploads = createPageUploads({
    carrier,
    picture: () => get().picture,
    start: (systemId, handles) => invoke('upload', 'upload.start', { systemId, handles }),
    resume: (systemId, transferId) => carrier.invoke('upload.resume', { systemId, transferId }),
    tellAskable: (askableFiles) => set({ askableFiles }),
  });

  let checkTimer: ReturnType<typeof setTimeout> | undefined;
  let checkRun = 0;

  return {
    /** Reads the picture and follows it; returns what stops that. Called once, outside React. */
    follow: (): (() => void) => {
      const feed = createPictureFeed(get, set, async () => {
        const answer = await carrier.invoke('state.snapshot', {});
        return answer.ok ? answer.value : undefined;
      });
      const stopPushes = carrier.subscribe(feed.push);
      const onState = (state: CarrierState): void => {
        const { picture } = get();
        if (carrier.isLine && state.kind === 'open') set({ ownRoundTrip: 'unknown' });
        if (carrier.isLine && state.kind === 'alive') set({ ownRoundTrip: state.roundTripMs ?? 'unknown' });
        if (state.kind === 'open' && get().carrier === 'lost') watches.openAgain();
        if (state.kind === 'open') void feed.resnapshot().then(() => uploads.lineOpen(picture));
        else if (state.kind === 'signed-out')
          set({
            ...{ ...initialPicture, carrier: 'signed-out', signInPage: state.page, errors: {} },
            ...{ drafts: {}, messages: {}, typed: {} },
          });
        else if (state.kind === 'lost')
          set({ carrier: 'lost', ...(carrier.isLine && picture ? { picture: withLineLost(picture, state) } : {}) });
      };
      const stopCarrier = carrier.watchCarrier(onState);
      return () => {
        stopPushes();
        stopCarrier();
      };
    },

    go,
    showSystem: (systemId: string, tab: SystemTab) => go({ kind: 'system', systemId, tab }),
    showJob: (systemId: string, jobId: string) => go({ kind: 'job', systemId, jobId }),
    compareJobs: (systemId: string, jobIds: readonly [string, string]) => go({ kind: 'compare', systemId, jobIds }),
    showStep: (stepId: string | undefined) => set({ shownStep: stepId }),
    /** Opens a node's drawer; on a narrow window it takes the place of the help. */
    showNode: (nodeId: string | undefined) =>
      set(nodeId === undefined ? { openNode: nodeId } : { openNode: nodeId, helpOpen: false }),
    selectNodes: (selectedNodes: RowSelection) => set({ selectedNodes }),
    /** Columns, widths and order of a table; members that are given undefined are as at first. */
    setTable: (id: string, changed: TablePreferences) =>
      set(({ tables }) => ({ tables: { ...tables, [id]: { ...tables[id], ...changed } } })),
    setSideWidth: (px: number) => set({ sideWidthPx: sideWidth(px) }),
    setTheme: (theme: Theme) => set({ theme }),
    setSingleKeys: (singleKeys: boolean) => set({ singleKeys }),
    showOverlay: (overlay: 'palette' | 'shortcuts' | undefined) => set({ overlay }),
    setTimes: (times: Times) => set({ times }),
    showSettings: (): void => {
      const from = get().place;
      if (from.kind !== 'settings') go({ kind: 'settings', from });
    },
    setViewKind: (viewKind: ViewKind) => set({ viewKind }),
    setGrouping: (grouping: Grouping) => set({ grouping }),
    /** What is looked for in a list; kept for the thing that the list is of. */
    setFilter: <K extends FilterKind>(kind: K, of: string, filter: FilterKinds[K]) =>
      set(({ filters }) => ({ filters: withFilter(filters, kind, of, filter) })),
    setHelp: (helpOpen: boolean) => set({ helpOpen }),
    forgetError: (key: string) => set((state) => ({ errors: without(state.errors, key) })),

    startPractice: async (): Promise<void> => {
      const answer = await invoke('practice', 'practice.start', {});
      if (answer) go({ kind: 'system', systemId: answer.systemId, tab: 'operations' });
    },
    stopPractice: () => invoke('practice', 'practice.stop', {}),
    addSystem: (system: BridgeParams<'system.add'>) => invoke('system', 'system.add', system),
    updateSystem: (systemId: string, system: BridgeParams<'system.add'>) =>
      invoke('system', 'system.update', { systemId, system }),
    removeUnusable: (key: string) => invoke(`remove:${key}`, 'system.removeUnusable', { key }),
    removeSystem: (systemId: string) => invoke(`remove:${systemId}`, 'system.remove', { systemId }),
    /** Signs in; true when online. The password is handed on and not kept here. */
    signIn: async (systemId: string, user: string, password: string, remember: boolean): Promise<boolean> => {
      const answer = await invoke(`sign-in:${systemId}`, 'session.signIn', { systemId, user, password, remember });
      const { place } = get();
      // Who came by the address of a place of this system is there now.
      const there = (place.kind === 'system' || place.kind === 'job') && place.systemId === systemId;
      if (answer && !there) go({ kind: 'system', systemId, tab: 'operations' });
      return answer !== undefined;
    },
    trustCertificate: async (systemId: string, fingerprint: string): Promise<boolean> =>
      (await invoke(`sign-in:${systemId}`, 'system.trustCertificate', { systemId, fingerprint })) !== undefined,
    signOut: async (systemId: string): Promise<void> => {
      if (await invoke(`sign-out:${systemId}`, 'session.signOut', { systemId })) go({ kind: 'systems' });
    },
    /** Probes every port of the target from here; the result stays until the next test. */
    testPaths: async (systemId: string): Promise<void> => {
      const result = await invoke(`path-test:${systemId}`, 'path.test', { systemId });
      if (result) set((state) => ({ pathTests: { ...state.pathTests, [systemId]: result } }));
    },
    /** Answers what a way asks for; the secret is handed on and not kept here. */
    answerSecret: (systemId: string, questionId: string, secret: string, remember: boolean) =>
      invoke(`secret:${questionId}`, 'secret.answer', { systemId, questionId, secret, remember }),
    refuseSecret: (systemId: string, questionId: string) =>
      invoke(`secret:${questionId}`, 'secret.refuse', { systemId, questionId }),
    showSystemForm: (systemForm: string | undefined) => set({ systemForm }),
    retryConnection: async (systemId: string): Promise<void> => {
      if (get().carrier === 'lost') carrier.retryNow?.();
      else await invoke(`retry-now:${systemId}`, 'session.retryNow', { systemId });
    },
    /** Signs this page in where it does that by itself; the place that it shows stays. */
    signInPage: async (user: string, password: string): Promise<boolean> =>
      (await run('sign-in-page', async () => (await carrier.signIn?.(user, password)) ?? NONE)) !== undefined,

    /** Watches a job, or a part of it, until it is closed as often. */
    openJob: (systemId: string, jobId: string, part?: JobPartName) =>
      run(`open:${jobId}`, () => watches.open({ kind: 'job', systemId, jobId, part })),
    closeJob: (systemId: string, jobId: string, part?: JobPartName) =>
      run(`open:${jobId}`, () => watches.close({ kind: 'job', systemId, jobId, part })),
    openTopic: (systemId: string, topic: ShownTopic) =>
      run(topic, () => watches.open({ kind: 'topic', systemId, topic })),
    closeTopic: (systemId: string, topic: ShownTopic) =>
      run(topic, () => watches.close({ kind: 'topic', systemId, topic })),
    /** Ends the person's own session elsewhere; it goes on here. */
    changePassword: (systemId: string, password: string, newPassword: string) =>
      invoke(`password:${systemId}`, 'account.changePassword', { systemId, password, newPassword }),
    takeOverSession: (systemId: string, sessionId: string) =>
      askMaster(`take-over:${sessionId}`, systemId, 'session.takeOver', { sessionId }),
    endSession: (systemId: string, sessionId: string) =>
      askMaster(`end-session:${sessionId}`, systemId, 'session.close', { sessionId }),
    /** Gives back the lease of the session that was seen to hold the port. */
    releasePort: (systemId: string, port: number, sessionId: string) =>
      askMaster(`release:${port}`, systemId, 'ports.release', { port, sessionId }),

    /** Finds out which operations the master has. */
    listOperations: async (systemId: string): Promise<void> => {
      const found = await askMaster(`operations:${systemId}`, systemId, 'operation.list', {});
      if (!found) return;
      set((state) => ({
        operations: { ...state.operations, [systemId]: found.operations },
        masterZones: { ...state.masterZones, [systemId]: found.timeZone },
      }));
    },
    startJob: async (systemId: string, operationId: string, settings?: Record<string, unknown>): Promise<boolean> => {
      const params = { jobId: newId('job-'), operationId, ...(settings ? { settings } : {}) };
      const answer = await askMaster('job.start', systemId, 'job.start', params);
      if (answer) go({ kind: 'job', systemId, jobId: answer.jobId });
      return answer !== undefined;
    },
    keepTyped: (about: string, value: unknown) =>
      set(({ typed }) => ({ typed: value === undefined ? without(typed, about) : { ...typed, [about]: value } })),
    setDraft: (jobId: string, stepId: string, attempt: number, answer: unknown) =>
      set((state) => ({ drafts: { ...state.drafts, [draftKey(jobId, stepId, attempt)]: answer } })),
    setMessage: (jobId: string, text: string) => set((state) => ({ messages: { ...state.messages, [jobId]: text } })),
    /** Asks the master to judge a draft, a moment after the last change. */
    checkAnswer: (systemId: string, jobId: string, stepId: string, attempt: number, answer: unknown): void => {
      const key = draftKey(jobId, stepId, attempt);
      const put = (check: AnswerCheck): void => set((state) => ({ checks: { ...state.checks, [key]: check } }));
      put({ ...get().checks[key], pending: true, problems: get().checks[key]?.problems ?? [] });
      clearTimeout(checkTimer);
      checkRun += 1;
      const thisRun = checkRun;
      checkTimer = setTimeout(() => {
        const input = answer as Record<string, unknown>;
        void askMaster(`check:${jobId}`, systemId, 'job.checkAnswer', { jobId, stepId, input }).then((found) => {
          if (thisRun !== checkRun) return;
          if (found) put({ pending: false, ...found });
          else set((state) => ({ checks: without(state.checks, key) }));
        });
      }, CHECK_DELAY_MS);
    },
    answerStep: (systemId: string, jobId: string, attempt: number, input: Record<string, unknown>) =>
      askMaster(`step:${jobId}`, systemId, 'job.answer', {
        jobId,
        seen: { ...seenOfJob(systemId, jobId), attempt },
        input,
      }),
    goBack: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.back', { jobId, seen: seenOfJob(systemId, jobId) }),
    continueJob: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.continue', { jobId, seen: seenOfJob(systemId, jobId) }),
    approveJob: (systemId: string, jobId: string, digest: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.approve', { jobId, digest }),
    withdrawApproval: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.withdrawApproval', { jobId }),
    beginNow: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.beginNow', { jobId, seen: seenOfJob(systemId, jobId) }),
    /** Gives the job another time in which it may begin; null takes one away. */
    setWindow: (
      systemId: string,
      jobId: string,
      change: { notBefore: string | null; notAfter: string | null; reason: string },
    ) => askMaster(`step:${jobId}`, systemId, 'job.setWindow', { jobId, seen: seenOfJob(systemId, jobId), ...change }),
    confirmNodes: (systemId: string, jobId: string) => askMaster(`step:${jobId}`, systemId, 'job.confirm', { jobId }),
    pauseJob: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.pause', { jobId, seen: seenOfJob(systemId, jobId) }),
    resumeJob: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.resume', { jobId, seen: seenOfJob(systemId, jobId) }),
    /** Asks the running job to stop before a wave (from 2), or takes that back. */
    stopBeforeWave: (systemId: string, jobId: string, beforeWave: number, stop: boolean) =>
      askMaster(`step:${jobId}`, systemId, stop ? 'job.pause' : 'job.resume', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), beforeWave },
      }),
    holdNodes: (systemId: string, jobId: string, nodeIds: readonly string[], reason: string) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.hold', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), nodeIds: [...nodeIds], reason },
      }),
    releaseNodes: (systemId: string, jobId: string, nodeIds: readonly string[]) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.release', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), nodeIds: [...nodeIds] },
      }),
    cancelJob: (systemId: string, jobId: string, choice: 'restart-step' | 'exit', startServices = false) =>
      askMaster(`step:${jobId}`, systemId, 'job.cancel', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        choice,
        ...(startServices ? { startServices } : {}),
      }),
    previewRollback: (systemId: string, jobId: string, which: { nodeIds?: string[]; wave?: number }) =>
      askMaster(`rollback:${jobId}`, systemId, 'job.rollbackPreview', { jobId, ...which }),
    rollback: (systemId: string, jobId: string, what: { nodeIds?: string[]; wave?: number; reason: string }) =>
      askMaster(`step:${jobId}`, systemId, 'job.rollback', { jobId, seen: seenOfJob(systemId, jobId), ...what }),
    /** The answers that the job was given answer again, from the step where they stopped. */
    resumeAnswers: (systemId: string, jobId: string) =>
      askMaster(`step:${jobId}`, systemId, 'job.setAnswers', { jobId, seen: seenOfJob(systemId, jobId) }),
    takeBaton: (systemId: string, jobId: string, reason: string) =>
      askMaster(`baton:${jobId}`, systemId, 'job.takeBaton', { jobId, seen: seenOfJob(systemId, jobId), reason }),
    retryNodes: (systemId: string, jobId: string, stepId: string, nodeIds: readonly string[]) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.retry', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        stepId,
        nodeIds: [...nodeIds],
      }),
    acceptWarnings: (systemId: string, jobId: string, stepId: string, nodeIds: readonly string[]) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.accept', {
        ...{ jobId, seen: seenOfJob(systemId, jobId), stepId, nodeIds: [...nodeIds] },
      }),
    giveUp: (systemId: string, jobId: string, what: { stepId: string; nodeIds: string[]; reason: string }) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.giveUp', { jobId, seen: seenOfJob(systemId, jobId), ...what }),
    ignoreNodes: (
      systemId: string,
      jobId: string,
      ignore: { stepId: string; nodeIds: readonly string[]; packageName?: string | undefined; reason: string },
    ) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.ignore', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        stepId: ignore.stepId,
        nodeIds: [...ignore.nodeIds],
        reason: ignore.reason,
        ...(ignore.packageName === undefined ? {} : { packageName: ignore.packageName }),
      }),
    undoIgnore: (
      systemId: string,
      jobId: string,
      ignored: { stepId: string; nodeIds: readonly string[]; packageName?: string | undefined },
    ) =>
      askMaster(`nodes:${jobId}`, systemId, 'job.undoIgnore', {
        jobId,
        seen: seenOfJob(systemId, jobId),
        ...{ stepId: ignored.stepId, nodeIds: [...ignored.nodeIds] },
        ...(ignored.packageName === undefined ? {} : { packageName: ignored.packageName }),
      }),
    setNotifications: (on: boolean) => invoke('app:own', 'app.setNotifications', { on }),
    talkAboutUpdates: () => invoke('app:own', 'app.updates', {}),
    readLicences: () => invoke('app:licences', 'app.licences', {}),
    searchLogs: (systemId: string, request: MethodParams<'job.searchLog'>) =>
      askMaster(`logs:${request.jobId}`, systemId, 'job.searchLog', request),
    readNodeLog: (systemId: string, request: MethodParams<'job.nodeLog'>) =>
      askMaster(`log:${request.jobId}`, systemId, 'job.nodeLog', request),
    /** The first rows of a table of a step, at most `limit`; undefined where they could not be read. */
    readStepTable: <Row>(
      systemId: string,
      shape: TableShape<Row>,
      { limit, ...place }: TablePlace & { limit: number },
    ): Promise<ReadTable<Row> | undefined> => {
      const ask = `table:${place.jobId}`;
      return readUnder(ask, () =>
        readTable(
          shape,
          (from, count) => askMaster(ask, systemId, 'job.table', { ...place, from, limit: count }),
          limit,
        ),
      );
    },
    saveStepTable: async <Row>(
      systemId: string,
      shape: TableShape<Row>,
      place: TablePlace,
      suggestedName: string,
    ): Promise<string | undefined> => {
      const ask = `table:${place.jobId}:csv`;
      const read = await readUnder(ask, () =>
        readTable(shape, (from, limit) => askMaster(ask, systemId, 'job.table', { ...place, from, limit })),
      );
      const text = read && tableCsv(shape, read.rows);
      return text === undefined ? undefined : (await run(ask, () => carrier.saveText(suggestedName, text)))?.path;
    },
    /** Saves a text as a file where the person says; answers the path, nothing where they thought better of it. */
    saveText: async (ask: string, suggestedName: string, text: string): Promise<string | undefined> =>
      (await run(ask, () => carrier.saveText(suggestedName, text)))?.path,
    saveReport: async (systemId: string, jobId: string, suggestedName: string): Promise<string | undefined> => {
      const text = await readTextParts(async (from) => {
        const part = await askMaster(`report:${jobId}`, systemId, 'job.reportHtml', { jobId, from });
        return part && { text: part.html, next: part.next };
      });
      if (text === undefined) return undefined;
      return (await run(`report:${jobId}`, () => carrier.saveText(suggestedName, text)))?.path;
    },
    say: (systemId: string, text: string, jobId: string | undefined) =>
      askMaster('chat', systemId, 'chat.say', {
        messageId: newId('msg-'),
        text,
        ...(jobId === undefined ? {} : { jobId }),
      }),

    olderTimeline: (systemId: string) => invoke('chat', 'timeline.older', { systemId }),

    refreshNodes: (systemId: string) => askMaster('nodes.refresh', systemId, 'nodes.refresh', {}),
    resetPractice: (systemId: string) =>
      askMaster('nodes.refresh', systemId, 'practice.reset', { requestId: newId('reset-') }),
    startServices: (systemId: string) => askMaster('nodes.startServices', systemId, 'nodes.startServices', {}),
    /** What is known of one node; `read`: it is read anew first. */
    askFacts: (systemId: string, nodeId: string, read: boolean) =>
      askMaster(`facts:${nodeId}`, systemId, 'nodes.facts', { nodeId, read }),
    /** Anything that is asked about the inventory; its fault stands under `ask`. */
    askInventory: async <M extends InventoryMethod>(
      ask: string,
      systemId: string,
      method: M,
      params: MethodParams<M>,
    ): Promise<MethodResult<M> | undefined> => {
      const answer = await askMaster(ask, systemId, method, params);
      if (answer && CHANGES_INVENTORY.includes(method))
        set((state) => ({ inventoryNumber: state.inventoryNumber + 1 }));
      return answer;
    },
    showInventoryDialog: (inventoryDialog: InventoryDialogAsked | undefined) => set({ inventoryDialog }),
    setFault: (systemId: string, fault: { nodeId: string; stepId: string; kind: FaultKind; times: number }) =>
      askMaster('fault', systemId, 'practice.setFault', { requestId: newId('fault-'), ...fault }),

    chooseFiles: () => invoke('files', 'files.choose', {}),
    listFolder: (folder: string | undefined) => invoke('folder', 'files.listFolder', folder ? { folder } : {}),
    samplePackages: () => invoke('files', 'files.samples', {}),
    inspectFiles: (handles: string[]) => invoke('files', 'files.inspect', { handles }),
    /** Reads files that were chosen in this page or dropped on it; absent where it cannot. */
    takeFiles:
      (carrier.files ?? carrier.dropFiles) &&
      ((files: readonly File[]) =>
        run('files', async () =>
          carrier.dropFiles ? carrier.dropFiles(files) : (carrier.files?.take(files) ?? NONE),
        )),
    startUpload: uploads.start,
    /** Asks the person for files that the browser kept from a page that is gone, within a click. */
    goOnWithKeptFiles: () => uploads.goOnWithKept(),
    pauseUpload: (systemId: string, transferId: string) => invoke('upload', 'upload.pause', { systemId, transferId }),
    resumeUpload: (systemId: string, transferId: string) => invoke('upload', 'upload.resume', { systemId, transferId }),
    cancelUpload: (systemId: string, transferId: string) => invoke('upload', 'upload.cancel', { systemId, transferId }),
    setUploadCap: (systemId: string, bytesPerSecond: number | undefined) =>
      invoke('upload', 'upload.setCap', { systemId, bytesPerSecond }),
    clearUploads: (systemId: string) => invoke('upload', 'upload.clear', { systemId }),
    removeFile: (systemId: string, name: string) => {
      const library = get().picture?.systems[systemId]?.library;
      const sha256 = (library?.packages[name] ?? library?.certLists[name])?.sha256;
      return askMaster('library', systemId, 'file.remove', { name, ...(sha256 === undefined ? {} : { sha256 }) });
    },
  };
}

export type Actions = ReturnType<typeof createActions>;
