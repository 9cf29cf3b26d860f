import { decodeBodyAs } from '../protocol/body.ts';
import { envelopeSchema } from '../protocol/envelope.ts';
import { PutError, toPutError } from '../protocol/errors.ts';
import type { FileCredit } from '../protocol/filePayload.ts';
import type { Channel } from '../protocol/frame.ts';
import type { LeaseOffer, PathKind, Welcome } from '../protocol/handshake.ts';
import type { MethodName, MethodParams, MethodResult } from '../protocol/methods.ts';
import {
  stepSession,
  type ClientSessionEffect,
  type ClientSessionEvent,
  type ClientSessionState,
} from '../session/clientSession.ts';
import { SMALL_PACKETS, watchForLargePackets } from '../session/largePackets.ts';
import type { LinkHandlers } from '../session/linkHandlers.ts';
import { SessionLink } from '../session/SessionLink.ts';
import { NextLine } from './NextLine.ts';
import type { PathAttempt, PathContext } from './paths.ts';
import { PendingRequests } from './PendingRequests.ts';
import type { SideLineView } from './SideLine.ts';
import { laneOf, refuseFileData, SideLines, type Lane } from './SideLines.ts';
import { Watches, type LogListener, type StateListener, type Watch } from './Watches.ts';
import type { ConnectedLine, Credentials, SignInBy } from './connectedLine.ts';
import type { PutClientOptions } from './PutClientOptions.ts';

/** What file transfers get from the line. */
export interface FileLane {
  onCredit(credit: FileCredit): void;
  onWritable(): void;
  /** The lane went away, moved or began anew: ask the master for the offset again once `fileLaneOnline`. */
  onLineChange(): void;
}

/**
 * A session with one target system: finds a way, signs in, and keeps the session over any number of cuts, for ever, until
 * `close` or an error that only a person can mend. Requests and watches outlive lines.
 */
export class PutClient {
  readonly #options: PutClientOptions;
  /** The certificate that is accepted now. */
  #pinned: string | undefined;
  readonly #requests: PendingRequests;
  readonly #watches: Watches;
  /** Topics of Job Chat: over its own line where there is one. */
  readonly #chatWatches: Watches;
  readonly #sides: SideLines;
  readonly #nextLine: NextLine;
  readonly #fileLanes = new Set<FileLane>();
  #sinceMs = 0;
  #nextTryAtMs: number | undefined;
  #state: ClientSessionState = { kind: 'idle' };
  #credentials: SignInBy | undefined;
  #sessionToken: string | undefined;
  #lease: LeaseOffer | undefined;
  #link: SessionLink | undefined;
  #welcome: Welcome | undefined;
  #line: { path: PathKind; port: number } | undefined;
  #workedPath: PathKind | undefined;
  readonly #largePackets = watchForLargePackets();
  #stopWait: (() => void) | undefined;
  #firstConnect: { resolve: (welcome: Welcome) => void; reject: (error: PutError) => void } | undefined;

  constructor(options: PutClientOptions) {
    this.#options = options;
    this.#pinned = options.target.fingerprint;
    this.#requests = new PendingRequests(options.clock, (channel, body, over) => this.#send(channel, body, over));
    this.#watches = this.#createWatches();
    this.#chatWatches = this.#createWatches();
    this.#sides = this.#createSides();
    this.#nextLine = new NextLine({
      ...options,
      context: (credentials, signal) => this.#context(credentials, signal),
      link: () => this.#link,
    });
  }

  get state(): ClientSessionState {
    return this.#state;
  }

  /** The master's last welcome; undefined before the first. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /** Way and port of the line in use; undefined while there is none. */
  get line(): { readonly path: PathKind; readonly port: number } | undefined {
    return this.#state.kind === 'online' ? this.#line : undefined;
  }

  /** How each way went at the last connect. */
  get attempts(): readonly PathAttempt[] {
    return this.#nextLine.attempts;
  }

  /** The way that the line in use was found by; a hand-off that ended in single port counts as hand-off. */
  get workedPath(): PathKind | undefined {
    return this.#workedPath;
  }

  /** Large packets seem to be lost on the way: from the next line on, both ends send small ones. */
  get smallPackets(): boolean {
    return this.#largePackets.small;
  }

  /** Connections for one service each; empty unless the session goes *direct*. */
  get sides(): readonly SideLineView[] {
    return this.#sides.views;
  }

  get roundTripMs(): number | undefined {
    return this.#link?.roundTripMs;
  }

  /** Since when it is in this state, and when the next attempt begins; in ms since 1970, for showing. */
  get shownTimes(): { readonly sinceMs: number; readonly nextTryAtMs: number | undefined } {
    return { sinceMs: this.#sinceMs, nextTryAtMs: this.#nextTryAtMs };
  }

  /** For how long the peer was not heard, in ms; undefined before the first line. */
  get silentMs(): number | undefined {
    return this.#link?.silentMs;
  }

  get heardAtMs(): number | undefined {
    return this.#link?.heardAtMs;
  }

  /** Token of the session, for another process of the same engineer; keep it secret. */
  get sessionToken(): string | undefined {
    return this.#sessionToken;
  }

  /** Connects and signs in. Rejects with the reason when no way worked or the master refused. */
  signIn(credentials: SignInBy): Promise<Welcome> {
    this.#credentials = credentials;
    this.#sessionToken = undefined;
    return this.#start();
  }

  /** Takes over an existing session by its token. Rejects with `session-unknown` when the master does not keep it. */
  takeOver(sessionToken: string): Promise<Welcome> {
    this.#sessionToken = sessionToken;
    return this.#start();
  }

  request<M extends MethodName>(method: M, params: MethodParams<M>, timeoutMs?: number): Promise<MethodResult<M>> {
    return this.#ask(method, params, timeoutMs);
  }

  watchState<T extends object>(
    topic: string,
    listener: StateListener<T>,
    onError: (error: PutError) => void = () => {},
  ): Watch {
    return this.#watches.watchState(topic, listener, onError);
  }

  watchLog<T extends object>(
    topic: string,
    since: number,
    listener: LogListener<T>,
    onError: (error: PutError) => void = () => {},
    last?: number,
  ): Watch {
    const watches = topic === 'timeline' ? this.#chatWatches : this.#watches;
    return watches.watchLog(topic, since, listener, onError, last);
  }

  /** Registers a user of the file lane; answers its remover. */
  addFileLane(lane: FileLane): () => void {
    this.#fileLanes.add(lane);
    return () => void this.#fileLanes.delete(lane);
  }

  /** Sends file bytes. False: wait for `onWritable`. */
  sendFileData(transfer: number, offset: number, bytes: Uint8Array): boolean {
    const link = this.#fileLink;
    return link?.attached === true && link.sendFileData(transfer, offset, bytes);
  }

  get fileLaneWritable(): boolean {
    return this.#fileLink?.writable === true;
  }

  /** Whether files can be sent at the moment. */
  get fileLaneOnline(): boolean {
    return this.#sides.linkOf('file')?.attached ?? this.#state.kind === 'online';
  }

  /** A person asked, the machine woke up, or the network changed: try at once, or make sure that the line lives. */
  retryNow(): void {
    this.#largePackets.forget();
    this.#sides.retryNow();
    this.#dispatch({ type: 'retry-now' });
  }

  /** A person compared the certificate that answers now and accepted it: the session comes back to it. */
  trust(fingerprint: string): void {
    this.#pinned = fingerprint;
    this.retryNow();
  }

  /** Ends the client. With `endSession` the master gives the session and its port back; without, it keeps them for the grace time. */
  async close(options: { endSession: boolean } = { endSession: true }): Promise<void> {
    if (options.endSession && this.#state.kind === 'online') {
      await this.request('session.end', {}, 3_000).catch(() => {});
    }
    const cause = new PutError('session-closed', 'the session was closed here');
    this.#firstConnect?.reject(cause);
    this.#firstConnect = undefined;
    this.#dispatch({ type: 'close' });
    this.#sides.stop();
    this.#requests.rejectAll(cause);
    this.#credentials = undefined;
  }

  #start(): Promise<Welcome> {
    if (this.#state.kind !== 'idle' && this.#state.kind !== 'failed')
      return Promise.reject(new PutError('usage', 'the client is connected already'));
    return new Promise((resolve, reject) => {
      this.#firstConnect = { resolve, reject };
      this.#dispatch({ type: 'start' });
    });
  }

  #dispatch(event: ClientSessionEvent): void {
    const before = this.#state;
    const { clock, random } = this.#options;
    const nowMs = clock.steadyMs();
    const { state, effects } = stepSession(before, event, nowMs, random);
    this.#state = state;
    if ('sinceMs' in state && !('sinceMs' in before && before.sinceMs === state.sinceMs)) this.#sinceMs = clock.nowMs();
    const nextTryAtMs = state.kind === 'lost' ? state.nextTryAtMs : undefined;
    this.#nextTryAtMs = nextTryAtMs === undefined ? undefined : clock.nowMs() + nextTryAtMs - nowMs;
    if (state.kind !== before.kind) {
      if (state.kind === 'failed') {
        this.#firstConnect?.reject(state.cause);
        this.#firstConnect = undefined;
        this.#sides.stop();
        this.#requests.rejectAll(state.cause);
      }
      if (state.kind === 'lost') this.#sides.rest();
      if (!this.#sides.linkOf('file')) this.#fileLaneChanged();
    }
    for (const effect of effects) this.#run(effect);
    this.#options.onChange();
  }

  #run(effect: ClientSessionEffect): void {
    switch (effect.effect) {
      case 'connect':
        this.#connect(effect.resume);
        return;
      case 'abort-connect':
        this.#nextLine.abort();
        return;
      case 'start-wait':
        this.#stopWait?.();
        this.#stopWait = this.#options.clock.setTimer(effect.delayMs, () => this.#dispatch({ type: 'wait-over' }));
        return;
      case 'stop-wait':
        this.#stopWait?.();
        this.#stopWait = undefined;
        return;
      case 'probe-line':
        this.#link?.probe();
        return;
      case 'close-line':
        this.#link?.close(new PutError('session-closed', 'the client closed the session'));
        return;
    }
  }

  #identity(): Credentials {
    if (this.#sessionToken === undefined) {
      if (!this.#credentials) throw new PutError('sign-in-required', 'neither a password nor a session is known');
      return this.#credentials;
    }
    return {
      sessionToken: this.#sessionToken,
      received: () => this.#link?.received,
      ...(this.#lease ? { lease: this.#lease } : {}),
    };
  }

  #context(credentials: Credentials, signal: AbortSignal): PathContext {
    const { dial, clock, software, clientSystem, compression } = this.#options;
    const target = { ...this.#options.target, fingerprint: this.#pinned };
    const capabilities = compression ? [compression.capability] : [];
    if (this.smallPackets) capabilities.push(SMALL_PACKETS);
    const comesBack = 'sessionToken' in credentials || this.#state.kind !== 'connecting';
    return { target, credentials, software, capabilities, clientSystem, dial, clock, signal, comesBack };
  }

  #connect(resume: boolean): void {
    this.#nextLine.begin(this.#identity(), resume, {
      onFound: (line) => this.#use(line),
      onFailed: (cause) => this.#onConnectFailed(cause),
    });
  }

  #onConnectFailed(cause: PutError): void {
    // The master lost the session (its grace ran out): sign in again with the password of this run, if there is one.
    if (cause.code === 'session-unknown' && this.#credentials && this.#sessionToken !== undefined) {
      this.#sessionToken = undefined;
      this.#lease = undefined;
      this.#connect(false);
      return;
    }
    this.#largePackets.attemptFailed();
    // The line before was left alone when the session was about to move.
    const lineGone = this.#state.kind === 'online' && this.#link?.attached !== true;
    this.#dispatch({ type: lineGone ? 'line-lost' : 'connect-failed', cause });
  }

  #use(line: ConnectedLine): void {
    const { welcome, transport, rest } = line;
    this.#welcome = welcome;
    this.#largePackets.lineBegan(this.#options.clock.steadyMs());
    this.#sessionToken = welcome.sessionToken ?? this.#sessionToken;
    this.#lease = line.lease;
    this.#line = { path: line.path, port: transport.port };
    this.#workedPath = line.tried ?? line.path;
    const goesOn = welcome.resumed && this.#link !== undefined;
    const moves = this.#state.kind === 'online';
    if (!goesOn) {
      this.#link?.detach();
      this.#link = this.#createMainLink(welcome);
    }
    try {
      this.#link?.attach(transport, { peerReceived: welcome.received, rest });
    } catch (error) {
      transport.destroy();
      this.#link = undefined;
      this.#onConnectFailed(toPutError(error));
      return;
    }
    this.#dispatch({ type: 'connected' });
    // File bytes under way on the line before are lost, although the state never was another one.
    if (moves && !this.#sides.linkOf('file')) this.#fileLaneChanged();
    if (line.path !== 'direct') for (const lane of this.#sides.stop()) if (goesOn) this.#toMainLine(lane);
    if (line.path === 'direct') this.#sides.begin(!goesOn);
    if (!goesOn) {
      this.#requests.sendAgain();
      this.#watches.askAgain();
      this.#chatWatches.askAgain('main');
    }
    this.#firstConnect?.resolve(welcome);
    this.#firstConnect = undefined;
  }

  #createMainLink(welcome: Welcome): SessionLink {
    const link: SessionLink = this.#createLink(welcome, {
      onMessage: (_channel, body) => {
        if (this.#link === link) this.#onMessage('main', body);
      },
      onFileData: refuseFileData,
      onFileCredit: (credit) => {
        if (!this.#sides.linkOf('file')) for (const lane of this.#fileLanes) lane.onCredit(credit);
      },
      onAcknowledged: () => {},
      onWritable: () => this.#fileLaneWritable(),
      onLineLost: (cause) => {
        if (this.#link !== link) return;
        const now = this.#options.clock.steadyMs();
        this.#dispatch({ type: 'line-lost', cause: this.#largePackets.lineEnded(cause, now, link.unansweredMs) });
      },
      onClosedByPeer: (cause) => {
        if (this.#link === link) this.#onEndedByPeer(cause);
      },
      onProbeAnswered: () => {
        if (this.#link === link) this.#dispatch({ type: 'line-answered' });
      },
      onWokeUp: () => {
        if (this.#link === link) this.retryNow();
      },
    });
    return link;
  }

  #createLink(welcome: Welcome, handlers: LinkHandlers): SessionLink {
    const { compression, clock } = this.#options;
    const agreed = compression && welcome.capabilities.includes(compression.capability) ? compression : undefined;
    return new SessionLink({ clock, compression: agreed, handlers });
  }

  #createSides(): SideLines {
    const { clock, random, target } = this.#options;
    return new SideLines({
      clock,
      random,
      target,
      context: (signal) => this.#context({ sessionToken: this.#sessionToken ?? '' }, signal),
      createLink: (welcome, handlers) => this.#createLink(welcome, handlers),
      onMessage: (lane, body) => this.#onMessage(lane, body),
      onFileCredit: (credit) => {
        for (const lane of this.#fileLanes) lane.onCredit(credit);
      },
      onFileWritable: () => this.#fileLaneWritable(),
      onUp: (lane, again) => {
        if (lane === 'file') this.#fileLaneChanged();
        if (again) this.#requests.sendAgain(lane);
        if (lane !== 'chat') return;
        if (again) this.#chatWatches.askAgain();
        else this.#chatWatches.useLane(lane);
      },
      onLineLost: (lane) => {
        if (lane === 'file') this.#fileLaneChanged();
      },
      onFellBack: (lane) => this.#toMainLine(lane),
      onChange: () => this.#options.onChange(),
    });
  }

  /** What a side line carried goes over the main line from now on. */
  #toMainLine(lane: Lane): void {
    this.#requests.sendAgain(lane);
    if (lane === 'chat') this.#chatWatches.useLane('main');
    if (lane === 'file') this.#fileLaneChanged();
  }

  get #fileLink(): SessionLink | undefined {
    return this.#sides.linkOf('file') ?? this.#link;
  }

  #fileLaneChanged(): void {
    for (const lane of this.#fileLanes) lane.onLineChange();
  }

  #fileLaneWritable(): void {
    for (const lane of this.#fileLanes) lane.onWritable();
  }

  #createWatches(): Watches {
    return new Watches(
      (topic, from, lane) => this.#ask('topic.watch', { topic, ...from }, undefined, lane),
      (watch, lane) => {
        if (lane === 'main' ? this.#link : this.#sides.linkOf(lane))
          this.#ask('topic.unwatch', { watch }, undefined, lane).catch(() => {});
      },
    );
  }

  #ask<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    timeoutMs?: number,
    over?: Lane,
  ): Promise<MethodResult<M>> {
    const { kind } = this.#state;
    if (kind === 'failed') return Promise.reject(this.#state.cause);
    if (kind === 'closed') return Promise.reject(new PutError('session-closed', 'the session is closed'));
    return this.#requests.request(method, params, timeoutMs, over);
  }

  #onEndedByPeer(cause: PutError): void {
    this.#link = undefined;
    this.#dispatch({ type: 'ended-by-peer', cause });
  }

  #onMessage(lane: Lane, body: Uint8Array): void {
    const envelope = decodeBodyAs(envelopeSchema, body, 'message');
    if (envelope.k === 't') {
      // Numbers of watches are given by lane, so at most one of the two knows this one.
      this.#watches.onNews(envelope, lane);
      this.#chatWatches.onNews(envelope, lane);
    } else if (envelope.k === 'q')
      throw new PutError('message-invalid', `the master asked for ${envelope.m}; a client answers nothing`);
    else this.#requests.onAnswer(envelope);
  }

  #send(channel: Channel, body: Uint8Array, over: Lane | undefined): Lane {
    const lane = over ?? laneOf(channel);
    const link = this.#sides.linkOf(lane);
    if (link) {
      link.send(channel, body);
      return lane;
    }
    if (over !== undefined && over !== 'main') throw new PutError('line-lost', `the line for ${over} went away`);
    // Before the first line and between sessions a request waits in PendingRequests and is sent by `sendAgain`.
    this.#link?.send(channel, body);
    return 'main';
  }
}
