import type { Duplex } from 'node:stream';
import type { Client, ParsedKey } from 'ssh2';
import type { Inventory, SshHost } from '../../../core/model/inventory.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { Clock, Random } from '../../../core/session/ports.ts';
import { connectTcp } from '../../../core/node/connectTcp.ts';
import { wasTurnedAway } from '../../../core/node/ssh/sshConnect.ts';
import { forward } from '../../../core/node/ssh/sshTunnel.ts';
import { connectHost, hopOf, type SignInBy } from './connectHost.ts';
import { Gate } from './Gate.ts';
import { faultOfConnecting } from './nodeTrouble.ts';

/** Sign-ins that are under way at the same time to nodes that are reached directly; each has an sshd of its own. */
const OPENING_AT_ONCE = 32;
/** The same through one jump host. */
const OPENING_THROUGH_JUMP = 8;
/** Channels of one connection; sshd takes ten sessions (MaxSessions), and one is kept for questions in between. */
const CHANNELS_AT_ONCE = 8;
/** A connection that nobody needs for this long is closed. */
const IDLE_MS = 10 * 60_000;
/** TCP connections that are being made at the same time: those to nodes that are off hold up nobody who answers. */
const DIALLING_AT_ONCE = 256;
const DIAL_MS = 10_000;
/** One sign-in; its parts have shorter deadlines of their own, which tell more. */
const OPEN_MS = 30_000;
/** Waits before a host that turned a sign-in away is tried again. */
const RETRY_WAITS_MS: readonly number[] = [300, 1_000, 3_000];

export interface NodeConnectionsOptions {
  readonly inventory: () => Inventory;
  readonly key: ParsedKey;
  readonly clock: Clock;
  readonly random?: Random | undefined;
  readonly retryWaitsMs?: readonly number[] | undefined;
}

/** A host by its name, where the inventory has it. */
interface Link {
  readonly name: string;
  readonly host: SshHost;
  readonly channels: Gate;
  client: Client | undefined;
  opening: Promise<Client> | undefined;
  users: number;
  stopIdle: () => void;
}

const sameHost = (a: SshHost, b: SshHost): boolean =>
  a.address === b.address &&
  a.port === b.port &&
  a.user === b.user &&
  a.jump === b.jump &&
  a.hostKeys.join() === b.hostKeys.join();

/**
 * One connection a host, opened when it is first needed, shared by all who ask, closed when nobody does. Through a jump host all nodes share one
 * connection to it. What is opened at the same time is bounded, so that no sshd turns sign-ins away (MaxStartups); one that was turned away before the
 * handshake is tried again, one that was refused is not.
 */
export class NodeConnections {
  readonly #options: NodeConnectionsOptions;
  readonly #links = new Map<string, Link>();
  readonly #gates = new Map<string, Gate>();
  readonly #dialling = new Gate(DIALLING_AT_ONCE);
  readonly #closing = new AbortController();

  constructor(options: NodeConnectionsOptions) {
    this.#options = options;
  }

  /** Connections that stand. */
  get open(): number {
    return [...this.#links.values()].filter(({ client }) => client).length;
  }

  /**
   * Uses a channel of the connection to a host, which is opened where it does not stand.
   * @throws NodeFault where it cannot be opened, and what `use` throws
   */
  async use<T>(name: string, signal: AbortSignal, use: (client: Client) => Promise<T>): Promise<T> {
    const link = this.#linkOf(name);
    link.users += 1;
    link.stopIdle();
    try {
      return await link.channels.through(signal, async () => use(await this.#clientOf(link, signal, [])));
    } catch (error) {
      throw signal.aborted ? faultOfConnecting(name, cancelled(name)) : faultOfConnecting(name, error);
    } finally {
      link.users -= 1;
      if (link.users === 0) link.stopIdle = this.#options.clock.setTimer(IDLE_MS, () => this.drop(name));
    }
  }

  /** A connection of its own, not kept: to see what host key a host shows, or to sign in by a password. */
  async openOnce(
    name: string,
    by: SignInBy,
    signal: AbortSignal,
    { unpinned = false }: { readonly unpinned?: boolean } = {},
  ): Promise<Client> {
    const known = this.#hostOf(name);
    const host = unpinned ? { ...known, hostKeys: [] } : known;
    const until = AbortSignal.any([signal, this.#untilOpen(this.#closing.signal)]);
    return connectHost(name, host, by, await this.#socketTo(host, until, [name]), until);
  }

  /** Closes the connection to a host; the next question opens another. */
  drop(name: string): void {
    const link = this.#links.get(name);
    if (!link) return;
    this.#links.delete(name);
    link.stopIdle();
    link.client?.end();
  }

  close(): void {
    this.#closing.abort();
    for (const name of [...this.#links.keys()]) this.drop(name);
  }

  #hostOf(name: string): SshHost {
    const { nodes, jumpHosts } = this.#options.inventory();
    const host = jumpHosts.find((one) => one.name === name) ?? nodes.find((one) => one.nodeId === name);
    if (!host) throw new PutError('node-unknown', `there is no node or jump host ${name}`, { nodeId: name });
    return host;
  }

  #linkOf(name: string): Link {
    const host = this.#hostOf(name);
    const known = this.#links.get(name);
    if (known && sameHost(known.host, host)) return known;
    this.drop(name);
    const link: Link = {
      ...{ name, host, channels: new Gate(CHANNELS_AT_ONCE) },
      ...{ client: undefined, opening: undefined, users: 0, stopIdle: () => {} },
    };
    this.#links.set(name, link);
    return link;
  }

  /** Whoever asks first opens; the others wait with it. One that gives up does not take it from the others. */
  async #clientOf(link: Link, signal: AbortSignal, through: readonly string[]): Promise<Client> {
    if (link.client) return link.client;
    link.opening ??= this.#open(link, through).finally(() => (link.opening = undefined));
    const opening = link.opening;
    return new Promise((resolve, reject) => {
      const giveUp = (): void => reject(cancelled(link.name));
      signal.addEventListener('abort', giveUp, { once: true });
      void opening.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
    });
  }

  async #open(link: Link, through: readonly string[]): Promise<Client> {
    const { name, host } = link;
    const closing = this.#closing.signal;
    const waits = [...(this.#options.retryWaitsMs ?? RETRY_WAITS_MS)];
    const random = this.#options.random ?? Math.random;
    for (;;) {
      try {
        const socket = await this.#socketTo(host, closing, [...through, name]);
        // It may break while it waits for its turn.
        socket.on('error', () => {});
        const client = await this.#gateOf(host.jump).through(closing, () =>
          connectHost(name, host, this.#options, socket, this.#untilOpen(closing)),
        );
        // Many may wait for its end at a time: one a channel.
        client.setMaxListeners(4 * CHANNELS_AT_ONCE);
        client.once('close', () => {
          if (link.client === client) link.client = undefined;
        });
        link.client = client;
        return client;
      } catch (error) {
        const waitMs = waits.shift();
        if (waitMs === undefined || closing.aborted || !wasTurnedAway(error)) throw error;
        await new Promise<void>((resolve) => this.#options.clock.setTimer(waitMs * (0.5 + random()), resolve));
      }
    }
  }

  #untilOpen(closing: AbortSignal): AbortSignal {
    return AbortSignal.any([closing, AbortSignal.timeout(OPEN_MS)]);
  }

  async #socketTo(host: SshHost, signal: AbortSignal, through: readonly string[]): Promise<Duplex> {
    const { address, port, jump } = host;
    if (jump === undefined) {
      // Not around the whole: a node would wait for its jump host, and that for a place among the nodes.
      return this.#dialling.through(signal, () =>
        connectTcp({ host: address, port }, signal, undefined, { timeoutMs: DIAL_MS }),
      );
    }
    if (through.includes(jump))
      throw new PutError('config-invalid', `the way to ${through[0]} leads in a circle by ${jump}`);
    const link = this.#linkOf(jump);
    link.users += 1;
    try {
      const client = await this.#clientOf(link, signal, through);
      const socket = await forward(client, hopOf(jump, link.host, true), address, port, signal);
      // As long as a node is reached through it, a jump host is needed.
      link.users += 1;
      socket.once('close', () => (link.users -= 1));
      return socket;
    } finally {
      link.users -= 1;
    }
  }

  #gateOf(jump: string | undefined): Gate {
    const key = jump ?? '';
    let gate = this.#gates.get(key);
    if (!gate) this.#gates.set(key, (gate = new Gate(jump === undefined ? OPENING_AT_ONCE : OPENING_THROUGH_JUMP)));
    return gate;
  }
}

function cancelled(name: string): PutError {
  return new PutError('cancelled', `the question to ${name} was given up`);
}
