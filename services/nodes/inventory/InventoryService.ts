import {
  hostKeySchema,
  type Inventory,
  type InventoryNode,
  inventoryNode,
  nodeLineSchema,
  type SshHost,
} from '../../../core/model/inventory.ts';
import type { InventoryEdit } from '../../../core/model/inventory/editNodesYaml.ts';
import { faultsOfMerge, type InventoryMerge, mergeInventory } from '../../../core/model/inventory/mergeInventory.ts';
import { guessInventoryForm, readInventory, type InventoryForm } from '../../../core/model/inventory/readInventory.ts';
import { faultsOf, type InventoryReading } from '../../../core/model/inventory/reading.ts';
import { PutError, toPutError } from '../../../core/protocol/errors.ts';
import type { MethodResult } from '../../../core/protocol/methods.ts';
import type { Clock } from '../../../core/session/ports.ts';
import type { Caller, CheckedParams, Handlers, Service, Topic } from '../../service.ts';
import { refuseFaults, type InventoryStore } from './InventoryStore.ts';
import { InventoryTopic } from './InventoryTopic.ts';
import { probeSubnet, type readGreeting, type SshGreeting } from './probeSubnet.ts';
import { addressesOf } from '../../../core/model/inventory/subnet.ts';
import type { SudoPasswords } from './SudoPasswords.ts';

/** A request that asks many hosts is answered after this with what there is; clients wait 30 s and more. */
const ANSWER_MS = 25_000;
const HOSTS_AT_ONCE = 32;
const MOST_TOLD_PROBLEMS = 1000;

/** What the driver does for the inventory: nodes that jobs do not know of yet. */
export interface HostContact {
  /** The host key that a node or jump host shows now. Throws a PutError of the connection. */
  shownHostKey(name: string, signal: AbortSignal): Promise<{ readonly key: string; readonly fingerprint: string }>;
  /** Brings the master's key there with a password. Throws a PutError of the connection. */
  authorize(name: string, password: string, signal: AbortSignal): Promise<void>;
  readonly publicLine: string;
}

export interface InventoryServiceOptions {
  readonly store: InventoryStore;
  readonly hosts: HostContact;
  readonly passwords: SudoPasswords;
  readonly clock: Clock;
  /** Puts a line into the timeline. */
  readonly tell: (entry: { readonly text: string; readonly user?: string | undefined }) => unknown;
  readonly greet?: typeof readGreeting | undefined;
}

/** The inventory for clients: what is in nodes.yaml, changes of it, and what is asked of hosts before any job knows them. */
export class InventoryService implements Service {
  readonly handlers: Handlers;
  readonly #options: InventoryServiceOptions;
  readonly #topic: InventoryTopic;
  readonly #closing = new AbortController();

  constructor(options: InventoryServiceOptions) {
    this.#options = options;
    this.#topic = new InventoryTopic(options.store, options.passwords, options.hosts.publicLine);
    this.handlers = {
      'inventory.check': (params) => this.#check(params),
      'inventory.row': async ({ name }) => {
        await options.store.look();
        const row = this.#topic.row(name);
        if (!row) throw unknownName(name);
        return row;
      },
      'inventory.add': (params, caller) => this.#add(params, caller),
      'inventory.remove': ({ names }, caller) => this.#remove(names, caller),
      'inventory.probe': ({ subnet, port }) => this.#probe(subnet, port ?? 22),
      'inventory.shownKeys': ({ names }) => this.#shownKeys(names),
      'inventory.pin': ({ keys }, caller) => this.#pin(keys, caller),
      'nodes.authorize': ({ names, password }, caller) => this.#authorize(names, password, caller),
      'nodes.sudoPassword': ({ system, password }, caller) => {
        options.passwords.give(system, password);
        const whose = system === undefined ? 'the nodes' : `the nodes of system ${system}`;
        this.#tell(caller, `${password === '' ? 'took back' : 'gave'} the password for sudo on ${whose}`);
        return {};
      },
    };
  }

  topic(name: string, _caller: Caller): Topic | undefined {
    return name === 'inventory' ? this.#topic : undefined;
  }

  /** Something that the topic shows changed elsewhere. */
  changed(): void {
    this.#topic.changed();
  }

  close(): Promise<void> {
    this.#closing.abort();
    this.#topic.close();
    return Promise.resolve();
  }

  async #check({
    text,
    name = 'inventory',
    form,
  }: CheckedParams<'inventory.check'>): Promise<MethodResult<'inventory.check'>> {
    const { store } = this.#options;
    await store.look();
    const standing = store.standing();
    const read = text === undefined ? { form: 'nodes' as const, reading: standing } : readText(text, name, form);
    const { inventory, problems, lines } = read.reading;
    const merge = text === undefined ? undefined : mergeInventory(standing.inventory, inventory, { update: true });
    const { added, changed, same } = merge ?? { added: [], changed: [], same: inventory.nodes.length };
    const isWhole = faultsOf(problems).length === 0;
    const clashes = merge && isWhole ? faultsOfMerge(standing.inventory, merge, { file: name, lines }) : [];
    const told = [...problems, ...clashes].sort((a, b) => a.line - b.line).slice(0, MOST_TOLD_PROBLEMS);
    return {
      ...{ form: read.form, nodes: inventory.nodes.length, problems: told },
      jumpHosts: inventory.jumpHosts.map(({ name: jumpHost }) => jumpHost),
      ...{ added: [...added], changed: [...changed], same },
      ...(text === undefined ? this.#state() : {}),
    };
  }

  /** What a person has to know of the inventory as it is. */
  #state(): Partial<MethodResult<'inventory.check'>> {
    const { store, hosts, passwords } = this.#options;
    const { nodes, jumpHosts } = store.current();
    const waitsFor = store.waitsFor();
    const unpinned = [
      ...jumpHosts.filter(({ hostKeys }) => hostKeys.length === 0).map(({ name }) => name),
      ...nodes.filter(({ hostKeys }) => hostKeys.length === 0).map(({ nodeId }) => nodeId),
    ];
    return {
      ...(waitsFor === undefined ? {} : { waitsFor }),
      ...{ unpinned: unpinned.slice(0, MOST_TOLD_PROBLEMS), publicLine: hosts.publicLine },
      ...{ file: store.file, nodesInEffect: nodes.length, sudoGivenFor: passwords.givenFor() },
    };
  }

  async #add(
    { text, name, form, nodes, update }: CheckedParams<'inventory.add'>,
    caller: Caller,
  ): Promise<MethodResult<'inventory.add'>> {
    const read = text === undefined ? undefined : readText(text, name, form).reading;
    if (read) refuseFaults(read, 'nothing was taken over');
    let merge: InventoryMerge | undefined;
    await this.#edit((standing) => {
      const before = new Map(standing.nodes.map((node) => [node.nodeId, node]));
      const named = (nodes ?? []).map((line) => nodeOf(line, update ? before.get(line.name) : undefined));
      const { nodes: inText = [], jumpHosts = [] } = read?.inventory ?? {};
      merge = mergeInventory(
        standing,
        { nodes: [...inText, ...named], jumpHosts },
        { update, complete: text === undefined },
      );
      const conflict = nodes && merge.different[0];
      if (conflict !== undefined) {
        throw new PutError('inventory-conflict', `${conflict} is in the inventory already, with other values`, {
          name: conflict,
        });
      }
      return merge.added.length + merge.changed.length > 0 ? { put: merge.put } : undefined;
    });
    const { added = [], changed = [], different = [], same = 0 } = merge ?? {};
    if (added.length > 0) this.#tell(caller, `added ${some(added)} to the inventory`);
    if (changed.length > 0) this.#tell(caller, `changed ${some(changed)} in the inventory`);
    const notes = (read?.problems ?? []).slice(0, MOST_TOLD_PROBLEMS);
    return { added: [...added], changed: [...changed], different: [...different], same, notes };
  }

  async #remove(names: readonly string[], caller: Caller): Promise<MethodResult<'inventory.remove'>> {
    let removed: string[] = [];
    await this.#edit((standing) => {
      const there = namesOf(standing);
      removed = names.filter((name) => there.has(name));
      return removed.length > 0 ? { remove: removed } : undefined;
    });
    if (removed.length > 0) this.#tell(caller, `removed ${some(removed)} from the inventory`);
    return { removed };
  }

  async #probe(subnet: string, port: number): Promise<MethodResult<'inventory.probe'>> {
    const addresses = addressesOf(subnet);
    const { store, greet } = this.#options;
    const outcome = await this.#inTime((signal) => probeSubnet(addresses, port, signal, greet));
    const { nodes } = store.standing().inventory;
    const nodeOfGreeting = ({ address, key }: SshGreeting): string | undefined =>
      nodes.find((node) => node.address === address && node.port === port)?.nodeId ??
      nodes.find((node) => key !== undefined && node.hostKeys.includes(key))?.nodeId;
    const found = outcome.found.map((greeting) => {
      const node = nodeOfGreeting(greeting);
      return { ...greeting, ...(node === undefined ? {} : { node }) };
    });
    return { found, asked: outcome.asked, unfinished: outcome.unfinished };
  }

  async #shownKeys(names: readonly string[]): Promise<MethodResult<'inventory.shownKeys'>> {
    this.#requireNames(names);
    const { store, hosts } = this.#options;
    const pinned = this.#topic.fingerprints(store.standing().inventory);
    const shown: MethodResult<'inventory.shownKeys'>['shown'] = [];
    const failed = await this.#each(names, async (name, signal) => {
      const { key, fingerprint } = await hosts.shownHostKey(name, signal);
      shown.push({ name, key, fingerprint, pinned: [...(pinned.get(name) ?? [])] });
    });
    return { shown: inOrder(names, shown), failed };
  }

  async #pin(
    keys: Readonly<Record<string, readonly string[]>>,
    caller: Caller,
  ): Promise<MethodResult<'inventory.pin'>> {
    const names = Object.keys(keys);
    for (const [name, list] of Object.entries(keys)) {
      for (const key of list) {
        const issue = hostKeySchema.safeParse(key).error?.issues[0];
        if (issue) throw new PutError('input-invalid', `${name}: ${issue.message}`, { name });
      }
    }
    let pinned: string[] = [];
    await this.#edit((standing) => {
      const before = new Map<string, SshHost>(standing.nodes.map((node) => [node.nodeId, node]));
      for (const jumpHost of standing.jumpHosts) before.set(jumpHost.name, jumpHost);
      const stranger = names.find((name) => !before.has(name));
      if (stranger !== undefined) throw unknownName(stranger);
      pinned = names.filter((name) => before.get(name)?.hostKeys.join('\n') !== keys[name]?.join('\n'));
      return pinned.length > 0
        ? { hostKeys: Object.fromEntries(pinned.map((name) => [name, keys[name] ?? []])) }
        : undefined;
    });
    if (pinned.length > 0) this.#tell(caller, `pinned the host keys of ${some(pinned)}`);
    return { pinned };
  }

  async #authorize(
    names: readonly string[],
    password: string,
    caller: Caller,
  ): Promise<MethodResult<'nodes.authorize'>> {
    this.#requireNames(names);
    const authorized: string[] = [];
    const failed = await this.#each(names, async (name, signal) => {
      await this.#options.hosts.authorize(name, password, signal);
      authorized.push(name);
    });
    const done = names.filter((name) => authorized.includes(name));
    if (done.length > 0) this.#tell(caller, `brought the key of the master to ${some(done)}`);
    return { authorized: done, failed };
  }

  async #edit(change: (standing: Inventory) => InventoryEdit | undefined): Promise<void> {
    await this.#options.store.edit(change);
    this.#topic.changed();
  }

  /** Does something at each host, a bounded number at a time; what went wrong is told by host. */
  async #each(
    names: readonly string[],
    work: (name: string, signal: AbortSignal) => Promise<void>,
  ): Promise<{ name: string; code: string; message: string }[]> {
    const failed: { name: string; code: string; message: string }[] = [];
    await this.#inTime(async (signal) => {
      let next = 0;
      const go = async (): Promise<void> => {
        for (let name = names[next++]; name !== undefined; name = names[next++]) {
          try {
            if (signal.aborted) throw new PutError('node-timeout', `${name}: there was no time left to ask it`);
            await work(name, signal);
          } catch (error) {
            const { code, message } = toPutError(error);
            failed.push({ name, code, message });
          }
        }
      };
      await Promise.all(Array.from({ length: Math.min(HOSTS_AT_ONCE, names.length) }, go));
    });
    return inOrder(names, failed);
  }

  /** Runs work with a signal that ends it in time for an answer. */
  async #inTime<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    const stop = this.#options.clock.setTimer(ANSWER_MS, () => deadline.abort());
    try {
      return await work(AbortSignal.any([deadline.signal, this.#closing.signal]));
    } finally {
      stop();
    }
  }

  #requireNames(names: readonly string[]): void {
    const there = namesOf(this.#options.store.current());
    const stranger = names.find((name) => !there.has(name));
    if (stranger === undefined) return;
    if (namesOf(this.#options.store.standing().inventory).has(stranger)) {
      const { store } = this.#options;
      const why = store.waitsFor() === 'faults' ? 'a fault in nodes.yaml is mended' : 'the running job has ended';
      throw new PutError('node-unknown', `${stranger} is in nodes.yaml, but not in effect until ${why}`, {
        nodeId: stranger,
      });
    }
    throw unknownName(stranger);
  }

  #tell({ user }: Caller, text: string): void {
    this.#options.tell({ text: `${user} ${text}`, user });
  }
}

const unknownName = (name: string): PutError =>
  new PutError('node-unknown', `there is no node and no jump host ${name}`, { nodeId: name });

const namesOf = ({ nodes, jumpHosts }: Inventory): Set<string> =>
  new Set([...nodes.map(({ nodeId }) => nodeId), ...jumpHosts.map(({ name }) => name)]);

function inOrder<T extends { readonly name: string }>(names: readonly string[], list: readonly T[]): T[] {
  const byName = new Map(list.map((one) => [one.name, one]));
  return names.flatMap((name) => byName.get(name) ?? []);
}

const some = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(', ') : `${names.slice(0, 5).join(', ')} and ${names.length - 5} more`;

function readText(
  text: string,
  name = 'inventory',
  form: InventoryForm = guessInventoryForm(text, name),
): { form: InventoryForm; reading: InventoryReading } {
  return { form, reading: readInventory(form, text, name) };
}

/** A node from what is said of it, and what was said of it before; null takes back what was said. */
function nodeOf(line: object, { nodeId: _name, ...before }: Partial<InventoryNode> = {}): InventoryNode {
  const checked = nodeLineSchema.safeParse(
    Object.fromEntries(Object.entries({ ...before, ...line }).filter(([, value]) => value !== null)),
  );
  if (checked.success) return inventoryNode(checked.data);
  const issue = checked.error.issues[0];
  const place = issue?.path.join('.') ?? '';
  throw new PutError('input-invalid', `${place === '' ? '' : `${place}: `}${issue?.message ?? 'does not fit'}`, {
    place,
  });
}
