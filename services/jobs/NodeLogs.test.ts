import { existsSync, mkdtempSync, openSync, closeSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryLog } from '../testing/masterRig.ts';
import { Journal } from './Journal.ts';
import { NodeLogs, type NodeLogEntry } from './NodeLogs.ts';
import { writeOldJournal } from './testing/oldJournal.ts';

let folder: string;
const path = (): string => join(folder, 'logs.db');
const journalPath = (): string => join(folder, 'journal.db');
let log = createMemoryLog();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-logs-'));
  log = createMemoryLog();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const entry = (n: number, nodeId = 'n1', jobId = 'j1'): NodeLogEntry => ({
  ...{ jobId, nodeId, stepId: 'start', attempt: 1, atMs: n, text: `line ${n}` },
});
const lines = (count: number): NodeLogEntry[] => Array.from({ length: count }, (_, n) => entry(n));
const told = (): string => JSON.stringify(log);

describe('logs of nodes', () => {
  it('are searched by a text as it stands, its signs included: how many lines have it, and the newest', () => {
    const logs = new NodeLogs(path(), false, log);
    const texts = ['100% done', '100 done', 'Disk FULL', 'a_b', 'aXb', 'C:\\x', 'disk full again'];
    logs.append(texts.map((text, n) => ({ ...entry(n), text })));
    logs.append([{ ...entry(9, 'n2'), text: 'disk full' }]);
    const found = (text: string, stepId?: string): unknown[] => {
      const { matches, lines: shown } = logs.search('j1', 'n1', stepId, text, 1);
      return [matches, ...shown.map((line) => line.text)];
    };
    expect(found('disk full')).toEqual([2, 'disk full again']);
    expect(found('100%')).toEqual([1, '100% done']);
    expect(found('a_b')).toEqual([1, 'a_b']);
    expect(found(':\\')).toEqual([1, 'C:\\x']);
    expect(found('disk', 'shutdown')).toEqual([0]);
    logs.close();
  });

  it('are bounded a node, the oldest go first; other nodes keep theirs', () => {
    const logs = new NodeLogs(path(), false, log);
    logs.append([entry(1, 'n2')]);
    logs.append(lines(22_001));
    const { total, lines: first } = logs.read('j1', 'n1', undefined, 0, 1);
    expect([total, first[0]?.text]).toEqual([20_000, 'line 2001']);
    expect(logs.read('j1', 'n2', 'start', 0, 10).total).toBe(1);
    expect(logs.read('j1', 'n2', 'shutdown', 0, 10).total).toBe(0);
    logs.forget(['j1']);
    expect(logs.read('j1', 'n1', undefined, 0, 1).total).toBe(0);
    logs.close();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
  });

  it('that are damaged are put aside and told, when they are opened or later; never is the state damaged', () => {
    writeFileSync(path(), 'x'.repeat(9_000));
    let logs = new NodeLogs(path(), true, log);
    logs.append(lines(5_000));
    logs.close();
    expect(existsSync(`${path()}.damaged`)).toBe(true);
    expect(told()).toContain('damaged');
    // The first page stays, so that it opens; what it points to is wrong.
    const handle = openSync(path(), 'r+');
    const { size } = statSync(path());
    for (let at = 8_192; at < size; at += 4_096) writeSync(handle, Buffer.alloc(4_096, 0xee), 0, 4_096, at);
    closeSync(handle);
    logs = new NodeLogs(path(), true, log);
    logs.append(lines(3));
    expect(logs.read('j1', 'n1', undefined, 0, 10).total).toBe(3);
    logs.close();
    expect(statSync(`${path()}.damaged`).size).toBe(size);
  });

  it('of a newer version are refused, nothing is changed', () => {
    const database = new DatabaseSync(path());
    database.exec('CREATE TABLE newer (x); PRAGMA user_version = 99');
    database.close();
    const { size, mtimeMs } = statSync(path());
    const newer = expect.objectContaining({ code: 'state-newer' }) as Error;
    expect(() => new NodeLogs(path(), true, log)).toThrow(newer);
    expect(() => new Journal(journalPath(), log)).toThrow(newer);
    expect(statSync(path())).toMatchObject({ size, mtimeMs });
  });
});

describe('the journal and its logs', () => {
  it.each([1, 2] as const)('lines of a journal of version %i are moved, and are not in it any more', (version) => {
    writeOldJournal(version, journalPath());
    const old = new DatabaseSync(journalPath());
    const before = old.prepare('SELECT job_id AS jobId, node_id AS nodeId, text FROM node_log ORDER BY line').all();
    old.close();
    expect(before.length).toBeGreaterThan(20);
    let journal = new Journal(journalPath(), log);
    const [{ jobId, nodeId } = { jobId: '', nodeId: '' }] = before as { jobId: string; nodeId: string }[];
    const expected = before.filter((line) => line['jobId'] === jobId && line['nodeId'] === nodeId);
    const read = (): string[] => journal.nodeLog(jobId, nodeId, undefined, 0, 1000).lines.map(({ text }) => text);
    expect(read()).toEqual(expected.map((line) => line['text']));
    journal.close();
    const now = new DatabaseSync(journalPath());
    expect(now.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'node_log%'").all()).toEqual([]);
    now.close();
    journal = new Journal(journalPath(), log);
    expect(read()).toHaveLength(expected.length);
    journal.close();
    expect(told()).not.toContain('are gone');
  });

  it('logs that are gone are told and begun anew; the jobs are there', () => {
    writeOldJournal(2, journalPath());
    new Journal(journalPath(), log).close();
    rmSync(path());
    const journal = new Journal(journalPath(), log);
    expect(told()).toContain('the logs of nodes are gone');
    expect(journal.summaries(10)).toHaveLength(2);
    expect(journal.nodeLog('j1', 'n1', undefined, 0, 10)).toEqual({ total: 0, lines: [] });
    journal.close();
  });
});
