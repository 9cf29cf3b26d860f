import { expect, it } from 'vitest';
import { decodeBody } from '../../core/protocol/body.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { createMemoryLog, RigService } from '../testing/masterRig.ts';
import { TopicFeeds } from './TopicFeeds.ts';

it('waits when the session is full and goes on with the next acknowledgement, nothing lost', () => {
  const clock = createFakeClock();
  const sent: unknown[] = [];
  let acknowledged = 0;
  let full = true;
  const log = createMemoryLog();
  const feeds = new TopicFeeds({
    clock,
    log,
    lane: {
      send: (body) => {
        if (full) throw new PutError('queue-full', 'too much waits');
        return sent.push(decodeBody(body));
      },
      acknowledged: () => acknowledged,
    },
  });
  const service = new RigService();
  const topic = service.topic('nodes');
  if (!topic) throw new Error('no topic');
  feeds.start(feeds.open('nodes', topic, undefined));
  expect(sent).toEqual([]);
  full = false;
  feeds.acknowledged();
  expect(sent).toMatchObject([{ k: 't', n: 1, v: { count: 0 } }]);
  service.change({ count: 5 });
  expect(sent).toHaveLength(1);
  acknowledged = 1;
  feeds.acknowledged();
  expect(sent).toHaveLength(1);
  feeds.closeAll();
  expect(service.listeners + clock.openTimers).toBe(0);
  expect(log.lines).toEqual([]);
});

it('closes a watch whose topic fails, tells the log, and keeps the others', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog();
  let sent = 0;
  const feeds = new TopicFeeds({ clock, log, lane: { send: () => ++sent, acknowledged: () => sent } });
  const service = new RigService();
  const good = service.topic('nodes');
  if (!good) throw new Error('no topic');
  const number = (): number => 1;
  const state = (): object => {
    throw new Error('broken');
  };
  feeds.start(feeds.open('broken', { kind: 'state', number, state, onChange: () => () => {} }, undefined));
  feeds.start(feeds.open('nodes', good, undefined));
  await clock.advance(100);
  expect(feeds.size).toBe(1);
  expect(sent).toBe(1);
  expect(log.lines).toEqual([expect.stringContaining('news of broken cannot be sent')]);
});
