import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobSummary } from '../../core/model/job.ts';
import type { NodeFacts } from '../../core/model/node.ts';
import type { PackageRelations } from '../../core/model/package.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import type { JobEvent } from '../sequencer/events.ts';
import { Journal } from './Journal.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-values-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const path = (): string => join(folder, 'journal.db');
const summary: JobSummary = {
  ...{ jobId: 'j', jobNumber: 1, operationId: 'o', title: 't', state: 'running', driver: 'a', startedBy: 'a' },
  ...{ startedAtMs: 0, currentStep: 'find-systems', nodes: 3 },
};

/** Lists as a driver reads them from each node by itself: equal, and not the same objects. */
function factsOf(nodeId: string, extra = ''): NodeFacts {
  const packages = Array.from({ length: 400 }, (_, i) => ({
    ...{ name: `package-${i}`, epoch: 0, version: '1', release: `1${i === 0 ? extra : ''}`, arch: 'noarch' },
  }));
  const relations = Object.fromEntries(
    packages.map((one): [string, PackageRelations] => [
      formatNevra(one),
      { requires: [{ name: 'x', sense: '', version: '', flags: 0 }], provides: [], conflicts: [], obsoletes: [] },
    ]),
  );
  return {
    ...{ nodeId, os: 'SLES 15', arch: 'x86_64', kernel: '5', memoryBytes: 1, groupingKey: 'k', fileSystems: [] },
    ...{ service: { name: 's', state: 'up' }, packages, relations },
  };
}

const ended = (facts: NodeFacts): JobEvent => ({
  ...{ kind: 'cell-ended', stepId: 'find-systems', nodeId: facts.nodeId, attempt: 1, atMs: 1 },
  outcome: { state: 'ok', facts, found: facts.packages },
});

function factsIn(event: JobEvent | undefined): NodeFacts {
  if (event?.kind !== 'cell-ended' || !event.outcome.facts) throw new Error('no facts');
  return event.outcome.facts;
}

describe('large values of the journal', () => {
  it('go with the last job that names them, and those that other jobs share stay', () => {
    const journal = new Journal(path());
    const keep = (jobId: string, jobNumber: number, events: JobEvent[]): void =>
      journal.append({ jobId, firstNumber: 1, events, summary: { ...summary, jobId, jobNumber } });
    const shared = ended(factsOf('a'));
    const own = ended(factsOf('c', '.1'));
    keep('j1', 1, [shared, own]);
    keep('j2', 2, [shared]);
    journal.forget('j1');
    expect(journal.events('j2')).toEqual([shared]);
    // What was dropped is written again where it comes again.
    keep('j3', 3, [own]);
    expect(journal.events('j3')).toEqual([own]);
    journal.forget('j3');
    journal.forget('j2');
    journal.close();
    const database = new DatabaseSync(path());
    expect(database.prepare('SELECT count(*) AS n FROM shared_values').get()).toEqual({ n: 0 });
    database.close();
  });

  it('of a journal that noted no uses are found, so that forgetting one job takes nothing from another', () => {
    const events = [ended(factsOf('a'))];
    let journal = new Journal(path());
    for (const [i, jobId] of ['j1', 'j2'].entries()) {
      journal.append({ jobId, firstNumber: 1, events, summary: { ...summary, jobId, jobNumber: i + 1 } });
    }
    journal.close();
    const database = new DatabaseSync(path());
    database.exec('DROP TABLE value_uses; PRAGMA user_version = 3');
    database.close();
    journal = new Journal(path());
    journal.forget('j1');
    expect(journal.events('j2')).toEqual(events);
    journal.close();
  });

  it('are kept once for equal nodes, and come back as one object', () => {
    const events = [ended(factsOf('a')), ended(factsOf('b')), ended(factsOf('c', '.1'))];
    let journal = new Journal(path());
    journal.append({ jobId: 'j', firstNumber: 1, events, summary });
    journal.close();
    journal = new Journal(path());
    const read = journal.events('j');
    expect(read).toEqual(events);
    const [a, b, c] = read.map(factsIn);
    expect(a?.packages).toBe(b?.packages);
    expect(a?.relations).toBe(b?.relations);
    expect(c?.packages).not.toBe(a?.packages);
    journal.close();
    const database = new DatabaseSync(path());
    const size = database.prepare('SELECT max(length(body)) AS most FROM events').get() as { most: number };
    expect(size.most).toBeLessThan(1000);
    // Two lists of packages, two tables of relations, and the relations of a build, which are equal in all.
    expect(database.prepare('SELECT count(*) AS n FROM shared_values').get()).toEqual({ n: 5 });
    database.close();
  });

  it('that went with a transaction that failed are written again with the next', () => {
    const journal = new Journal(path());
    const event = ended(factsOf('a'));
    journal.append({ jobId: 'j', firstNumber: 1, events: [event], summary });
    const other = ended(factsOf('b', '.2'));
    expect(() => journal.append({ jobId: 'j', firstNumber: 1, events: [other], summary })).toThrow();
    journal.append({ jobId: 'j', firstNumber: 2, events: [other], summary });
    expect(journal.events('j')).toEqual([event, other]);
    journal.close();
  });

  it('that are missing are told as damage', () => {
    let journal = new Journal(path());
    journal.append({ jobId: 'j', firstNumber: 1, events: [ended(factsOf('a'))], summary });
    journal.close();
    const database = new DatabaseSync(path());
    database.exec('DELETE FROM shared_values');
    database.close();
    journal = new Journal(path());
    expect(() => journal.events('j')).toThrow(expect.objectContaining({ code: 'state-damaged' }));
    journal.close();
  });
});
