import type { FileSource, Upload, UploadProgress } from '../core/client/FileClient.ts';
import { FileClient } from '../core/client/FileClient.ts';
import { PutClient } from '../core/client/PutClient.ts';
import type { SideLineView, SideService } from '../core/client/SideLine.ts';
import type { LogListener, StateListener, Watch } from '../core/client/Watches.ts';
import { PutError } from '../core/protocol/errors.ts';
import type { PathKind, Welcome } from '../core/protocol/handshake.ts';
import type { MethodName, MethodParams, MethodResult } from '../core/protocol/methods.ts';
import type { SignInBy } from '../core/client/connectedLine.ts';
import type { PutClientOptions } from '../core/client/PutClientOptions.ts';

/** State of the line, for people who wait. */
export type LineState = 'online' | 'lost' | 'ended';

/** `cause`: while the line is lost, why it was lost or why the last attempt failed. */
export type LineListener = (state: LineState, cause?: PutError) => void;

/** A signed-in session as the commands see it; the tests have their own. */
export interface MasterSession {
  /** Of the master node, as it was dialled. */
  readonly host: string;
  readonly welcome: Welcome;
  readonly line: { readonly path: PathKind; readonly port: number } | undefined;
  /** The way that the line was found by, to be tried first next time. */
  readonly workedPath: PathKind | undefined;
  request<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>>;
  /** Gives the account that signed in by its password a new one. */
  changePassword(newPassword: string): Promise<void>;
  watchState<T extends object>(topic: string, listener: StateListener<T>, onError: (error: PutError) => void): Watch;
  watchLog<T extends object>(
    topic: string,
    since: number,
    listener: LogListener<T>,
    onError: (error: PutError) => void,
    last?: number,
  ): Watch;
  upload(source: FileSource, onProgress: (progress: UploadProgress) => void): Upload;
  /** The most that uploads of this session send together, in bytes of files a second; undefined: what the line carries. */
  capUploads(bytesPerSecond: number | undefined): void;
  /** Rejects when the session is over for good and only a person can mend it; never settles otherwise. */
  readonly over: Promise<never>;
  /** The line came or went. While it is lost, told again for each new cause of attempts that failed, once for its code. */
  onLine(listener: LineListener): () => void;
  /** A line of one service (direct) failed; its messages go over the main line. Called at once for those that did before. */
  onSideBlocked(listener: (side: SideLineView) => void): () => void;
  /** Ends the session on the master, so that nothing is left behind there. */
  close(): Promise<void>;
}

/** Signs in, or takes a session over by its token; rejects with the reason when no way worked or the master refused. */
export async function openSession(
  options: Omit<PutClientOptions, 'onChange'>,
  credentials: SignInBy | { readonly sessionToken: string },
): Promise<MasterSession> {
  const listeners = new Set<LineListener>();
  const toldCauses = new Set<string>();
  let lastLine: LineState | undefined;
  let rejectOver: (error: PutError) => void = () => {};
  const over = new Promise<never>((_resolve, reject) => {
    rejectOver = reject;
  });
  over.catch(() => {});
  const sideListeners = new Set<(side: SideLineView) => void>();
  const blocked = new Map<SideService, SideLineView>();
  const lookAtSides = (): void => {
    for (const side of client.sides) {
      if (side.state === 'up') blocked.delete(side.service);
      if (side.state !== 'blocked' || blocked.has(side.service)) continue;
      blocked.set(side.service, side);
      for (const listener of sideListeners) listener(side);
    }
  };
  const onChange = (): void => {
    lookAtSides();
    const { state } = client;
    const line: LineState = state.kind === 'online' ? 'online' : state.kind === 'lost' ? 'lost' : 'ended';
    if (state.kind === 'failed') rejectOver(state.cause);
    const cause = state.kind === 'lost' ? state.cause : undefined;
    if (line === lastLine && (cause === undefined || toldCauses.has(cause.code))) return;
    lastLine = line;
    if (cause) toldCauses.add(cause.code);
    else toldCauses.clear();
    for (const listener of listeners) listener(line, cause);
  };
  const client: PutClient = new PutClient({ ...options, onChange });
  const welcome = await ('sessionToken' in credentials
    ? client.takeOver(credentials.sessionToken)
    : client.signIn(credentials));
  const files = new FileClient(client, options.clock);
  return {
    host: options.target.host,
    welcome,
    get line() {
      return client.line;
    },
    get workedPath() {
      return client.workedPath;
    },
    request: (method, params) => client.request(method, params),
    changePassword: async (newPassword) => {
      if (!('password' in credentials))
        throw new PutError('credentials-unavailable', 'the present password was not given');
      await client.request('account.changePassword', { password: credentials.password, newPassword });
    },
    watchState: (topic, listener, onError) => client.watchState(topic, listener, onError),
    watchLog: (topic, since, listener, onError, last) => client.watchLog(topic, since, listener, onError, last),
    upload: (source, onProgress) => files.upload(source, onProgress),
    capUploads: (bytesPerSecond) => files.setCap(bytesPerSecond),
    over,
    onLine(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    onSideBlocked(listener) {
      sideListeners.add(listener);
      for (const side of blocked.values()) listener(side);
      return () => void sideListeners.delete(listener);
    },
    async close() {
      await client.close({ endSession: true });
      files.close();
    },
  };
}
