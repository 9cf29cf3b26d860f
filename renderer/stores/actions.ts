import type { JobPartName } from '../../core/model/jobParts.ts';
import type { ShownTopic } from '../../electron/contract/bridge.ts';
import type { Carrier } from '../bridge.ts';
import { createAsking } from './asking.ts';
import { createFileActions } from './fileActions.ts';
import { createJobActions } from './jobActions.ts';
import { createNodeActions } from './nodeActions.ts';
import { createPageUploads } from './pageUploads.ts';
import { noteSeen } from './lastSeen.ts';
import { createPictureFeed, initialPicture, withCarrierLost, type PictureState } from './pictureSlice.ts';
import { createRecordActions } from './recordActions.ts';
import type { AppStore } from './store.ts';
import { createSystemActions } from './systemActions.ts';
import { createViewActions } from './viewActions.ts';
import { createWatches } from './watches.ts';
import type { CarrierState } from '../carrierState.ts';

/** What a person can do in a window, in verbs. Components call these and nothing of the bridge. */
export function createActions(store: AppStore, carrier: Carrier) {
  const { getState: get, setState: set } = store;
  const asking = createAsking(store, carrier);
  const { run, invoke } = asking;
  const view = createViewActions(store);

  const watches = createWatches(carrier);
  const uploads = createPageUploads({
    carrier,
    picture: () => get().picture,
    start: (systemId, handles) => invoke('upload', 'upload.start', { systemId, handles }),
    resume: (systemId, transferId) => carrier.invoke('upload.resume', { systemId, transferId }),
    tellAskable: (askableFiles) => set({ askableFiles }),
  });

  return {
    /** Reads the picture and follows it; returns what stops that. Called once, outside React. */
    follow: (): (() => void) => {
      /** Of the session that ended in this page last. */
      let atItsEnd: ReturnType<typeof get>['picture'];
      // What a view leaves is kept for when it is opened again without a line.
      const write = (next: Partial<PictureState>): void => {
        const { lastSeen, picture } = get();
        set(next.picture ? { ...next, lastSeen: noteSeen(lastSeen, picture, next.picture, Date.now()) } : next);
      };
      const feed = createPictureFeed(get, write, async () => {
        const answer = await carrier.invoke('state.snapshot', {});
        return answer.ok ? answer.value : undefined;
      });
      const stopPushes = carrier.subscribe(feed.push);
      const onState = (state: CarrierState): void => {
        const { picture } = get();
        if (carrier.isLine && state.kind === 'open') set({ ownRoundTrip: 'unknown' });
        if (carrier.isLine && state.kind === 'alive') set({ ownRoundTrip: state.roundTripMs ?? 'unknown' });
        if (state.kind === 'open' && get().carrier === 'lost') watches.openAgain();
        if (state.kind === 'open') {
          const before = picture ?? atItsEnd;
          atItsEnd = undefined;
          void feed.resnapshot().then(() => uploads.lineOpen(before));
        } else if (state.kind === 'signed-out') {
          atItsEnd = picture ?? atItsEnd;
          set({
            ...{ ...initialPicture, carrier: 'signed-out', signInPage: state.page, errors: {} },
            ...{ drafts: {}, messages: {}, typed: {} },
          });
        } else if (state.kind === 'lost')
          set({ carrier: 'lost', ...(picture ? { picture: withCarrierLost(picture, state, carrier.isLine) } : {}) });
      };
      const stopCarrier = carrier.watchCarrier(onState);
      return () => {
        stopPushes();
        stopCarrier();
      };
    },

    /** Watches a job, or a part of it, until it is closed as often. */
    openJob: (systemId: string, jobId: string, part?: JobPartName) =>
      run(`open:${jobId}`, () => watches.open({ kind: 'job', systemId, jobId, part })),
    closeJob: (systemId: string, jobId: string, part?: JobPartName) =>
      run(`open:${jobId}`, () => watches.close({ kind: 'job', systemId, jobId, part })),
    openTopic: (systemId: string, topic: ShownTopic) =>
      run(topic, () => watches.open({ kind: 'topic', systemId, topic })),
    closeTopic: (systemId: string, topic: ShownTopic) =>
      run(topic, () => watches.close({ kind: 'topic', systemId, topic })),

    ...view,
    ...createSystemActions(store, carrier, asking, view.go),
    ...createJobActions(store, asking, view.go),
    ...createRecordActions(carrier, asking),
    ...createNodeActions(store, asking),
    ...createFileActions(store, carrier, asking, uploads),
  };
}

export type Actions = ReturnType<typeof createActions>;
