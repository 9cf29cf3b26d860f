import { seenOf, type JobSeen } from '../../core/model/job.ts';
import { PutError, toPutError } from '../../core/protocol/errors.ts';
import type {
  BridgeAnswer,
  BridgeMethodName,
  BridgeParams,
  BridgeResult,
  MethodParams,
  MethodResult,
  PassedThrough,
} from '../../electron/contract/bridge.ts';
import type { Carrier } from '../bridge.ts';
import { failedAnswer } from '../failedAnswer.ts';
import type { AppStore } from './store.ts';
import { without } from './without.ts';

/** The answer to what this page has no way to do. */
export const PAGE_CANNOT = failedAnswer(new PutError('bridge-refused', 'this page cannot do that'));

/** What all actions ask by: every ask marks its key busy and keeps the error of its last try under the same key. */
export function createAsking({ getState: get, setState: set }: AppStore, carrier: Carrier) {
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

  return { run, readUnder, invoke, askMaster, seenOfJob };
}

export type Asking = ReturnType<typeof createAsking>;
