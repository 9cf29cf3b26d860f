import { FileClient } from '../client/FileClient.ts';
import { PutClient } from '../client/PutClient.ts';
import type { Watch } from '../client/Watches.ts';
import { PutError, reportOf } from '../protocol/errors.ts';
import type { MethodName, MethodParams, MethodResult } from '../protocol/methods.ts';
import { mayReconnectAfter } from '../session/reconnectPolicy.ts';
import type { JobSummary, TimelineEntry } from '../model/job.ts';
import { jobTopic, type JobHead, type JobPartName } from '../model/jobParts.ts';
import type { NodeRow } from '../model/node.ts';
import type { LibraryView } from '../model/package.ts';
import type { PortsView, SessionRow } from '../model/ports.ts';
import { orderToTry, PathMemory, sideOutcomes, withLastPath } from './pathMemory.ts';
import type { ShownTopic } from './bridge.ts';
import { roundTripToTell } from './roundTrip.ts';
import { withEntries, withOlder } from './timelineEntries.ts';
import type { WorkbenchPorts } from './ports.ts';
import { SecretDesk } from './SecretDesk.ts';
import type { PathOutcome, SavedSystem, SessionView, SystemView } from './state.ts';
import { TransferQueue } from './TransferQueue.ts';
import { withHostKey } from './waySettings.ts';

/** Entries of the timeline that the picture begins with; as many older ones come at a time when a person asks. */
const TIMELINE_FIRST = 200;
/** Entries of the timeline that the picture keeps, beside those a person asked for. */
const TIMELINE_KEPT = 500;
/** Figures of the line are looked at this often. */
const FIGURES_MS = 2_000;
const SLOW_ROUND_TRIP_MS = 1_500;
const SLOW_SILENCE_MS = 8_000;

type Change = (view: SystemView) => SystemView;

/** What is on screen of a system before its first news. */
export function emptySystemView(saved: SavedSystem): SystemView {
  return {
    saved,
    session: { kind: 'signed-out' },
    clockOffsetMs: 0,
    paths: [],
    secretsAsked: {},
    jobs: {},
    openJobs: {},
    jobParts: {},
    untold: {},
    timeline: {},
    transfers: {},
  };
}

/** A watch that windows share; one that opened it twice stands there twice. */
interface SharedWatch {
  readonly watch: Watch;
  readonly users: object[];
}

/** A window has done with a watch once. True: it was the last, and the watch is closed. */
function left({ watch, users }: SharedWatch, window: object): boolean {
  const at = users.indexOf(window);
  if (at >= 0) users.splice(at, 1);
  if (at < 0 || users.length > 0) return false;
  watch.close();
  return true;
}

/** The session with one saved system and the picture that comes of it. */
export class SystemSession {
  readonly #ports: WorkbenchPorts;
  readonly #change: (change: Change) => void;
  readonly #transfers: TransferQueue;
  readonly #desk: SecretDesk;
  /** By topic. */
  readonly #jobWatches = new Map<
    string,
    SharedWatch & { readonly jobId: string; readonly part: JobPartName | undefined }
  >();
  #saved: SavedSystem;
  #toldRoundTripMs: number | undefined;
  #client: PutClient | undefined;
  #fileClient: FileClient | undefined;
  #watches: Watch[] = [];
  readonly #topicWatches = new Map<ShownTopic, SharedWatch>();
  /** As the picture has it. */
  #timeline: SystemView['timeline'] = {};
  #timelineKept = TIMELINE_KEPT;
  #stopFigures: (() => void) | undefined;
  #user = '';
  /** Token of an earlier run's session that could not be reached at the start. */
  #unclaimed: string | undefined;
  readonly #onSaved: () => void;
  readonly #paths = new PathMemory();

  /** `onSaved` is told when the session itself changed what is saved: an accepted host key, the way that worked. */
  constructor(
    saved: SavedSystem,
    ports: WorkbenchPorts,
    change: (change: Change) => void,
    onSaved: () => void = () => {},
  ) {
    this.#saved = saved;
    this.#ports = ports;
    this.#change = change;
    this.#onSaved = onSaved;
    this.#desk = new SecretDesk({
      systemId: saved.systemId,
      clock: ports.clock,
      random: ports.random,
      store: ports.secrets,
      show: (secretsAsked) => change((view) => ({ ...view, secretsAsked })),
      onHostKey: (question) => {
        this.setSaved(withHostKey(this.#saved, question));
        onSaved();
      },
    });
    this.#transfers = new TransferQueue({
      clock: ports.clock,
      random: ports.random,
      onView: (transferId, view) =>
        change((system) => {
          const { [transferId]: _before, ...others } = system.transfers;
          return { ...system, transfers: view ? { ...others, [transferId]: view } : others };
        }),
    });
  }

  get saved(): SavedSystem {
    return this.#saved;
  }

  /** Secrets of the ways, and what is asked of a person. */
  get desk(): SecretDesk {
    return this.#desk;
  }

  get transfers(): TransferQueue {
    return this.#transfers;
  }

  /** The system's address or trust changed; takes effect at the next sign-in. */
  setSaved(saved: SavedSystem): void {
    if (saved.uploadCapBytesPerSecond !== this.#saved.uploadCapBytesPerSecond)
      this.#fileClient?.setCap(saved.uploadCapBytesPerSecond);
    this.#saved = saved;
    this.#change((view) => ({ ...view, saved }));
  }

  /** A person accepted the certificate that is shown now: a session that waits before it comes back, one that an earlier run left is taken up. */
  trust(fingerprint: string): void {
    this.setSaved({ ...this.#saved, fingerprint });
    if (this.#client) this.#client.trust(fingerprint);
    else this.retryNow();
  }

  /** Signs in with a password; the session before, if any, is ended. Rejects with the reason. */
  async signIn(user: string, password: string): Promise<void> {
    await this.#desk.load();
    await this.signOut();
    this.#desk.personActs();
    this.#user = user;
    await this.#begin((client) => client.signIn({ user, password }));
  }

  /** Takes up a session that an earlier run of this program left on the master. Answers whether it worked. */
  async takeUp(sessionToken: string): Promise<boolean> {
    this.#user = this.#saved.user ?? '';
    this.#unclaimed = undefined;
    await this.#desk.load();
    try {
      await this.#begin((client) => client.takeOver(sessionToken));
      return true;
    } catch (error) {
      const cause = reportOf(error);
      // The target is away: the session may still be there when the network is.
      if (mayReconnectAfter(cause.code)) this.#unclaimed = sessionToken;
      // Its grace ran out, which is no fault: the person signs in again.
      if (cause.code === 'session-unknown') this.#change((view) => ({ ...view, session: { kind: 'signed-out' } }));
      return false;
    }
  }

  get sessionToken(): string | undefined {
    return this.#client?.sessionToken;
  }

  /** Ends the session on the master and forgets its picture. */
  async signOut(): Promise<void> {
    await this.#end({ endSession: true });
    this.#change((view) => ({
      ...emptySystemView(this.#saved),
      transfers: view.transfers,
      paths: this.#paths.view(this.#saved.pathOrder),
    }));
  }

  /** Lets the line go; the master keeps the session for its grace time. */
  async leave(): Promise<void> {
    await this.#end({ endSession: false });
  }

  retryNow(): void {
    this.#client?.retryNow();
    if (!this.#client && this.#unclaimed !== undefined) void this.takeUp(this.#unclaimed);
  }

  request<M extends MethodName>(method: M, params: MethodParams<M>): Promise<MethodResult<M>> {
    return this.#online().request(method, params);
  }

  /** Watches a job, or a part of it, for a window; as often as the window closes it again. */
  openJob(jobId: string, part: JobPartName | undefined, window: object): void {
    const topic = jobTopic(jobId, part);
    const open = this.#jobWatches.get(topic);
    if (open) {
      open.users.push(window);
      return;
    }
    const client = this.#online();
    const watch =
      part === undefined
        ? this.#watchState<JobHead>(client, topic, (job) => (view) => ({
            ...view,
            openJobs: { ...view.openJobs, [jobId]: job },
          }))
        : this.#watchState<object>(client, topic, (state) => (view) => ({
            ...view,
            jobParts: { ...view.jobParts, [`${jobId}/${part}`]: state },
          }));
    this.#jobWatches.set(topic, { watch, users: [window], jobId, part });
  }

  closeJob(jobId: string, part: JobPartName | undefined, window: object): void {
    const topic = jobTopic(jobId, part);
    const open = this.#jobWatches.get(topic);
    if (!open || !left(open, window)) return;
    this.#jobWatches.delete(topic);
    this.#change((view) => {
      const { [topic]: _told, ...untold } = view.untold;
      if (part === undefined) {
        const { [jobId]: _closed, ...openJobs } = view.openJobs;
        return { ...view, untold, openJobs };
      }
      const { [`${jobId}/${part}`]: _closed, ...jobParts } = view.jobParts;
      return { ...view, untold, jobParts };
    });
  }

  /** Watches what only some views show, for a window; as often as the window closes it again. */
  openTopic(topic: ShownTopic, window: object): void {
    const open = this.#topicWatches.get(topic);
    if (open) {
      open.users.push(window);
      return;
    }
    const client = this.#online();
    const watches: { readonly [T in ShownTopic]: () => Watch } = {
      ports: () => this.#watchState<PortsView>(client, 'ports', (ports) => (view) => ({ ...view, ports })),
      nodes: () => this.#watchNodes(client),
    };
    this.#topicWatches.set(topic, { watch: watches[topic](), users: [window] });
  }

  closeTopic(topic: ShownTopic, window: object): void {
    const open = this.#topicWatches.get(topic);
    if (!open || !left(open, window)) return;
    this.#topicWatches.delete(topic);
    this.#change(({ [topic]: _closed, untold: { [topic]: _told, ...untold }, ...view }) => ({ ...view, untold }));
  }

  #watchNodes(client: PutClient): Watch {
    return this.#watchState<{ nodes: Record<string, NodeRow> }>(client, 'nodes', ({ nodes }) => (view) => ({
      ...view,
      nodes,
    }));
  }

  /** A window is gone: what it alone watched is closed. */
  closeWindow(window: object): void {
    for (const { jobId, part, users } of [...this.#jobWatches.values()])
      for (const user of [...users]) if (user === window) this.closeJob(jobId, part, window);
    for (const [topic, { users }] of [...this.#topicWatches])
      for (const user of [...users]) if (user === window) this.closeTopic(topic, window);
  }

  #online(): PutClient {
    if (!this.#client) throw new PutError('sign-in-required', `sign in to ${this.#saved.name} first`);
    return this.#client;
  }

  async #begin(connect: (client: PutClient) => Promise<unknown>): Promise<void> {
    const { clock, random, dial, compression, clientSystem, app } = this.#ports;
    const client: PutClient = new PutClient({
      target: { ...this.#saved, secrets: this.#desk },
      pathOrder: orderToTry(this.#saved),
      dial,
      clock,
      random,
      software: `PUT Desktop ${app.version}`,
      clientSystem,
      compression,
      onChange: () => {
        if (this.#client === client) this.#showSession(client);
      },
    });
    // A sign-in that is under way gives way to this one, so that no session stays behind that nobody holds.
    void this.#client?.close({ endSession: true });
    this.#client = client;
    try {
      await connect(client);
    } catch (error) {
      if (this.#client === client) {
        this.#client = undefined;
        await client.close({ endSession: false });
        const cause = reportOf(error);
        this.#change((view) => ({
          ...view,
          session: { kind: 'signed-out', cause },
          paths: this.#pathOutcomes(client),
          sides: undefined,
        }));
      }
      throw error;
    }
    if (this.#client !== client) {
      await client.close({ endSession: true });
      throw new PutError('cancelled', 'another sign-in began meanwhile');
    }
    this.#fileClient = new FileClient(client, clock);
    this.#fileClient.setCap(this.#saved.uploadCapBytesPerSecond);
    this.#transfers.useClient(this.#fileClient);
    this.#watchPicture(client);
    this.#lookAtFigures(client);
    this.#showSession(client);
  }

  #watchPicture(client: PutClient): void {
    this.#timeline = {};
    this.#timelineKept = TIMELINE_KEPT;
    this.#change((view) => ({ ...view, untold: {} }));
    this.#watches = [
      this.#watchState<{ jobs: Record<string, JobSummary> }>(client, 'jobs', ({ jobs }) => (view) => ({
        ...view,
        jobs,
      })),
      this.#watchState<LibraryView>(client, 'library', (library) => (view) => ({ ...view, library })),
      this.#watchState<Record<string, SessionRow>>(client, 'sessions', (sessions) => (view) => ({ ...view, sessions })),
      client.watchLog<TimelineEntry>(
        'timeline',
        0,
        (entries) => this.#showTimeline(withEntries(this.#timeline, entries, this.#timelineKept)),
        (error) => this.#untold('timeline', error),
        TIMELINE_FIRST,
      ),
    ];
  }

  #watchState<T extends object>(client: PutClient, topic: string, changeOf: (state: T) => Change): Watch {
    return client.watchState<T>(
      topic,
      (state) => this.#change(changeOf(state)),
      (error) => this.#untold(topic, error),
    );
  }

  /** Asks for the entries of the timeline before those that the picture has. */
  async olderTimeline(): Promise<void> {
    const before = Math.min(...Object.keys(this.#timeline).map(Number));
    if (!(before > 1 && before < Infinity)) return;
    const { entries } = await this.request('chat.history', { before, limit: TIMELINE_FIRST });
    this.#timelineKept += entries.length;
    this.#showTimeline(withOlder(this.#timeline, entries));
  }

  #showTimeline(timeline: SystemView['timeline']): void {
    this.#timeline = timeline;
    this.#change((view) => ({ ...view, timeline }));
  }

  #untold(topic: string, error: PutError): void {
    this.#change((view) => ({ ...view, untold: { ...view.untold, [topic]: reportOf(error) } }));
  }

  #lookAtFigures(client: PutClient): void {
    this.#stopFigures?.();
    this.#stopFigures = this.#ports.clock.setTimer(FIGURES_MS, () => {
      if (this.#client !== client) return;
      this.#showSession(client);
      this.#lookAtFigures(client);
    });
  }

  #pathOutcomes(client: PutClient): readonly PathOutcome[] {
    this.#paths.note(client.attempts);
    const { line } = client;
    return this.#paths.view(this.#saved.pathOrder, line && { path: line.path, roundTripMs: this.#roundTrip(client) });
  }

  #roundTrip({ roundTripMs }: PutClient): number | undefined {
    return (this.#toldRoundTripMs = roundTripToTell(this.#toldRoundTripMs, roundTripMs));
  }

  #rememberWay(client: PutClient): void {
    const { workedPath } = client;
    if (workedPath === undefined || client.state.kind !== 'online') return;
    const saved = withLastPath(this.#saved, workedPath);
    if (saved === this.#saved) return;
    this.setSaved(saved);
    this.#onSaved();
  }

  #showSession(client: PutClient): void {
    this.#rememberWay(client);
    const session = this.#sessionView(client);
    const { welcome, heardAtMs } = client;
    const online = client.state.kind === 'online';
    this.#change((view) => ({
      ...view,
      session,
      ...(welcome ? { saysPractice: welcome.practice } : {}),
      paths: this.#pathOutcomes(client),
      sides: client.sides.length === 0 ? undefined : sideOutcomes(client.sides),
      // Nothing is asked of the picture's age while the line is up, so that windows are not told of each beat.
      heardAtMs: online ? undefined : (heardAtMs ?? view.heardAtMs),
      clockOffsetMs:
        welcome && online && view.session.kind !== 'online'
          ? welcome.serverTimeMs - this.#ports.clock.nowMs()
          : view.clockOffsetMs,
    }));
  }

  #sessionView(client: PutClient): SessionView {
    const { state, line, welcome, roundTripMs, shownTimes } = client;
    switch (state.kind) {
      case 'idle':
      case 'closed':
        return { kind: 'signed-out' };
      case 'connecting':
        return {
          kind: 'connecting',
          path: orderToTry(this.#saved)[0] ?? 'single-port',
          attempt: 1,
          sinceMs: shownTimes.sinceMs,
        };
      case 'online': {
        return {
          kind: 'online',
          sessionId: welcome?.sessionId,
          path: line?.path ?? 'single-port',
          port: line?.port ?? 0,
          user: welcome?.user ?? this.#user,
          role: welcome?.role ?? 'observer',
          ...(welcome ? { software: welcome.software } : {}),
          sinceMs: shownTimes.sinceMs,
          roundTripMs: this.#roundTrip(client),
          ...(client.smallPackets ? { smallPackets: true as const } : {}),
          slow: (client.silentMs ?? 0) > SLOW_SILENCE_MS || (roundTripMs ?? 0) > SLOW_ROUND_TRIP_MS,
        };
      }
      case 'lost':
        return {
          kind: 'waiting',
          user: welcome?.user ?? this.#user,
          lostSinceMs: shownTimes.sinceMs,
          attempt: state.attempt,
          ...(shownTimes.nextTryAtMs === undefined ? {} : { nextTryAtMs: shownTimes.nextTryAtMs }),
          cause: reportOf(state.cause),
        };
      case 'failed':
        return { kind: 'failed', cause: reportOf(state.cause) };
    }
  }

  async #end(options: { endSession: boolean }): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#unclaimed = undefined;
    this.#desk.withdraw();
    this.#stopFigures?.();
    this.#stopFigures = undefined;
    this.#watches = [];
    this.#jobWatches.clear();
    this.#topicWatches.clear();
    this.#transfers.useClient(undefined);
    this.#fileClient?.close();
    this.#fileClient = undefined;
    await client?.close(options);
  }
}
