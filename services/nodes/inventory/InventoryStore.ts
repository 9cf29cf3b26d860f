import { readFile, stat } from 'node:fs/promises';
import { withFileLock } from '../../../core/node/fileLock.ts';
import { decodeText } from '../../../core/model/decodeText.ts';
import { EMPTY_INVENTORY, INVENTORY_LIMITS, type Inventory } from '../../../core/model/inventory.ts';
import { editNodesYaml, type InventoryEdit } from '../../../core/model/inventory/editNodesYaml.ts';
import { readNodesYaml } from '../../../core/model/inventory/nodesYaml.ts';
import { faultsOf, type InventoryReading, problemText } from '../../../core/model/inventory/reading.ts';
import { PutError, reportOf } from '../../../core/protocol/errors.ts';
import type { Clock } from '../../../core/session/ports.ts';
import type { Log } from '../../service.ts';
import { replaceFile } from '../../../core/node/replaceFile.ts';
import { storageFault } from '../../state/storageFault.ts';

/** How often the file is looked at: a change by an editor is seen within this. */
const LOOK_MS = 2_000;

export interface InventoryStoreOptions {
  /** nodes.yaml, which people and `edit` write. */
  readonly file: string;
  /** The copy that is in effect: it outlives a fault in the file, and changes while a job runs. */
  readonly inEffectFile: string;
  readonly clock: Clock;
  readonly log: Log;
}

interface Standing extends InventoryReading {
  /** Undefined: there is no file. */
  readonly text: string | undefined;
  /** By what it is seen that the file is another one. */
  readonly mark: string;
}

/**
 * The inventory file of the state folder. What is in effect is the last good one that was seen while no job ran; a file with a fault, or one that
 * changes under a running job, waits.
 */
export class InventoryStore {
  readonly #options: InventoryStoreOptions;
  readonly #inEffectListeners = new Set<() => void>();
  readonly #listeners = new Set<() => void>();
  #standing: Standing = { ...{ text: undefined, mark: '' }, inventory: EMPTY_INVENTORY, problems: [] };
  #inEffect: { readonly text: string | undefined; readonly inventory: Inventory };
  /** A job runs, or it is not known yet whether one does. */
  #held = true;
  #stopTimer = (): void => {};
  #working: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(options: InventoryStoreOptions, inEffect: { text: string | undefined; inventory: Inventory }) {
    this.#options = options;
    this.#inEffect = inEffect;
  }

  /** Reads what is there. What was in effect before stays so until `hold(false)`. Throws what the file system says. */
  static async open(options: InventoryStoreOptions): Promise<InventoryStore> {
    const kept = await readStanding(options.inEffectFile);
    const usable = kept.text !== undefined && faultsOf(kept.problems).length === 0;
    if (kept.text !== undefined && !usable) {
      options.log.error('the copy of the inventory cannot be used and is left aside', { file: options.inEffectFile });
    }
    const store = new InventoryStore(options, usable ? kept : { text: undefined, inventory: EMPTY_INVENTORY });
    store.#standing = await readStanding(options.file);
    const [fault] = faultsOf(store.standing().problems);
    if (fault) options.log.error('the inventory has a fault and is not in effect', { fault: problemText(fault) });
    if (!usable) await store.#takeOver(true);
    store.#lookAgain();
    return store;
  }

  get file(): string {
    return this.#options.file;
  }

  /** The inventory in effect. */
  current(): Inventory {
    return this.#inEffect.inventory;
  }

  /** Told after the inventory in effect changed. */
  onChange(listener: () => void): () => void {
    this.#inEffectListeners.add(listener);
    return () => this.#inEffectListeners.delete(listener);
  }

  /** The file as it stands, with what is wrong with it. */
  standing(): InventoryReading {
    const { inventory, problems } = this.#standing;
    const gone = this.#standing.text === undefined && this.current().nodes.length > 0;
    if (!gone) return { inventory, problems };
    const message = 'the file is gone; the nodes stay as they were. Bring it back, or write one without nodes';
    return { inventory, problems: [{ kind: 'fault', file: this.file, line: 1, message }] };
  }

  /** Why the file as it stands is not in effect. */
  waitsFor(): 'job' | 'faults' | undefined {
    if (faultsOf(this.standing().problems).length > 0) return 'faults';
    return this.#standing.text === this.#inEffect.text ? undefined : 'job';
  }

  /** What keeps the nodes from being worked with, in words for who starts putservices; empty where nothing does. */
  toDo(): string[] {
    const faults = faultsOf(this.standing().problems);
    const count = this.current().nodes.length;
    const [first] = faults;
    if (first) {
      const more = faults.length > 1 ? ` (and ${faults.length - 1} more faults)` : '';
      const meanwhile =
        count > 0
          ? `Until it is mended the inventory of before is in effect: ${count} ${count === 1 ? 'node' : 'nodes'} (${this.#options.inEffectFile}).`
          : 'Until it is mended no node is in effect.';
      return [`The inventory has a fault: ${problemText(first)}${more}`, meanwhile];
    }
    if (count > 0) return [];
    return [`No nodes are named yet: putctl inventory add or import, or write ${this.file} (docs/real-nodes.md).`];
  }

  /** Told after the file was seen to have changed, or to be in effect. */
  onNews(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** While a job runs, changes wait; host keys that are pinned do not. */
  hold(held: boolean): Promise<void> {
    return this.#serially(async () => {
      this.#held = held;
      await this.#takeOver();
    });
  }

  /** Looks at the file now. */
  look(): Promise<void> {
    return this.#serially(async () => {
      if ((await markOf(this.file)) === this.#standing.mark) return;
      const before = this.#standing;
      this.#standing = await readStanding(this.file);
      if (before.mark === UNREAD && this.#standing.mark === UNREAD) return;
      const [fault] = faultsOf(this.standing().problems);
      if (fault)
        this.#options.log.warn('the inventory has a fault; the one before stays in effect', {
          fault: problemText(fault),
        });
      await this.#takeOver();
      this.#tell(this.#listeners);
    });
  }

  /**
   * Changes the file, against other programs too; what a person wrote beside it stays. `change` is given the file as it stands; an answer of
   * undefined changes nothing. Throws `inventory-invalid` where the file has a fault, or would have one; `file-locked`; what `change` throws.
   */
  edit(change: (standing: Inventory) => InventoryEdit | undefined): Promise<void> {
    return this.#serially(async () => {
      await withFileLock(this.file, async () => {
        this.#standing = await readStanding(this.file);
        refuseFaults(this.standing(), 'mend it first');
        const edit = change(this.#standing.inventory);
        if (!edit) return;
        const text = editNodesYaml(this.#standing.text, edit);
        refuseFaults(readNodesYaml(text, this.file), 'it would be so after the change; nothing was written');
        if (text === this.#standing.text) return;
        await this.#replace(this.file, text);
        this.#standing = await readStanding(this.file);
        if (this.#held && edit.hostKeys) await this.#pinInEffect(edit.hostKeys);
      });
      await this.#takeOver();
      this.#tell(this.#listeners);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    await this.#working;
    this.#inEffectListeners.clear();
    this.#listeners.clear();
  }

  /** What stands in the file takes effect, where nothing speaks against it. */
  async #takeOver(first = false): Promise<void> {
    if ((this.#held && !first) || this.waitsFor() !== 'job') return;
    const { text, inventory } = this.#standing;
    if (text !== undefined) await this.#replace(this.#options.inEffectFile, text);
    this.#inEffect = { text, inventory };
    this.#tell(this.#inEffectListeners);
    this.#tell(this.#listeners);
  }

  /** A pinned key takes effect under a running job: it lets nobody in elsewhere than where the node stands. */
  async #pinInEffect(hostKeys: Readonly<Record<string, readonly string[]>>): Promise<void> {
    const text = editNodesYaml(this.#inEffect.text, { hostKeys });
    const { inventory, problems } = readNodesYaml(text, this.file);
    if (faultsOf(problems).length > 0) return;
    await this.#replace(this.#options.inEffectFile, text);
    this.#inEffect = { text, inventory };
    this.#tell(this.#inEffectListeners);
  }

  async #replace(path: string, text: string): Promise<void> {
    try {
      await replaceFile(path, text);
    } catch (error) {
      throw storageFault(error, path);
    }
  }

  /** One thing after the other; a failure is that of its caller alone. */
  #serially(work: () => Promise<void>): Promise<void> {
    const done = this.#working.then(work);
    this.#working = done.catch(() => {});
    return done;
  }

  #lookAgain(): void {
    if (this.#closed) return;
    this.#stopTimer = this.#options.clock.setTimer(LOOK_MS, () => {
      void this.look()
        .catch((error: unknown) => this.#options.log.error('the inventory could not be read', { ...reportOf(error) }))
        .then(() => this.#lookAgain());
    });
  }

  #tell(listeners: ReadonlySet<() => void>): void {
    for (const listener of [...listeners]) listener();
  }
}

/** Throws `inventory-invalid` with the first faults by line. */
export function refuseFaults({ problems }: InventoryReading, what: string): void {
  const faults = faultsOf(problems);
  const [first] = faults;
  if (!first) return;
  const named = faults.slice(0, 5).map(({ line, message }) => `line ${line}: ${message}`);
  const more = faults.length > named.length ? `; and ${faults.length - named.length} more` : '';
  throw new PutError('inventory-invalid', `${first.file}: ${named.join('; ')}${more} (${what})`, {
    ...{ file: first.file, line: first.line, faults: faults.length },
  });
}

/** Mark of a file that is there and could not be read. */
const UNREAD = 'unread';

async function markOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw storageFault(error, file);
  }
}

async function readStanding(file: string): Promise<Standing> {
  const mark = await markOf(file);
  if (mark === '') return { text: undefined, mark, inventory: EMPTY_INVENTORY, problems: [] };
  const fault = (message: string): Standing => ({
    ...{ text: '', mark, inventory: EMPTY_INVENTORY },
    problems: [{ kind: 'fault', file, line: 1, message }],
  });
  if (Number(mark.split(' ')[1]) > INVENTORY_LIMITS.bytes) return fault(`larger than ${INVENTORY_LIMITS.bytes} bytes`);
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    // Without a mark it is tried again at each look: a change of rights changes neither size nor time.
    return { ...fault(`it cannot be read (${code}); its owner must be the user of putservices`), mark: UNREAD };
  }
  const decoded = decodeText(bytes);
  if ('problem' in decoded) return fault(decoded.problem);
  return { text: decoded.text, mark, ...readNodesYaml(decoded.text, file) };
}
