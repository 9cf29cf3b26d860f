import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { InstalledPackage, NodeFacts } from '../../core/model/node.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { ProbeOutcome, WorkOutcome } from '../sequencer/events.ts';
import type { JobEvent } from '../sequencer/events.ts';

/** The table of values that events name by their digest. */
export const VALUES_SCHEMA = `
CREATE TABLE shared_values (
  digest TEXT PRIMARY KEY,
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE value_uses (
  job_id TEXT NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (job_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX value_uses_by_digest ON value_uses (digest);
`;

/** Brings the uses to a journal that has values and no uses. */
export const USES_SCHEMA = `${VALUES_SCHEMA.slice(VALUES_SCHEMA.indexOf('CREATE TABLE value_uses'))}
INSERT OR IGNORE INTO value_uses
  SELECT events.job_id, named.atom FROM events, json_tree(events.body) AS named
  WHERE events.body LIKE '%"sharedValue"%' AND named.key = 'sharedValue';
`;

/** Values that no job names, neither by itself nor by a value that one does. */
const DROP_UNUSED = `
DELETE FROM shared_values
WHERE digest NOT IN (SELECT digest FROM value_uses) AND digest NOT IN (
  SELECT part.atom FROM shared_values AS whole, json_each(whole.body) AS part
  WHERE whole.digest IN (SELECT digest FROM value_uses) AND json_type(whole.body) = 'object' AND part.type = 'text'
)`;

/** Stands in an event for a value of the table: base64url of the SHA-256 of its JSON. */
interface Reference {
  readonly sharedValue: string;
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && typeof (value as Partial<Reference>).sharedValue === 'string';
}

type Outcome = WorkOutcome | ProbeOutcome;
type Packed = Readonly<Record<string, unknown>>;

/**
 * Lists of installed packages, what their headers say, and results of work, once by content for all nodes and events: 10,000 nodes of 20 kinds cost 20
 * lists. What is read again is one object for one content, so that equal nodes are seen to be equal without a look inside.
 */
export class JournalValues {
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;
  readonly #select: StatementSync;
  readonly #use: StatementSync;
  /** Digests that are known to be named by a job, by job. */
  readonly #used = new Map<string, Set<string>>();
  /** Digests of objects that are in the table. */
  #written = new WeakMap<object, string>();
  readonly #read = new Map<string, WeakRef<object>>();

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#insert = database.prepare('INSERT OR IGNORE INTO shared_values (digest, body) VALUES (?, ?)');
    this.#use = database.prepare('INSERT OR IGNORE INTO value_uses (job_id, digest) VALUES (?, ?)');
    this.#select = database.prepare('SELECT body FROM shared_values WHERE digest = ?');
  }

  /** The event with its large values in the table; called inside the transaction that keeps the event. */
  pack(jobId: string, event: JobEvent): unknown {
    if (event.kind !== 'cell-ended' && event.kind !== 'cell-probed') return event;
    return { ...event, outcome: this.#packOutcome(jobId, event.outcome) };
  }

  /** The event as it was before `pack`; one that was never packed stays as it is. @throws PutError state-damaged */
  unpack(packed: unknown): JobEvent {
    const event = packed as JobEvent;
    if (event.kind !== 'cell-ended' && event.kind !== 'cell-probed') return event;
    return { ...event, outcome: this.#unpackOutcome(event.outcome as unknown as Packed) } as unknown as JobEvent;
  }

  /** Facts, found packages and results of a snapshot, as `pack` does it; events of the same job name them already. */
  packPart(
    part: Pick<Outcome, 'found'> & {
      readonly facts?: NodeFacts | undefined;
      readonly result?: object | undefined;
    },
  ): unknown {
    return this.#packOutcome(undefined, part as Outcome);
  }

  /** The opposite of `packPart`. @throws PutError state-damaged */
  unpackPart(packed: unknown): unknown {
    return this.#unpackOutcome(packed as Packed);
  }

  /**
   * The job leaves the journal: values that no other job names go with it. Called inside a transaction. Costs by the values that are
   * kept, not by the events.
   */
  forget(jobId: string): void {
    this.#database.prepare('DELETE FROM value_uses WHERE job_id = ?').run(jobId);
    this.#used.delete(jobId);
    const { changes } = this.#database.prepare(DROP_UNUSED).run();
    if (changes === 0) return;
    // What is known to be in the table may be gone.
    this.#written = new WeakMap();
    this.#read.clear();
  }

  /** After a rollback what was written in the transaction is not there. */
  rolledBack(): void {
    this.#written = new WeakMap();
    this.#used.clear();
  }

  #packOutcome(jobId: string | undefined, outcome: Outcome): Packed {
    const { found } = outcome;
    const facts = 'facts' in outcome ? outcome.facts : undefined;
    const result = 'result' in outcome ? outcome.result : undefined;
    return {
      ...outcome,
      ...(result ? { result: this.#named(jobId, this.#keep(result)) } : {}),
      ...(found ? { found: this.#named(jobId, this.#keep(found)) } : {}),
      ...(facts ? { facts: this.#packFacts(jobId, facts) } : {}),
    };
  }

  #packFacts(jobId: string | undefined, facts: NodeFacts): Packed {
    const { packages, relations } = facts;
    return {
      ...facts,
      packages: this.#named(jobId, this.#keep(packages)),
      ...(relations
        ? {
            relations: this.#named(
              jobId,
              this.#keep(relations, () => this.#eachKept(relations)),
            ),
          }
        : {}),
    };
  }

  /** Builds are alike from kind to kind of node, so each is a value of its own. */
  #eachKept(relations: NonNullable<NodeFacts['relations']>): Packed {
    return Object.fromEntries(
      Object.entries(relations).map(([build, value]) => [build, this.#keep(value).sharedValue]),
    );
  }

  /** Notes that an event of the job names the value. */
  #named(jobId: string | undefined, reference: Reference): Reference {
    if (jobId === undefined) return reference;
    const digests = this.#used.get(jobId) ?? new Set();
    if (!digests.has(reference.sharedValue)) {
      this.#use.run(jobId, reference.sharedValue);
      digests.add(reference.sharedValue);
      this.#used.set(jobId, digests);
    }
    return reference;
  }

  #keep(value: object, shape: () => object = () => value): Reference {
    const known = this.#written.get(value);
    if (known !== undefined) return { sharedValue: known };
    const body = JSON.stringify(shape());
    const digest = createHash('sha256').update(body).digest('base64url');
    this.#insert.run(digest, body);
    this.#written.set(value, digest);
    return { sharedValue: digest };
  }

  #unpackOutcome(outcome: Packed): Packed {
    const { found, facts, result } = outcome;
    return {
      ...outcome,
      ...(isReference(result) ? { result: this.#take(result.sharedValue) } : {}),
      ...(isReference(found) ? { found: this.#take(found.sharedValue) } : {}),
      ...(facts ? { facts: this.#unpackFacts(facts as Packed) } : {}),
    };
  }

  #unpackFacts(facts: Packed): Packed {
    const { packages, relations } = facts;
    return {
      ...facts,
      ...(isReference(packages) ? { packages: this.#take<readonly InstalledPackage[]>(packages.sharedValue) } : {}),
      ...(isReference(relations)
        ? {
            relations: this.#take(relations.sharedValue, (kept) =>
              Object.fromEntries(
                Object.entries(kept as Readonly<Record<string, string>>).map(([build, digest]) => [
                  build,
                  this.#take(digest),
                ]),
              ),
            ),
          }
        : {}),
    };
  }

  #take<T extends object>(digest: string, shape: (kept: object) => object = (kept) => kept): T {
    const known = this.#read.get(digest)?.deref();
    if (known) return known as T;
    const row = this.#select.get(digest) as { body: string } | undefined;
    if (!row) throw new PutError('state-damaged', `value ${digest} of the journal is missing`, { digest });
    const value = shape(JSON.parse(row.body) as object);
    this.#read.set(digest, new WeakRef(value));
    // Read values are in the table, too.
    this.#written.set(value, digest);
    return value as T;
  }
}
