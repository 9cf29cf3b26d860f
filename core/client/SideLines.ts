import { PutError } from '../protocol/errors.ts';
import type { FileCredit } from '../protocol/filePayload.ts';
import { Channel } from '../protocol/frame.ts';
import type { Welcome } from '../protocol/handshake.ts';
import type { Clock, Random } from '../session/ports.ts';
import type { LinkHandlers } from '../session/linkHandlers.ts';
import type { SessionLink } from '../session/SessionLink.ts';
import { connectSide, type PathContext, type TargetAddress } from './paths.ts';
import { SideLine, type SideLineView, type SideService } from './SideLine.ts';

/** Where a message goes: the main line of a session, or the side line of a service. */
export type Lane = 'main' | SideService;

const SERVICES: readonly SideService[] = ['job', 'file', 'chat'];

/** The lane of a channel, where side lines are up. */
export function laneOf(channel: Channel): Lane {
  switch (channel) {
    case Channel.job:
      return 'job';
    case Channel.file:
      return 'file';
    case Channel.chat:
      return 'chat';
    default:
      return 'main';
  }
}

/** A client asks for no files. */
export function refuseFileData(): never {
  throw new PutError('channel-unknown', 'the master sent file bytes that nobody asked for');
}

export interface SideLinesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly target: TargetAddress;
  /** With the token of the session; asked at each dial. */
  context(signal: AbortSignal): PathContext;
  createLink(welcome: Welcome, handlers: LinkHandlers): SessionLink;
  onMessage(lane: SideService, body: Uint8Array): void;
  onFileCredit(credit: FileCredit): void;
  onFileWritable(): void;
  /** Messages of the service go over its own line from now on. `again`: what was open on the one before is sent again. */
  onUp(lane: SideService, again: boolean): void;
  onLineLost(lane: SideService): void;
  onFellBack(lane: SideService): void;
  onChange(): void;
}

/** The side lines of a session that goes *direct*: one each for jobs, files and chat. */
export class SideLines {
  readonly #options: SideLinesOptions;
  readonly #lines = new Map<SideService, SideLine>();

  constructor(options: SideLinesOptions) {
    this.#options = options;
  }

  /** Empty while the session goes another way. */
  get views(): readonly SideLineView[] {
    return [...this.#lines.values()].map((line) => line.view);
  }

  /** The side line that carries the lane now; undefined: the main line does. */
  linkOf(lane: Lane): SessionLink | undefined {
    return lane === 'main' ? undefined : this.#lines.get(lane)?.link;
  }

  /** The main line is up by the way *direct*. `anew`: the session's numbers began anew. */
  begin(anew: boolean): void {
    for (const service of SERVICES) {
      let line = this.#lines.get(service);
      if (!line) {
        line = this.#create(service);
        this.#lines.set(service, line);
      }
      line.begin(anew);
    }
  }

  /** The main line is lost. */
  rest(): void {
    for (const line of this.#lines.values()) line.rest();
  }

  retryNow(): void {
    for (const line of this.#lines.values()) line.retryNow();
  }

  /** The session is over or goes another way. Answers the lanes that carried something. */
  stop(): readonly SideService[] {
    const carried = SERVICES.filter((service) => this.linkOf(service));
    for (const line of this.#lines.values()) line.stop();
    this.#lines.clear();
    return carried;
  }

  #create(service: SideService): SideLine {
    const options = this.#options;
    const { servicePort, chatPort } = options.target;
    const port = service === 'chat' ? chatPort : servicePort;
    return new SideLine({
      service,
      port,
      clock: options.clock,
      random: options.random,
      connect: (received, signal) => connectSide(options.context(signal), service, port, received),
      createLink: (welcome, handlers) =>
        options.createLink(welcome, {
          ...handlers,
          onMessage: (_channel, body) => options.onMessage(service, body),
          onFileData: refuseFileData,
          onFileCredit: (credit) => options.onFileCredit(credit),
          onAcknowledged: () => {},
          onWritable: () => options.onFileWritable(),
        }),
      onUp: (again) => options.onUp(service, again),
      onLineLost: () => options.onLineLost(service),
      onFellBack: () => options.onFellBack(service),
      onChange: () => options.onChange(),
    });
  }
}
