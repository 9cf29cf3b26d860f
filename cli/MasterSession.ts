import type { FileSource, Upload, UploadProgress } from '../core/client/FileClient.ts';
import { FileClient } from '../core/client/FileClient.ts';
import { PutClient, type PutClientOptions } from '../core/client/PutClient.ts';
import type { LogListener, StateListener, Watch } from '../core/client/Watches.ts';
import type { PutError } from '../core/protocol/errors.ts';
import type { PathKind, Welcome } from '../core/protocol/handshake.ts';
import type { MethodName, MethodParams, MethodResult } from '../core/protocol/methods.ts';

/** State of the line, for people who wait. */
export type LineState = 'online' | 'lost' | 'ended';

/** A signed-in session as the commands see it; the tests have their own. */
export interface MasterSession {
  readonly welcome: Welcome;
  readonly line: { readonly path: PathKind; readonly port: number } | undefined;
  request<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>>;
  watchState<T extends object>(topic: string, listener: StateListener<T>, onError: (error: PutError) => void): Watch;
  watchLog<T extends object>(
    topic: string,
    since: number,
    listener: LogListener<T>,
    onError: (error: PutError) => void,
  ): Watch;
  upload(source: FileSource, onProgress: (progress: UploadProgress) => void): Upload;
  /** Rejects when the session is over for good and only a person can mend it; never settles otherwise. */
  readonly over: Promise<never>;
  onLine(listener: (state: LineState) => void): () => void;
  /** Ends the session on the master, so that nothing is left behind there. */
  close(): Promise<void>;
}

/** Signs in; rejects with the reason when no way worked or the master refused. */
export async function openSession(
  options: Omit<PutClientOptions, 'onChange'>,
  credentials: { user: string; password: string },
): Promise<MasterSession> {
  const listeners = new Set<(state: LineState) => void>();
  let lastLine: LineState | undefined;
  let rejectOver: (error: PutError) => void = () => {};
  const over = new Promise<never>((_resolve, reject) => {
    rejectOver = reject;
  });
  over.catch(() => {});
  const onChange = (): void => {
    const { state } = client;
    const line: LineState = state.kind === 'online' ? 'online' : state.kind === 'lost' ? 'lost' : 'ended';
    if (state.kind === 'failed') rejectOver(state.cause);
    if (line === lastLine) return;
    lastLine = line;
    for (const listener of listeners) listener(line);
  };
  const client: PutClient = new PutClient({ ...options, onChange });
  const welcome = await client.signIn(credentials);
  const files = new FileClient(client, options.clock);
  return {
    welcome,
    get line() {
      return client.line;
    },
    request: (method, params) => client.request(method, params),
    watchState: (topic, listener, onError) => client.watchState(topic, listener, onError),
    watchLog: (topic, since, listener, onError) => client.watchLog(topic, since, listener, onError),
    upload: (source, onProgress) => files.upload(source, onProgress),
    over,
    onLine(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      await client.close({ endSession: true });
      files.close();
    },
  };
}
