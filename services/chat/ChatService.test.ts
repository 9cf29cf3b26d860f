import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { FileCaller, LogTopic } from '../service.ts';
import { ChatService } from './ChatService.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };
let folder: string;
let file: string;
let chat: ChatService;
let nowMs = 1_000;

const caller = (user = 'anna', sessionId = 's1'): FileCaller => ({
  ...{ user, sessionId, clientSystem: 'laptop' },
  sendFileCredit: () => {},
});
const open = (): ChatService => new ChatService({ file, log, now: () => nowMs });
const say = (messageId: string, text: string, who = caller()): number => {
  const answer = chat.handlers['chat.say']?.({ messageId, text }, who) as { number: number };
  return answer.number;
};
const timeline = (): LogTopic => chat.topic('timeline') as LogTopic;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-chat-'));
  file = join(folder, 'timeline.sqlite');
  chat = open();
});
afterEach(async () => {
  await chat.close();
  await rm(folder, { recursive: true, force: true });
});

it('numbers messages and events in one order, without gaps, over a restart', async () => {
  expect(say('m1', 'hello')).toBe(1);
  expect(chat.tell({ text: 'job 1 started', jobId: 'j1', user: 'anna' })).toEqual([2]);
  await chat.close();
  nowMs = 2_000;
  chat = open();
  expect(say('m2', 'on we go')).toBe(3);
  expect(timeline().lastNumber()).toBe(3);
  expect(timeline().entriesAfter(0, 10)).toEqual([
    { number: 1, atMs: 1_000, kind: 'message', user: 'anna', text: 'hello' },
    { number: 2, atMs: 1_000, kind: 'event', user: 'anna', jobId: 'j1', text: 'job 1 started' },
    { number: 3, atMs: 2_000, kind: 'message', user: 'anna', text: 'on we go' },
  ]);
  expect(
    timeline()
      .entriesAfter(1, 1)
      .map((entry) => (entry as { number: number }).number),
  ).toEqual([2]);
  expect(timeline().entriesAfter(3, 10)).toEqual([]);
});

it('writes a repeated message or event once', async () => {
  let appended = 0;
  timeline().onAppend(() => appended++);
  expect([say('m1', 'hello'), say('m1', 'hello')]).toEqual([1, 1]);
  expect(say('m1', 'hello', caller('ben'))).toBe(2);
  expect([chat.tell({ text: 'x', eventId: 'j1-7' }), chat.tell({ text: 'x', eventId: 'j1-7' })]).toEqual([[3], [3]]);
  await chat.close();
  chat = open();
  expect(say('m1', 'hello')).toBe(1);
  expect(appended).toBe(3);
});

it('writes events that are told together all or none, tells a listener once, and leaves out what is there', async () => {
  let appended = 0;
  timeline().onAppend(() => appended++);
  chat.tell({ text: 'a', eventId: 'j1-1' });
  expect(chat.tell(...['a', 'b', 'c'].map((text, i) => ({ text, eventId: `j1-${i + 1}` })))).toEqual([1, 2, 3]);
  expect([appended, timeline().lastNumber()]).toEqual([2, 3]);
  const database = new DatabaseSync(file);
  database.exec(
    `CREATE TRIGGER full BEFORE INSERT ON timeline WHEN NEW.text = 'e' BEGIN SELECT RAISE(ABORT, 'full'); END`,
  );
  expect(() => chat.tell({ text: 'd' }, { text: 'e' })).toThrow(/full/);
  database.exec('DROP TRIGGER full');
  database.close();
  expect([appended, timeline().lastNumber()]).toEqual([2, 3]);
  expect(chat.tell({ text: 'd' })).toEqual([4]);
  await chat.close();
  chat = open();
  expect(timeline().entriesAfter(0, 10)).toMatchObject(['a', 'b', 'c', 'd'].map((text) => ({ text })));
});

it('stops telling a listener that was removed', () => {
  let appended = 0;
  const remove = timeline().onAppend(() => appended++);
  say('m1', 'a');
  remove();
  say('m2', 'b');
  expect(appended).toBe(1);
});

it('takes only so many messages a minute from one session, and goes on afterwards', () => {
  for (let i = 0; i < 30; i++) say(`m${i}`, 'again');
  expect(() => say('m31', 'again')).toThrow(expect.objectContaining({ code: 'too-many-requests' }));
  expect(say('m29', 'again')).toBe(30);
  expect(say('m32', 'me too', caller('ben', 's2'))).toBe(31);
  nowMs += 60_001;
  expect(say('m31', 'again')).toBe(32);
});

it('cuts an event that is too long', () => {
  chat.tell({ text: 'x'.repeat(5000) });
  expect((timeline().entriesAfter(0, 1)[0] as { text: string }).text).toHaveLength(4000);
});

it('refuses a file that is damaged or newer', async () => {
  const bad = join(folder, 'bad.sqlite');
  await writeFile(bad, 'this is no database, only some text of more than a hundred signs '.repeat(30));
  expect(() => new ChatService({ file: bad, log })).toThrow(expect.objectContaining({ code: 'state-damaged' }));
  const newer = join(folder, 'newer.sqlite');
  const database = new DatabaseSync(newer);
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(() => new ChatService({ file: newer, log })).toThrow(expect.objectContaining({ code: 'state-newer' }));
});

it('has no other topic', () => {
  expect(chat.topic('jobs')).toBeUndefined();
});

it('answers what came before a number, the newest of it, and less of long entries', () => {
  const before = (number: number, limit: number): number[] => {
    const answer = chat.handlers['chat.history']?.({ before: number, limit }, caller()) as {
      entries: { number: number }[];
    };
    return answer.entries.map((entry) => entry.number);
  };
  expect(before(1, 10)).toEqual([]);
  for (let i = 1; i <= 5; i++) chat.tell({ text: `event ${i}` });
  expect(before(6, 2)).toEqual([4, 5]);
  expect(before(4, 10)).toEqual([1, 2, 3]);
  expect(before(1, 10)).toEqual([]);
  expect(before(100, 2)).toEqual([4, 5]);
  for (let i = 0; i < 200; i++) chat.tell({ text: 'x'.repeat(4_000) });
  const long = before(206, 200);
  expect(long.at(-1)).toBe(205);
  expect(long.length).toBeGreaterThan(0);
  expect(long.length).toBeLessThan(60);
});

it('an entry that is gone from the file takes no other with it, and no number', async () => {
  for (let i = 1; i <= 4; i++) chat.tell({ text: `event ${i}` });
  await chat.close();
  const database = new DatabaseSync(file);
  database.exec('DELETE FROM timeline WHERE number IN (2, 3)');
  database.close();
  chat = open();
  expect(timeline().entriesAfter(0, 10)).toMatchObject([
    { number: 1, text: 'event 1' },
    { number: 2, text: expect.stringContaining('missing') as string },
    { number: 3 },
    { number: 4, text: 'event 4' },
  ]);
  expect(timeline().entriesAfter(2, 1)).toMatchObject([{ number: 3 }]);
});
