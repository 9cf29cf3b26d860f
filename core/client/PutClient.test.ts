import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster, type FakeMasterOptions } from '../testing/fakeMaster.ts';
import { PutClient } from './PutClient.ts';

const TOKEN = 'lease-token-000000000000001';

function setUp(options: Partial<FakeMasterOptions> & { pathOrder?: PathKind[] } = {}) {
  const clock = createFakeClock();
  const master = new FakeMaster({ clock, answer: () => ({}), ...options });
  const client = new PutClient({
    target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
    pathOrder: options.pathOrder ?? ['single-port'],
    dial: (target, signal) => master.dial(target, signal),
    clock,
    random: () => 0.5,
    software: 'test',
    clientSystem: 'laptop',
    onChange: () => {},
  });
  const signIn = async (): Promise<void> => {
    const done = client.signIn({ user: 'eva', password: 'secret' });
    await clock.advance(100);
    await done;
  };
  const close = async (): Promise<void> => {
    const closed = client.close();
    await clock.advance(5_000);
    await closed;
    expect(client.state.kind).toBe('closed');
  };
  return { clock, master, client, signIn, close };
}

describe('PutClient', () => {
  it('signs in by single port and answers requests', async () => {
    const { client, clock, master, signIn, close } = setUp({ answer: () => ({ number: 7 }) });
    await signIn();
    expect(client.state.kind).toBe('online');
    expect(client.line).toEqual({ path: 'single-port', port: 9000 });
    const said = client.request('chat.say', { messageId: 'm1', text: 'hello' });
    await clock.advance(10);
    await expect(said).resolves.toEqual({ number: 7 });
    expect(master.hellos[0]?.hello.password).toEqual({ user: 'eva', password: 'secret' });
    await close();
    expect(clock.openTimers).toBe(0);
  });

  it('goes by hand-off: negotiation, watch, GUI port', async () => {
    const { client, master, signIn, close } = setUp({
      pathOrder: ['hand-off'],
      onHello: (hello) =>
        hello.purpose === 'negotiate' ? { lease: { port: 9004, leaseToken: TOKEN, useWithinMs: 10_000 } } : undefined,
    });
    await signIn();
    expect(client.line).toEqual({ path: 'hand-off', port: 9004 });
    expect(master.hellos.map(({ hello, port }) => `${hello.purpose} ${port}`)).toEqual([
      'negotiate 9000',
      'watch 9001',
      'session 9004',
    ]);
    await close();
  });

  it('goes on by single port when the range is full, without asking', async () => {
    const { client, signIn, close } = setUp({
      pathOrder: ['hand-off'],
      onHello: () => ({ leaseRefused: { code: 'lease-range-full', message: 'full' } }),
    });
    await signIn();
    expect(client.line).toEqual({ path: 'single-port', port: 9000 });
    await close();
  });

  it('comes back after a cut, on the same numbers, and answers what was asked meanwhile', async () => {
    const { client, clock, master, signIn, close } = setUp({
      answer: ({ params }) => ({ number: Number((params as { messageId: string }).messageId.slice(1)) }),
    });
    await signIn();
    const link = master.link;
    master.cut();
    const answers = [1, 2, 3].map((n) => client.request('chat.say', { messageId: `m${n}`, text: 'x' }));
    await clock.advance(500);
    await expect(Promise.all(answers)).resolves.toEqual([{ number: 1 }, { number: 2 }, { number: 3 }]);
    expect(master.link).toBe(link);
    expect(master.seen.map(({ method }) => method)).toEqual(['chat.say', 'chat.say', 'chat.say']);
    expect(client.state.kind).toBe('online');
    await close();
  });

  it('tries for ever while nothing answers, and at once on retry now', async () => {
    const { client, clock, master, signIn, close } = setUp();
    await signIn();
    master.dialError = new PutError('dial-failed', 'closed');
    master.cut();
    await clock.advance(24 * 3_600_000);
    expect(client.state.kind).toBe('lost');
    master.dialError = undefined;
    client.retryNow();
    await clock.advance(50);
    expect(client.state.kind).toBe('online');
    await close();
  });

  it('signs in again by itself when the master lost the session, and asks its watches again', async () => {
    const { client, clock, master, signIn, close } = setUp({
      answer: ({ method }) => (method === 'topic.watch' ? { watch: 1 } : {}),
    });
    await signIn();
    const states: object[] = [];
    client.watchState('jobs', (state) => states.push(state));
    await clock.advance(10);
    master.send({ k: 't', w: 1, n: 1, v: { jobs: {} } });
    await clock.advance(10);
    master.forget();
    master.cut();
    await clock.advance(200);
    expect(client.state.kind).toBe('online');
    master.send({ k: 't', w: 1, n: 9, v: { jobs: { a: 1 } } });
    master.send({ k: 't', w: 1, n: 10, b: 9, v: { c: { jobs: { s: { b: 2 } } } } });
    await clock.advance(10);
    expect(states).toEqual([{ jobs: {} }, { jobs: { a: 1 } }, { jobs: { a: 1, b: 2 } }]);
    await close();
  });

  it('takes already-done for the lost answer of its own request, and tells it of another one', async () => {
    const params = { port: 9002, sessionId: 's9' };
    let dies = true;
    const { client, clock, master, signIn, close } = setUp({
      answer: ({ method }) => {
        if (method !== 'ports.release') return {};
        if (!dies) throw new PutError('already-done', 'port 9002 is free');
        dies = false;
        // The master dies between the deed and its answer.
        master.forget();
        master.cut();
        return {};
      },
    });
    await signIn();
    const lost = client.request('ports.release', params);
    await clock.advance(500);
    await expect(lost).resolves.toEqual({});
    const next = client.request('ports.release', params);
    next.catch(() => {});
    await clock.advance(500);
    await expect(next).rejects.toMatchObject({ code: 'already-done' });
    expect(master.seen.map(({ method }) => method)).toEqual(['ports.release', 'ports.release', 'ports.release']);
    await close();
  });

  it('asks again after a gap in the numbers of a topic', async () => {
    const { client, clock, master, signIn, close } = setUp({
      answer: ({ method }) => (method === 'topic.watch' ? { watch: 1 } : {}),
    });
    await signIn();
    client.watchState('jobs', () => {});
    await clock.advance(10);
    master.send({ k: 't', w: 1, n: 1, v: {} });
    master.send({ k: 't', w: 1, n: 5, b: 4, v: { s: { x: 1 } } });
    await clock.advance(10);
    expect(master.seen.map(({ method }) => method)).toEqual(['topic.watch', 'topic.unwatch', 'topic.watch']);
    await close();
  });

  it('comes again by itself while the master is too busy to check its password, and gives up after a minute', async () => {
    let busyFor = 3;
    const { client, clock, master, close } = setUp({
      pathOrder: ['single-port', 'websocket'],
      onHello: () => {
        if (busyFor-- > 0) throw new PutError('sign-in-busy', 'later', { waitMs: 3_000 });
      },
    });
    const done = client.signIn({ user: 'eva', password: 'secret' });
    await clock.advance(9_500);
    await done;
    expect(master.hellos.map(({ port }) => port)).toEqual([9000, 9000, 9000, 9000]);
    await close();
    expect(clock.openTimers).toBe(0);

    const never = setUp({
      onHello: () => {
        throw new PutError('sign-in-busy', 'later', { waitMs: 3_000 });
      },
    });
    const refused = expect(never.client.signIn({ user: 'eva', password: 'secret' })).rejects.toMatchObject({
      code: 'sign-in-busy',
    });
    await never.clock.advance(61_000);
    await refused;
    expect(never.clock.openTimers).toBe(0);
  });

  it('stops coming again when it is closed', async () => {
    const { client, clock, master } = setUp({
      onHello: () => {
        throw new PutError('sign-in-busy', 'later', { waitMs: 3_000 });
      },
    });
    const refused = expect(client.signIn({ user: 'eva', password: 'secret' })).rejects.toMatchObject({
      code: 'session-closed',
    });
    await clock.advance(4_000);
    await client.close();
    await refused;
    await clock.advance(60_000);
    expect(master.hellos).toHaveLength(2);
    expect(clock.openTimers).toBe(0);
  });

  it('stops at a refusal that only a person can mend', async () => {
    const { client, clock } = setUp({
      onHello: () => {
        throw new PutError('sign-in-refused', 'wrong');
      },
    });
    const done = client.signIn({ user: 'eva', password: 'x' });
    const refusal = expect(done).rejects.toMatchObject({ code: 'sign-in-refused' });
    await clock.advance(100);
    await refusal;
    expect(client.state.kind).toBe('failed');
  });

  it('tries the next way at once after a failure and says how each went', async () => {
    const { client, signIn, master, close } = setUp({ pathOrder: ['websocket', 'single-port'] });
    const dial = master.dial;
    (master as { dial: typeof dial }).dial = (target, signal) =>
      target.carrier === 'websocket' ? Promise.reject(new PutError('dial-timeout', 'filtered')) : dial(target, signal);
    await signIn();
    expect(client.line?.path).toBe('single-port');
    expect(client.attempts.map(({ path, error }) => [path, error?.code])).toEqual([
      ['websocket', 'dial-timeout'],
      ['single-port', undefined],
    ]);
    await close();
  });

  it('rejects a request without an answer', async () => {
    const { client, clock, master, signIn, close } = setUp();
    await signIn();
    master.cut({ silent: true });
    const refused = expect(client.request('session.end', {}, 5_000)).rejects.toMatchObject({ code: 'request-timeout' });
    await clock.advance(6_000);
    await refused;
    await close();
  });
});
