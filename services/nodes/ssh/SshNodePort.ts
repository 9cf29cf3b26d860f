import type { Inventory, InventoryNode } from '../../../core/model/inventory.ts';
import type { NodeEntry, NodeFacts } from '../../../core/model/node.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { Clock } from '../../../core/session/ports.ts';
import type { Log } from '../../service.ts';
import type { FactSection, FactsListener, NodeHandle, NodePort, OnBehalf, SeenNode, NodeTrouble } from '../NodePort.ts';
import type { MasterBoot } from '../masterBoot.ts';
import { FactsCache } from './facts.ts';
import type { SeenFile } from './fileScripts.ts';
import { Gate } from './Gate.ts';
import type { MasterKey } from './masterKey.ts';
import { NodeConnections } from './NodeConnections.ts';
import { runScript, type Rise } from './nodeShell.ts';
import { SshNodeHandle } from './SshNodeHandle.ts';
import { shellWord } from '../../../core/model/shellWords.ts';

/** Nodes that a refresh reads at the same time. */
const REFRESH_AT_ONCE = 64;
const PATIENCE_MS = 90_000;
const AUTHORIZE_MS = 30_000;
/** Old folders of work are looked for on a node at most so often. */
const CLEAN_EVERY_MS = 24 * 3_600_000;

/** Passwords that people gave, kept in memory alone. */
export interface NodeSecrets {
  /** For sudo on a node; undefined: none is known, sudo must ask for none. */
  sudoPassword(nodeId: string): string | undefined;
  /** The one that was known is wrong. */
  wrongSudoPassword(nodeId: string): void;
}

export interface SshNodePortOptions {
  readonly inventory: {
    current(): Inventory;
    onChange(listener: () => void): () => void;
  };
  readonly key: MasterKey;
  readonly secrets: NodeSecrets;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a node that is lost in the middle of something is tried to be reached again, in ms. */
  readonly patienceMs?: number | undefined;
  /** The machine that putservices runs on, to know it among the nodes; undefined where that is not known. */
  readonly masterBoot?: MasterBoot | undefined;
  /** Waits before a sign-in that was turned away is tried again; for tests. */
  readonly retryWaitsMs?: readonly number[] | undefined;
}

/** Nodes by SSH, with what only they have. */
export interface SshNodePort extends NodePort {
  readonly kind: 'ssh';
  /**
   * The host key that a node or a jump host shows (`ssh-ed25519 AAAA...`), to be compared and pinned; nothing is signed.
   * @throws PutError of the connection
   */
  shownHostKey(name: string, signal: AbortSignal): Promise<{ readonly key: string; readonly fingerprint: string }>;
  /**
   * Brings the master's key to a node, signing in by a password that is given once. The host key must be pinned.
   * @throws PutError of the connection, or action-failed
   */
  authorize(name: string, password: string, signal: AbortSignal): Promise<void>;
  /** The line for authorized_keys. */
  readonly publicLine: string;
  /** Connections that stand. */
  openConnections(): number;
}

/** A node that answers again within this keeps the time at which it was seen: each call would be a change otherwise. */
const SEEN_AGAIN_MS = 60_000;

/** Opens the driver. Nodes that it does not know yet are looked at in the background; the others are connected to when they are needed. */
export function openSshNodePort(options: SshNodePortOptions): SshNodePort {
  const { inventory, key, secrets, clock, log } = options;
  const closing = new AbortController();
  const facts = new FactsCache(options.masterBoot);
  const files = new Map<string, Map<string, SeenFile>>();
  const cleanedAtMs = new Map<string, number>();
  const listeners = new Set<() => void>();
  const factsListeners = new Set<FactsListener>();
  const connections = new NodeConnections({
    ...{ inventory: () => inventory.current(), key: key.key, clock },
    retryWaitsMs: options.retryWaitsMs,
  });
  let nodes = new Map<string, InventoryNode>();
  let entries: readonly NodeEntry[] = [];
  let rows = new Map<string, SeenNode>();
  /** The rows as they are handed out; absent: something changed since. */
  let shared: Readonly<Record<string, SeenNode>> | undefined;
  let announced = false;

  const takeInventory = (): void => {
    const { nodes: list } = inventory.current();
    const gone = [...nodes.keys()];
    nodes = new Map(list.map((node) => [node.nodeId, node]));
    for (const nodeId of gone) if (!nodes.has(nodeId)) facts.machines.forget(nodeId);
    entries = list.map(entryOf);
    const before = rows;
    rows = new Map(entries.map((entry) => [entry.nodeId, rowOf(entry, before.get(entry.nodeId))]));
    announce();
  };
  /** Tells the listeners once for all changes of this turn. */
  const announce = (): void => {
    shared = undefined;
    if (announced) return;
    announced = true;
    setImmediate(() => {
      announced = false;
      for (const listener of listeners) listener();
    });
  };
  const update = (nodeId: string, change: Partial<SeenNode>): void => {
    const row = rows.get(nodeId);
    if (!row) return;
    const changed = Object.entries(change).some(([name, value]) => !isSame(row[name as keyof SeenNode], value));
    if (!changed) return;
    rows.set(nodeId, { ...row, ...change });
    announce();
  };
  const seen = (nodeId: string, cause: NodeTrouble['cause'] | undefined): void => {
    const nowMs = clock.nowMs();
    const row = rows.get(nodeId);
    const lastMs = row?.seenAtMs ?? -Infinity;
    const seenAtMs = lastMs <= nowMs && nowMs - lastMs < SEEN_AGAIN_MS ? lastMs : nowMs;
    if (cause) update(nodeId, { reachable: 'no', cause: { code: cause.code, message: cause.message } });
    // What a node that lets in refuses, it refuses until it was read.
    else update(nodeId, { reachable: 'yes', seenAtMs, ...(row?.reachable === 'no' ? { cause: undefined } : {}) });
  };
  /** It lets in, but cannot be read. */
  const unread = (nodeId: string, { code, message }: NodeTrouble['cause']): void =>
    update(nodeId, { cause: { code, message } });
  /** What is read for a job is as good for the list of nodes as what is read for it. */
  const told = (read: NodeFacts, sections: readonly FactSection[]): NodeFacts => {
    const { nodeId, os, arch, service, packages, boot } = read;
    update(nodeId, {
      ...{ os, arch, seenAtMs: clock.nowMs(), isMaster: boot?.ofMaster && true },
      ...(sections.includes('services') ? { service: { name: service.name, state: service.state } } : {}),
      ...(sections.includes('packages') || sections.includes('relations') ? { packages, cause: undefined } : {}),
    });
    for (const listener of factsListeners) listener(read, sections);
    return read;
  };
  const wait = (waitMs: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        stop();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const stop = clock.setTimer(waitMs, end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
    });
  const riseOf = (nodeId: string): Rise => {
    if (nodes.get(nodeId)?.become !== 'sudo') return { way: 'none' };
    return {
      way: 'sudo',
      password: secrets.sudoPassword(nodeId),
      onWrongPassword: () => secrets.wrongSudoPassword(nodeId),
    };
  };
  const mayClean = (nodeId: string): boolean => {
    const nowMs = clock.steadyMs();
    if (nowMs - (cleanedAtMs.get(nodeId) ?? -Infinity) < CLEAN_EVERY_MS) return false;
    cleanedAtMs.set(nodeId, nowMs);
    return true;
  };
  const node = (nodeId: string, _onBehalf?: OnBehalf): NodeHandle => {
    const known = nodes.get(nodeId);
    if (!known) throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
    const seenFiles = files.get(nodeId) ?? new Map<string, SeenFile>();
    files.set(nodeId, seenFiles);
    return new SshNodeHandle(known, {
      ...{ connections, facts, wait },
      files: seenFiles,
      rise: () => riseOf(nodeId),
      mayClean: () => mayClean(nodeId),
      closing: closing.signal,
      nowMs: () => clock.nowMs(),
      steadyMs: () => clock.steadyMs(),
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      seen: (cause) => seen(nodeId, cause),
      unread: (cause) => unread(nodeId, cause),
      onFacts: (read, sections) => told(read, sections),
    });
  };

  const refreshing = new Gate(REFRESH_AT_ONCE);
  const read = async (nodeId: string): Promise<void> => {
    if (nodes.has(nodeId)) await node(nodeId).facts(['os', 'packages', 'services'], closing.signal);
  };
  const readAll = async (nodeIds: readonly string[]): Promise<void> => {
    const { signal } = closing;
    await Promise.all(nodeIds.map((nodeId) => refreshing.through(signal, () => read(nodeId)).catch(() => {})));
  };
  /** Nodes that were never asked are looked at by themselves, so that a plan is not made of nothing. One without a pinned key is left alone. */
  const readNew = (): void => {
    const fresh = [...nodes.values()].filter(
      ({ nodeId, hostKeys }) => hostKeys.length > 0 && rows.get(nodeId)?.reachable === 'unknown',
    );
    void readAll(fresh.map(({ nodeId }) => nodeId));
  };
  takeInventory();
  readNew();
  const stopListening = inventory.onChange(() => {
    takeInventory();
    readNew();
  });

  return {
    kind: 'ssh',
    publicLine: key.publicLine,
    entries: () => entries,
    node,
    rows: () => (shared ??= Object.fromEntries(rows)),
    onRowsChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onFacts: (listener) => {
      factsListeners.add(listener);
      return () => factsListeners.delete(listener);
    },
    openConnections: () => connections.open,
    refresh: () => readAll([...nodes.keys()]),
    shownHostKey: async (name, signal) => {
      try {
        const client = await connections.openOnce(name, { password: '' }, signal, { unpinned: true });
        client.end();
        throw new PutError('internal', `${name} let in without a password`);
      } catch (error) {
        if (error instanceof PutError && error.code === 'node-host-key-unknown') {
          const { hostKey, fingerprint } = error.details;
          return { key: String(hostKey), fingerprint: String(fingerprint) };
        }
        throw error;
      }
    },
    authorize: async (name, password, signal) => {
      const client = await connections.openOnce(name, { password }, signal);
      try {
        const line = shellWord(key.publicLine);
        const script = `umask 077
mkdir -p ~/.ssh && touch ~/.ssh/authorized_keys || exit 1
grep -qxF ${line} ~/.ssh/authorized_keys && exit 0
[ -z "$(tail -c 1 ~/.ssh/authorized_keys)" ] || echo >>~/.ssh/authorized_keys
printf '%s\\n' ${line} >>~/.ssh/authorized_keys
`;
        let said = '';
        const io = { nodeId: name, rise: { way: 'none' } as const, signal, deadlineMs: AUTHORIZE_MS };
        const code = await runScript(client, script, {
          ...io,
          onOutput: () => {},
          onError: (text) => (said = text),
        });
        if (code !== 0) throw new PutError('action-failed', `${name}: the key could not be written (${said})`);
        log.info('the key of the master was brought to a host', { name });
      } finally {
        client.end();
      }
    },
    close: async () => {
      stopListening();
      closing.abort();
      listeners.clear();
      connections.close();
      await Promise.resolve();
    },
  };
}

/** Packages are shared objects; what is smaller is compared by what is in it. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || (!Array.isArray(a) && JSON.stringify(a) === JSON.stringify(b));
}

function entryOf({ nodeId, address, type, system, clique }: InventoryNode): NodeEntry {
  return { nodeId, address, type, system, ...(clique === undefined ? {} : { clique }) };
}

/** The row of an entry, with what was seen of it before. */
function rowOf(entry: NodeEntry, before: SeenNode | undefined): SeenNode {
  if (!before) return { ...entry, reachable: 'unknown', packages: [] };
  const same =
    before.address === entry.address &&
    before.type === entry.type &&
    before.system === entry.system &&
    before.clique === entry.clique;
  return same ? before : { ...before, ...entry, clique: entry.clique };
}
