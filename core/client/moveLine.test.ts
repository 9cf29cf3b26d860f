import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { TIMES } from '../protocol/limits.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import { PutClient } from './PutClient.ts';

async function online(latencyMs = 5) {
  const clock = createFakeClock();
  const wire = { latencyMs };
  const master = new FakeMaster({ clock, wire, answer: () => ({ number: 1 }) });
  const kinds: string[] = [];
  const client: PutClient = new PutClient({
    target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
    pathOrder: ['single-port'],
    dial: (target, signal) => master.dial(target, signal),
    clock,
    random: () => 0.5,
    software: 'test',
    clientSystem: 'laptop',
    onChange: () => {
      if (kinds.at(-1) !== client.state.kind) kinds.push(client.state.kind);
    },
  });
  const done = client.signIn({ user: 'eva', password: 'secret' });
  await clock.advance(4 * latencyMs + 100);
  await done;
  kinds.length = 0;
  const say = (messageId: string): Promise<unknown> => client.request('chat.say', { messageId, text: messageId });
  return { clock, master, client, kinds, say };
}

describe('a change of network while the session is online', () => {
  it('moves the session to the new line at once when the old one is silent; every request is answered once', async () => {
    const { clock, master, client, kinds, say } = await online();
    let changes = 0;
    client.addFileLane({ onCredit: () => {}, onWritable: () => {}, onLineChange: () => changes++ });
    master.cut({ silent: true });
    const before = say('m1');
    client.retryNow();
    const during = say('m2');
    await clock.advance(100);
    await Promise.all([before, during, ...[say('m3')].map((later) => clock.advance(50).then(() => later))]);
    expect(kinds).toEqual(['online']);
    expect(master.seen.map(({ params }) => (params as { messageId: string }).messageId)).toEqual(['m1', 'm2', 'm3']);
    // What was under way of files is asked for again.
    expect(changes).toBe(1);
    expect(master.hellos.map(({ hello }) => hello.line)).toEqual([1, 2]);
    expect(new Set(master.hellos.map(({ hello }) => hello.lane)).size).toBe(1);
  });

  it('stays on the old line when nothing answers beside it and it lives', async () => {
    const { clock, master, client, kinds, say } = await online();
    master.dialError = new PutError('dial-failed', 'no route');
    client.retryNow();
    await clock.advance(60_000);
    const said = say('m1');
    await clock.advance(50);
    await said;
    expect(kinds).toEqual(['online']);
    expect(master.hellos).toHaveLength(1);
  });

  it('counts the line as lost when neither it nor a new one answers in time, and goes on trying', async () => {
    const { clock, master, client, kinds } = await online();
    master.dialError = new PutError('dial-failed', 'no route');
    master.cut({ silent: true });
    client.retryNow();
    await clock.advance(TIMES.probeLeastMs - 1);
    expect(client.state.kind).toBe('online');
    await clock.advance(1);
    expect(client.state).toMatchObject({ kind: 'lost' });
    await clock.advance(10_000);
    master.dialError = undefined;
    await clock.advance(2_000);
    expect(kinds).toEqual(['online', 'lost', 'online']);
  });

  it('does not lose the session over a refusal on the new network while the old line lives', async () => {
    const { clock, master, client, kinds } = await online();
    master.dialError = new PutError('certificate-changed', 'a portal of the new network');
    client.retryNow();
    await clock.advance(60_000);
    expect(kinds).toEqual(['online']);
  });

  it('comes back after a sleep without being told of it', async () => {
    const { clock, master, client, say } = await online();
    master.cut({ silent: true });
    clock.jump(8 * 3_600_000);
    const said = say('m1');
    await clock.advance(200);
    await said;
    expect(client.state.kind).toBe('online');
  });
});
