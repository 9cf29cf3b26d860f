import { join } from 'node:path';
import type { OperationSpec } from '../../../core/model/operationSpec.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import type { MethodName } from '../../../core/protocol/methods.ts';
import type { Clock } from '../../../core/session/ports.ts';
import type { FakeClock } from '../../../core/testing/fakeClock.ts';
import type { SimPackageSource } from '../../nodes/sim/packageSource.ts';
import { practiceDeadlines } from '../../nodes/sim/practiceDeadlines.ts';
import type { InstalledSeed } from '../../nodes/sim/practiceInventory.ts';
import type { PracticeFiles } from '../../nodes/sim/PracticeNodeStore.ts';
import { SimNodePort } from '../../nodes/sim/SimNodePort.ts';
import type { Log } from '../../service.ts';
import { JobService } from '../JobService.ts';
import type { Journal, JournalBatch } from '../Journal.ts';
import { askService } from './askService.ts';
import type { MemoryNodeFiles } from './memoryNodeFiles.ts';
import type { SampleLibrary } from './sampleLibrary.ts';

/** Where putservices dies: so many writes from now, before or after the write, or in the middle of its transaction. */
export interface Kill {
  writesLeft: number;
  readonly when: 'before' | 'within' | 'after';
}

/** What outlives putservices: disks, time, the nodes. */
export interface SimulatedWorld {
  readonly folder: string;
  readonly clock: FakeClock;
  readonly files: MemoryNodeFiles;
  readonly library: SampleLibrary;
  readonly packages: SimPackageSource;
  readonly installed: readonly InstalledSeed[];
  readonly seed: number;
  readonly nodes: number;
  readonly snapshotEvery: number;
  readonly operationOf: (operationId: string) => OperationSpec;
  /** Lines of the timeline, by the event that they are of. */
  readonly told: Set<string>;
  readonly log: Log;
  /** Has each batch that is in the journal. */
  readonly onBatch: (batch: JournalBatch) => void;
  /** The journal is open, and nothing was done with it. */
  readonly onOpened: (journal: Journal) => void;
  kill: Kill | undefined;
  /** So many writes of the journal fail, as on a full disk. */
  failing: number;
}

/** Longest that a request may take, in ms of virtual time. */
const LONGEST_ANSWER_MS = 5_000;

class Killed extends Error {
  constructor() {
    super('putservices was killed');
  }
}

const never = <T>(): Promise<T> => new Promise(() => undefined);

/** One life of putservices over a world: it ends at a stop, or is killed where the world says. */
export class SimulatedPutservices {
  readonly #world: SimulatedWorld;
  readonly #timers = new Set<() => void>();
  #journal: Journal | undefined;
  #port: SimNodePort | undefined;
  #service: JobService | undefined;
  #alive = true;
  /** Undefined: the next write of the transaction goes on. */
  #within: 'kill' | 'fail' | undefined;

  private constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  /** Begins a life; it may be over before anybody can ask anything. */
  static async begin(world: SimulatedWorld): Promise<SimulatedPutservices> {
    const life = new SimulatedPutservices(world);
    const begun = life.#begin();
    // Whoever is killed answers nothing any more.
    await Promise.race([begun, life.#death.promise]);
    return life;
  }

  readonly #death = Promise.withResolvers<undefined>();

  get alive(): boolean {
    return this.#alive;
  }

  get port(): SimNodePort | undefined {
    return this.#port;
  }

  /** A request as a session passes it on; undefined where its answer is lost, since putservices was killed. */
  async ask(method: MethodName, params: object, user: string): Promise<Record<string, unknown> | undefined> {
    const service = this.#service;
    if (!this.#alive || !service) return undefined;
    return this.#answered(askService(service, method, params, user));
  }

  /** putservices is stopped, and everything put down. */
  async stop(): Promise<void> {
    const closing = [(): unknown => this.#service?.close(), (): unknown => this.#port?.close()];
    for (const close of closing) {
      if (this.#alive) await this.#answered(Promise.resolve().then(close));
    }
    this.kill();
  }

  /** What a promise comes to while time goes on; undefined where putservices is killed before. */
  async #answered<T>(promise: Promise<T>): Promise<T | undefined> {
    let over = false;
    const mine = promise
      .catch((error: unknown) => {
        if (!this.#alive) return undefined;
        throw error;
      })
      .finally(() => (over = true));
    mine.catch(() => undefined);
    for (let ms = 0; !over && this.#alive && ms < LONGEST_ANSWER_MS; ms += 1) await this.#world.clock.advance(1);
    if (!this.#alive) return undefined;
    if (!over) throw new Error(`there was no answer within ${LONGEST_ANSWER_MS} ms`);
    return mine;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#world.kill = undefined;
    this.#world.failing = 0;
    for (const stop of this.#timers) stop();
    this.#timers.clear();
    try {
      this.#journal?.close();
    } catch {
      // It was closed by a stop.
    }
    this.#death.resolve(undefined);
  }

  async #begin(): Promise<void> {
    const { folder, packages, installed, seed, nodes, clock, library, told } = this.#world;
    const log = this.#log();
    this.#port = await SimNodePort.open({
      ...{ folder: '/nodes', packages, installed, seed, nodes, log },
      files: this.#files(),
      clock: this.#clock(),
      // The nodes' clocks are their own.
      now: () => clock.steadyMs(),
    });
    if (!this.#alive) return;
    try {
      this.#service = new JobService({
        ...{ journalPath: join(folder, 'jobs.sqlite'), driver: this.#port, library, log },
        clock: this.#clock(),
        deadlines: { byKind: practiceDeadlines(1), probeMs: 60_000 },
        snapshotEvery: this.#world.snapshotEvery,
        operationOf: this.#world.operationOf,
        wasTold: (eventId) => told.has(eventId),
        tell: (...lines) =>
          this.#write(() => lines.forEach(({ eventId }) => eventId !== undefined && told.add(eventId))),
        wrapJournal: (journal) => this.#wrapped(journal),
      });
    } catch (error) {
      if (this.#alive) throw error;
    }
  }

  /** Whoever is dead says nothing. */
  #log(): Log {
    const { log } = this.#world;
    return {
      info: (...told) => this.#alive && log.info(...told),
      warn: (...told) => this.#alive && log.warn(...told),
      error: (...told) => this.#alive && log.error(...told),
    };
  }

  #clock(): Clock {
    const { clock } = this.#world;
    return {
      nowMs: () => clock.nowMs(),
      steadyMs: () => clock.steadyMs(),
      setTimer: (delayMs, callback) => {
        if (!this.#alive) return () => undefined;
        const stop = clock.setTimer(delayMs, () => {
          this.#timers.delete(stop);
          callback();
        });
        this.#timers.add(stop);
        return () => {
          this.#timers.delete(stop);
          stop();
        };
      },
    };
  }

  /** Whether putservices dies with this write. */
  #due(): Kill['when'] | undefined {
    const { kill } = this.#world;
    if (!kill) return undefined;
    kill.writesLeft -= 1;
    return kill.writesLeft < 0 ? kill.when : undefined;
  }

  #write<T>(work: () => T): T {
    if (!this.#alive) throw new Killed();
    const due = this.#due();
    if (due === 'before') {
      this.kill();
      throw new Killed();
    }
    this.#within = due === 'within' ? 'kill' : undefined;
    let result: T;
    try {
      result = work();
    } catch (error) {
      if (due !== undefined) this.kill();
      throw error;
    } finally {
      this.#within = undefined;
    }
    if (due === undefined) return result;
    this.kill();
    throw new Killed();
  }

  #wrapped(journal: Journal): Pick<Journal, 'append' | 'appendLog'> {
    this.#journal = journal;
    this.#world.onOpened(journal);
    const { values } = journal;
    const pack = values.pack.bind(values);
    values.pack = (jobId, event) => {
      if (this.#within === 'kill') throw new Killed();
      const packed = pack(jobId, event);
      if (this.#within === 'fail') throw new PutError('journal-unwritable', 'the disk is full');
      return packed;
    };
    const keepSnapshot = journal.keepSnapshot.bind(journal);
    journal.keepSnapshot = (...snapshot) => this.#write(() => keepSnapshot(...snapshot));
    return {
      append: (batch) =>
        this.#write(() => {
          if (this.#fails()) this.#within = 'fail';
          journal.append(batch);
          this.#world.onBatch(batch);
        }),
      appendLog: (lines) =>
        this.#write(() => {
          if (this.#fails()) throw new PutError('journal-unwritable', 'the disk is full');
          journal.appendLog(lines);
        }),
    };
  }

  #fails(): boolean {
    if (this.#world.failing <= 0) return false;
    this.#world.failing -= 1;
    return true;
  }

  #files(): PracticeFiles {
    const { files } = this.#world;
    const write = (work: () => Promise<void>): Promise<void> => {
      if (!this.#alive) return never();
      try {
        return this.#write(work);
      } catch {
        return never();
      }
    };
    return {
      list: () => files.list(),
      read: (path) => files.read(path),
      replace: (path, text) => write(() => files.replace(path, text)),
      append: (path, text) => write(() => files.append(path, text)),
      rename: (from, to) => write(() => files.rename(from, to)),
      remove: (path) => write(() => files.remove(path)),
    };
  }
}
