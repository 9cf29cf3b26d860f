import { open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { InstalledPackage } from '../../../core/model/node.ts';
import { FAULT_KINDS } from '../../../core/model/node.ts';
import { makeFolder } from '../../../core/node/makeFolder.ts';

const installedSchema = z.object({
  name: z.string(),
  epoch: z.number(),
  version: z.string(),
  release: z.string(),
  arch: z.string(),
});

const keySchema = z.object({
  jobId: z.string(),
  stepId: z.string(),
  attempt: z.number().int(),
  part: z.string().optional(),
});

const guardSchema = z.object({
  job: z.string(),
  /** By the master's clock. */
  dueAtMs: z.number(),
  /** Builds that come back, and that go. */
  former: z.array(installedSchema).readonly(),
  gone: z.array(z.string()).readonly(),
  /** It is rebooted after it went back, where it was booted more often than so. */
  rebootsFrom: z.number().int().optional(),
  decided: z.enum(['confirmed', 'back']).optional(),
});
/** What brings a node back by itself unless it is confirmed. */
export type PracticeGuard = z.infer<typeof guardSchema>;

/** Something that happens in the course of a command, `atMs` after its start. */
const beatSchema = z.object({
  atMs: z.number(),
  /** What it writes to its log. */
  log: z.string().optional(),
  /** A new build comes beside what is there. */
  come: installedSchema.optional(),
  /** What the new build replaces and obsoletes is erased. */
  replace: z
    .object({ by: installedSchema.extend({ beside: z.boolean() }), obsoleted: z.array(installedSchema) })
    .optional(),
  /** Builds that are erased. */
  gone: z.array(installedSchema).optional(),
  service: z.enum(['up', 'down']).optional(),
  active: z.record(z.string(), z.string()).optional(),
  guard: guardSchema.optional(),
  /** A line of the node's diary. */
  diary: z.record(z.string(), z.unknown()).optional(),
  losesPower: z.literal(true).optional(),
  reboots: z.literal(true).optional(),
  /** Writes so many bytes of lines that say nothing to its log. */
  fillerBytes: z.number().int().optional(),
  exit: z.number().int().optional(),
});
export type Beat = z.infer<typeof beatSchema>;

const workSchema = z.object({
  key: keySchema,
  startedAtMs: z.number(),
  /** What happens in its course; all of it is known from its start, so that it goes on whether or not anybody looks. */
  beats: z.array(beatSchema).readonly(),
  /** How many of the beats are done for certain: whatever a beat changed is written with it. */
  done: z.number().int(),
  /** Hears no stop. */
  deaf: z.literal(true).optional(),
  ended: z
    .object({
      code: z.number().int().optional(),
      signal: z.string().optional(),
      endedAtMs: z.number(),
      log: z.string(),
      /** A long part that says nothing, at this offset of the log; it is not kept word by word. */
      filler: z.object({ offset: z.number().int(), bytes: z.number().int() }).optional(),
    })
    .optional(),
});
export type PracticeWork = z.infer<typeof workSchema>;

const stateSchema = z.object({
  format: z.literal(1),
  nodeId: z.string(),
  service: z.enum(['up', 'down']),
  packages: z.array(installedSchema).readonly(),
  spooled: z.record(z.string(), z.string()),
  activeVersions: z.record(z.string(), z.string()),
  faults: z.array(z.object({ stepId: z.string(), kind: z.enum(FAULT_KINDS), times: z.number().int() })).readonly(),
  powerLostFor: z.number().int().optional(),
  awayUntilMs: z.number().optional(),
  boots: z.number().int().default(1),
  bootedAtMs: z.number().optional(),
  kernel: z.string().optional(),
  guard: guardSchema.optional(),
  clockOffsetMs: z.number().optional(),
  work: z.array(workSchema).readonly().default([]),
});

/** What a practice node holds on its disks and how it is; never changed in place. */
export interface PracticeNodeState {
  readonly format: 1;
  readonly nodeId: string;
  readonly service: 'up' | 'down';
  /** The rpm database. A transaction that was cut leaves two versions of its package in it, as rpm does. */
  readonly packages: readonly InstalledPackage[];
  /** SHA-256 by path in the spool area. */
  readonly spooled: Readonly<Record<string, string>>;
  /** Active version by component, as Switch Versions set it. */
  readonly activeVersions: Readonly<Record<string, string>>;
  readonly faults: readonly {
    readonly stepId: string;
    readonly kind: (typeof FAULT_KINDS)[number];
    readonly times: number;
  }[];
  /** Without power: how many more contacts find the node gone before it is up again. */
  readonly powerLostFor?: number | undefined;
  /** It boots, and answers nothing before this time of the master's clock. */
  readonly awayUntilMs?: number | undefined;
  /** How often it was booted. */
  readonly boots: number;
  /** When it was booted last, by the master's clock; absent: before the practice system began. */
  readonly bootedAtMs?: number | undefined;
  /** Release of the kernel that it booted last; absent: the one of fresh nodes. */
  readonly kernel?: string | undefined;
  readonly guard?: PracticeGuard | undefined;
  /** The node's clock less the master's. */
  readonly clockOffsetMs?: number | undefined;
  /** Commands that run there, or ended last. */
  readonly work: readonly PracticeWork[];
}

/** How the store reads and writes; tests put failing ones, or memory, in its place. */
export interface PracticeFiles {
  /** Names of the files of a folder; it is made when it is not there. */
  list(folder: string): Promise<readonly string[]>;
  read(path: string): Promise<string>;
  /** Replaces the file as a whole or not at all. */
  replace(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** Real files. `durable` waits for the disk, so that a state outlives a loss of power of the master too. */
export function practiceFiles(durable: boolean): PracticeFiles {
  return {
    async list(folder) {
      await makeFolder(folder, 0o700);
      return readdir(folder);
    },
    read: (path) => readFile(path, 'utf8'),
    rename,
    remove: unlink,
    async replace(path, text) {
      const temporary = `${path}.new`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(text);
        if (durable) await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    },
    async append(path, text) {
      const handle = await open(path, 'a', 0o600);
      try {
        await handle.write(text);
      } finally {
        await handle.close();
      }
    },
  };
}

/** Files open at once: thousands of nodes end a step in the same moment, and descriptors are few. */
const FILES_AT_ONCE = 64;
const STATE_ENDING = '.node.json';
const JOURNAL_ENDING = '.journal.jsonl';

export interface PracticeNodeStoreOptions {
  readonly folder: string;
  readonly files: PracticeFiles;
  /** State of a node that was never written. */
  readonly fresh: (nodeId: string) => PracticeNodeState;
  readonly nodeIds: ReadonlySet<string>;
  /** Is told of a file that does not hold a node's state; it was set aside and the node begins fresh. */
  readonly onDamaged: (damaged: { readonly path: string; readonly setAside: string; readonly cause: unknown }) => void;
}

/**
 * State of the practice nodes, one small file a node, written only when a node changes, and beside it an append-only
 * journal of what was done there. A kill at any moment leaves each file as it was before or after a change.
 */
export class PracticeNodeStore {
  readonly #options: PracticeNodeStoreOptions;
  readonly #states = new Map<string, PracticeNodeState>();
  readonly #tails = new Map<string, Promise<unknown>>();
  readonly #shared = new Map<string, readonly InstalledPackage[]>();
  #filesOpen = 0;
  readonly #waiting: (() => void)[] = [];

  private constructor(options: PracticeNodeStoreOptions) {
    this.#options = options;
  }

  /** Reads the nodes that were changed before. A file that cannot be used takes nothing from the other nodes. */
  static async open(options: PracticeNodeStoreOptions): Promise<PracticeNodeStore> {
    const store = new PracticeNodeStore(options);
    const names = (await options.files.list(options.folder)).filter((name) => name.endsWith(STATE_ENDING));
    await Promise.all(names.map((name) => store.#withFile(() => store.#load(join(options.folder, name)))));
    return store;
  }

  async #load(path: string): Promise<void> {
    const { files } = this.#options;
    const text = await files.read(path);
    let state: PracticeNodeState;
    try {
      state = stateSchema.parse(JSON.parse(text));
    } catch (cause) {
      const setAside = `${path}.damaged`;
      await files.rename(path, setAside);
      this.#options.onDamaged({ path, setAside, cause });
      return;
    }
    if (this.#options.nodeIds.has(state.nodeId)) this.#states.set(state.nodeId, this.#sharing(state));
  }

  /** Nodes with equal packages share one list: ten thousand nodes of four kinds need four. */
  #sharing(state: PracticeNodeState): PracticeNodeState {
    const key = JSON.stringify(state.packages);
    const known = this.#shared.get(key);
    if (known) return known === state.packages ? state : { ...state, packages: known };
    if (this.#shared.size > 1000) this.#shared.clear();
    this.#shared.set(key, state.packages);
    return state;
  }

  get(nodeId: string): PracticeNodeState {
    return this.#states.get(nodeId) ?? this.#options.fresh(nodeId);
  }

  /** Ids of nodes that differ from a fresh one. */
  changedNodeIds(): string[] {
    return [...this.#states.keys()];
  }

  /** Changes a node's state; resolves when it is on disk. Changes of one node are made one after the other. */
  update(nodeId: string, change: (state: PracticeNodeState) => PracticeNodeState): Promise<PracticeNodeState> {
    return this.#inOrder(nodeId, async () => {
      const before = this.get(nodeId);
      const after = this.#sharing(change(before));
      if (after === before) return before;
      await this.#withFile(() => this.#options.files.replace(this.statePath(nodeId), JSON.stringify(after)));
      this.#states.set(nodeId, after);
      return after;
    });
  }

  /** Adds a line to the node's journal; resolves when it is written. */
  journal(nodeId: string, line: Readonly<Record<string, unknown>>): Promise<void> {
    return this.#inOrder(nodeId, () =>
      this.#withFile(() => this.#options.files.append(this.journalPath(nodeId), `${JSON.stringify(line)}\n`)),
    );
  }

  /** All nodes fresh again; the journals stay. */
  async reset(atMs: number): Promise<void> {
    await Promise.all(
      this.changedNodeIds().map((nodeId) =>
        this.#inOrder(nodeId, () =>
          this.#withFile(async () => {
            await this.#options.files.append(this.journalPath(nodeId), `${JSON.stringify({ atMs, event: 'reset' })}\n`);
            await this.#options.files.remove(this.statePath(nodeId));
            this.#states.delete(nodeId);
          }),
        ),
      ),
    );
  }

  /** Resolves when everything asked for so far is on disk or has failed: of one node, or of all. */
  async settled(nodeId?: string): Promise<void> {
    if (nodeId === undefined) await Promise.all(this.#tails.values());
    else await this.#tails.get(nodeId);
  }

  statePath(nodeId: string): string {
    return join(this.#options.folder, nodeId + STATE_ENDING);
  }

  journalPath(nodeId: string): string {
    return join(this.#options.folder, nodeId + JOURNAL_ENDING);
  }

  #inOrder<T>(nodeId: string, work: () => Promise<T>): Promise<T> {
    const result = (this.#tails.get(nodeId) ?? Promise.resolve()).then(work);
    const tail = result.then(
      () => undefined,
      () => undefined,
    );
    this.#tails.set(nodeId, tail);
    void tail.then(() => {
      if (this.#tails.get(nodeId) === tail) this.#tails.delete(nodeId);
    });
    return result;
  }

  async #withFile<T>(work: () => Promise<T>): Promise<T> {
    if (this.#filesOpen >= FILES_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#filesOpen++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#filesOpen--;
    }
  }
}
