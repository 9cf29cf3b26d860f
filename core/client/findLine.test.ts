import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import { TIMES } from '../protocol/limits.ts';
import type { Transport } from '../session/ports.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import { findLine } from './findLine.ts';
import { GreetingTurn } from './GreetingTurn.ts';
import type { DialTarget, PathAttempt } from './paths.ts';
import type { ConnectedLine } from './connectedLine.ts';

interface DialUnderWay {
  readonly port: number;
  readonly answered: () => void;
  connect(): void;
  fail(error: PutError): void;
  readonly signal: AbortSignal;
}

function search(options: { order?: PathKind[]; beside?: PathKind | undefined } = {}) {
  const clock = createFakeClock();
  const master = new FakeMaster({ clock, answer: () => ({}) });
  const dials: DialUnderWay[] = [];
  const attempts: PathAttempt[] = [];
  const abort = new AbortController();
  let line = 0;
  let outcome: ConnectedLine | PutError | undefined;
  findLine({
    order: options.order ?? ['single-port'],
    beside: 'beside' in options ? options.beside : 'single-port',
    context: {
      target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
      credentials: { user: 'eva', password: 'secret' },
      software: 'test',
      capabilities: [],
      clientSystem: 'laptop',
      lane: { id: 'process-1', nextLine: () => ++line },
      turn: new GreetingTurn(clock),
      dial: (target: DialTarget, signal: AbortSignal) =>
        new Promise<Transport>((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new PutError('cancelled', 'given up')));
          dials.push({
            port: target.port,
            answered: () => target.onAnswered?.(),
            connect: () => void master.dial(target, signal).then(resolve),
            fail: reject,
            signal,
          });
        }),
      clock,
      signal: abort.signal,
    },
    onAttempt: (attempt) => attempts.push(attempt),
  }).then(
    (found) => (outcome = found),
    (error: PutError) => (outcome = error),
  );
  const open = (): number[] => dials.map((_dial, at) => at).filter((at) => dials[at]?.signal.aborted === false);
  return { clock, master, dials, attempts, abort, open, outcome: () => outcome };
}

const unreachable = new PutError('dial-failed', 'no route');

describe('the search for a line', () => {
  it('joins a dial that hangs by others, three at most, and takes the first that is welcomed', async () => {
    const { clock, dials, open, outcome, master } = search();
    await clock.advance(TIMES.besideMs - 1);
    expect(dials).toHaveLength(1);
    await clock.advance(1);
    expect(dials).toHaveLength(2);
    await clock.advance(60_000);
    expect(open()).toHaveLength(3);
    expect(open()[0]).toBe(0);
    dials.at(-1)?.connect();
    await clock.advance(100);
    expect(outcome()).toMatchObject({ path: 'single-port' });
    expect(open()).toEqual([dials.length - 1]);
    expect(master.hellos).toHaveLength(1);
    expect(clock.openTimers).toBeLessThanOrEqual(2);
  });

  it('leaves the one that was answered alone, and begins another when it hangs', async () => {
    const { clock, dials, open } = search();
    await clock.advance(2 * TIMES.besideMs);
    expect(open()).toEqual([0, 1, 2]);
    dials[1]?.answered();
    expect(open()).toEqual([0, 1]);
    await clock.advance(TIMES.answeredMs - 1);
    expect(open()).toEqual([0, 1]);
    await clock.advance(1);
    expect(open()).toEqual([0, 1, 3]);
  });

  it('tells what is known of a port once, where every way that leads to it failed alike; else of each way', async () => {
    const order: PathKind[] = ['single-port', 'hand-off'];
    const closed = (at: string): PutError => new PutError('port-closed', `${at}: the port is closed`);
    for (const [other, expected] of [
      [closed('master:9000'), { code: 'port-closed', message: 'master:9000: the port is closed' }],
      [
        closed('master:9001'),
        { code: 'paths-exhausted', message: expect.stringContaining('hand-off: master:9001') as string },
      ],
    ] as const) {
      const { clock, dials, outcome } = search({ order, beside: undefined });
      await clock.advance(0);
      dials[0]?.fail(closed('master:9000'));
      await clock.advance(0);
      dials[1]?.fail(other);
      await clock.advance(0);
      expect(outcome()).toMatchObject(expected);
    }
  });

  it('fails as the attempt that tries every way fails, unless another one was answered', async () => {
    const { clock, dials, open, outcome } = search();
    await clock.advance(TIMES.besideMs);
    dials[1]?.answered();
    dials[0]?.fail(unreachable);
    await clock.advance(10);
    expect(outcome()).toBeUndefined();
    dials[1]?.fail(new PutError('line-lost', 'reset'));
    await clock.advance(10);
    expect(outcome()).toBe(unreachable);
    expect(open()).toEqual([]);
    expect(clock.openTimers).toBe(0);
  });

  it('does not begin one beside a dial that fails at once, or by a way where that says nothing', async () => {
    const failing = search();
    failing.dials[0]?.fail(unreachable);
    await failing.clock.advance(60_000);
    expect(failing.dials).toHaveLength(1);
    expect(failing.outcome()).toBe(unreachable);
    const bySsh = search({ order: ['ssh'], beside: undefined });
    await bySsh.clock.advance(15_000);
    expect(bySsh.dials).toHaveLength(1);
  });

  it('ends with a decisive refusal, whoever hears it', async () => {
    const { clock, dials, open, outcome } = search();
    await clock.advance(TIMES.besideMs);
    dials[1]?.fail(new PutError('certificate-changed', 'another key'));
    await clock.advance(10);
    expect(outcome()).toMatchObject({ code: 'certificate-changed' });
    expect(open()).toEqual([]);
  });

  it('goes beside only by the way that worked, and tells how each way went', async () => {
    const { clock, dials, attempts } = search({ order: ['single-port', 'websocket'] });
    await clock.advance(10_000);
    const ports = dials.map(({ port }) => port);
    expect(ports.filter((port) => port === 8443)).toHaveLength(1);
    expect(ports.filter((port) => port === 9000).length).toBeGreaterThan(4);
    dials[ports.indexOf(8443)]?.fail(unreachable);
    dials[0]?.fail(unreachable);
    await clock.advance(10);
    expect(attempts.map(({ path, error }) => `${path} ${error?.code}`)).toEqual([
      'websocket dial-failed',
      'single-port dial-failed',
    ]);
  });

  it('lets two that are through greet one after the other, so that the session moves once', async () => {
    const { clock, dials, master, outcome } = search();
    await clock.advance(TIMES.besideMs);
    dials[0]?.connect();
    dials[1]?.connect();
    await clock.advance(100);
    expect(outcome()).toMatchObject({ path: 'single-port' });
    expect(master.hellos.map(({ hello }) => hello.line)).toEqual([1]);
  });

  it('is given up with everything that is under way', async () => {
    const { clock, abort, open, outcome } = search();
    await clock.advance(5_000);
    abort.abort();
    await clock.advance(10);
    expect(outcome()).toMatchObject({ code: 'cancelled' });
    expect(open()).toEqual([]);
    expect(clock.openTimers).toBe(0);
  });
});
