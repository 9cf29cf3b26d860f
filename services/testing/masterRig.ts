import { PutError } from '../../core/protocol/errors.ts';
import type { Role } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import type { Clock, Transport } from '../../core/session/ports.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { createFakeClock, type FakeClock } from '../../core/testing/fakeClock.ts';
import { Wire, type WireOptions } from '../../core/testing/Wire.ts';
import type { LeaseRules } from '../portmgmt/leases.ts';
import { Portmgmt, type PortRole } from '../portmgmt/Portmgmt.ts';
import { ServiceRegistry } from '../sessions/ServiceRegistry.ts';
import { createMemorySessionStore, type SessionStore } from '../sessions/SessionStore.ts';
import type { AccountDirectory, AccountNow } from '../sessions/authorize.ts';
import type { ChangeListener, Log, LogTopic, Service, StateTopic } from '../service.ts';

export const RIG_PORTS = {
  negotiation: 9000,
  watch: 9001,
  gui: [9002, 9003, 9004, 9005, 9006, 9007, 9008, 9009],
  service: 8992,
  chat: 11_111,
  web: 8443,
} as const;

const ROLES: Readonly<Record<string, Role>> = { anna: 'admin', otto: 'operator', vera: 'observer' };

/** Accounts that a test changes at any moment. */
export class RigAccounts implements AccountDirectory {
  readonly #accounts = new Map(
    Object.entries(ROLES).map(([user, role]): [string, AccountNow] => [user, { user, role, credential: 'first' }]),
  );
  readonly #listeners = new Set<() => void>();

  now(user: string): AccountNow | undefined {
    return this.#accounts.get(user);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Gives an account another role or password; undefined removes it. `told` false: nobody hears it before it asks. */
  change(user: string, change: Partial<AccountNow> | undefined, told = true): void {
    const account = this.#accounts.get(user);
    if (change && account) this.#accounts.set(user, { ...account, ...change });
    else this.#accounts.delete(user);
    if (told) for (const listener of [...this.#listeners]) listener();
  }
}

/** A service with one state topic, one log topic, and requests that count how often they were done. */
export class RigService implements Service {
  readonly said: { messageId: string; text: string }[] = [];
  readonly gone: string[] = [];
  state: Readonly<Record<string, unknown>> = { count: 0 };
  #number = 1;
  readonly #stateListeners = new Set<ChangeListener>();
  readonly #logListeners = new Set<() => void>();
  /** Settles `nodes.refresh` and `job.ignore`; undefined: at once. */
  refresh: Promise<object> | undefined;

  readonly handlers: Service['handlers'] = {
    'chat.say': ({ messageId, text }) => {
      const known = this.said.findIndex((entry) => entry.messageId === messageId);
      if (known >= 0) return { number: known + 1 };
      this.said.push({ messageId, text });
      for (const listener of [...this.#logListeners]) listener();
      return { number: this.said.length };
    },
    'nodes.refresh': () => this.refresh ?? {},
    'job.ignore': async () => {
      await this.refresh;
      return { ignored: 0 };
    },
    'job.reportHtml': () => ({ html: 'x'.repeat(5_000_000) }),
  };

  readonly #stateTopic: StateTopic = {
    kind: 'state',
    state: () => this.state,
    number: () => this.#number,
    onChange: (listener) => {
      this.#stateListeners.add(listener);
      return () => void this.#stateListeners.delete(listener);
    },
  };
  readonly #logTopic: LogTopic = {
    kind: 'log',
    lastNumber: () => this.said.length,
    entriesAfter: (since, limit) =>
      this.said.slice(since, since + limit).map((entry, i) => ({ ...entry, number: since + i + 1 })),
    onAppend: (listener) => {
      this.#logListeners.add(listener);
      return () => void this.#logListeners.delete(listener);
    },
  };

  get listeners(): number {
    return this.#stateListeners.size + this.#logListeners.size;
  }

  change(state: Readonly<Record<string, unknown>>, turned?: boolean): void {
    this.state = state;
    this.#number++;
    for (const listener of [...this.#stateListeners]) listener(turned);
  }

  topic(name: string): StateTopic | LogTopic | undefined {
    return name === 'nodes' ? this.#stateTopic : name === 'timeline' ? this.#logTopic : undefined;
  }

  callerGone(sessionId: string): void {
    this.gone.push(sessionId);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** A log in memory. */
export function createMemoryLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const add =
    (level: string) =>
    (message: string, details?: Record<string, unknown>): void =>
      void lines.push(`${level} ${message} ${JSON.stringify(details ?? {})}`);
  return { lines, info: add('info'), warn: add('warn'), error: add('error') };
}

export interface MasterRig {
  readonly accounts: RigAccounts;
  readonly clock: FakeClock;
  readonly service: RigService;
  readonly master: Portmgmt;
  readonly log: ReturnType<typeof createMemoryLog>;
  readonly store: SessionStore;
  readonly wires: Wire[];
  /** A new line to a port; the client's end. */
  dial(role: PortRole, port: number, options?: Partial<WireOptions>): { transport: Transport; wire: Wire };
}

/** The whole of portmgmt over in-memory wires and a clock that the test moves. */
export function createMasterRig(
  options: {
    clock?: FakeClock;
    store?: SessionStore;
    rules?: Partial<LeaseRules>;
    sessionLimit?: number;
    graceMs?: number;
    checkMs?: number;
  } = {},
): MasterRig {
  const clock = options.clock ?? createFakeClock();
  const log = createMemoryLog();
  const service = new RigService();
  const services = new ServiceRegistry();
  services.add(service);
  const store = options.store ?? createMemorySessionStore();
  const wires: Wire[] = [];
  const accounts = new RigAccounts();
  const master = new Portmgmt({
    clock,
    log,
    services,
    store,
    ports: RIG_PORTS,
    leaseRules: {
      firstPort: 9002,
      lastPort: 9009,
      overflowTo: 9009,
      takenPorts: new Set(),
      watched: true,
      offerMs: TIMES.leaseOfferMs,
      watchLostMs: TIMES.watchLostMs,
      ...options.rules,
    },
    graceMs: options.graceMs ?? TIMES.sessionGraceMs,
    ...(options.sessionLimit === undefined ? {} : { sessionLimit: options.sessionLimit }),
    software: 'putservices/test',
    systemName: 'rig',
    practice: true,
    compressions: [deflateCompression],
    signIn: {
      signIn: async (user, password) => {
        if (options.checkMs !== undefined) await wait(clock, options.checkMs);
        const account = accounts.now(user);
        if (!account || password !== `${user}-password`)
          throw new PutError('sign-in-refused', 'user or password is wrong');
        return account;
      },
    },
    accounts,
    changePassword: async ({ user, newPassword }, comes) => {
      comes(newPassword);
      accounts.change(user, { credential: newPassword });
    },
  });
  return {
    accounts,
    clock,
    service,
    master,
    log,
    store,
    wires,
    dial(role, port, wireOptions = {}) {
      const wire = new Wire(clock, { latencyMs: 20, ...wireOptions }, port);
      wires.push(wire);
      void master.accept(wire.server, { role, port, address: '10.0.0.1' });
      return { transport: wire.client, wire };
    },
  };
}

function wait(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.setTimer(ms, resolve));
}

/** Runs a promise to its end on a fake clock. */
export async function settle<T>(clock: FakeClock, work: Promise<T>, ms = 1_000): Promise<T> {
  work.catch(() => {});
  await clock.advance(ms);
  return work;
}
