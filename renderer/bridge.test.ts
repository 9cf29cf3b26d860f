import { describe, expect, it } from 'vitest';
import { takePageSecret } from './bridge.ts';
import { carrierOverSocket, type SocketCarrierOptions, type SocketLike } from './socketCarrier.ts';
import type { CarrierState, SignInPage } from './carrierState.ts';

/** A socket and a clock that the test moves by hand. */
function handSocket(more: Partial<SocketCarrierOptions> = {}) {
  const sockets: (SocketLike & {
    sent: (string | Uint8Array)[];
    openNow: () => void;
    closeNow: (code?: number) => void;
    say: (m: unknown) => void;
  })[] = [];
  let nowMs = 1_000_000;
  const timers: { run: () => void; delayMs: number; off: boolean }[] = [];
  const carrier = carrierOverSocket({
    open: () => {
      const socket = {
        readyState: 0,
        onopen: null as (() => void) | null,
        onmessage: null as ((event: { data: unknown }) => void) | null,
        onclose: null as SocketLike['onclose'],
        sent: [] as (string | Uint8Array)[],
        send: (data: string | Uint8Array) => void socket.sent.push(data),
        // The handshake of a close waits for the other end, which may be silent for ever.
        close: () => void (socket.readyState = 2),
        openNow: () => {
          socket.readyState = 1;
          socket.onopen?.();
        },
        closeNow: (code = 1006) => {
          socket.readyState = 3;
          socket.onclose?.({ code });
        },
        say: (message: unknown) =>
          socket.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) }),
      };
      sockets.push(socket);
      return socket;
    },
    setTimer: (run, delayMs) => {
      const timer = { run, delayMs, off: false };
      timers.push(timer);
      return timer;
    },
    clearTimer: (timer) => void ((timer as { off: boolean }).off = true),
    nowMs: () => nowMs,
    steadyMs: () => nowMs,
    answerWithinMs: 1000,
    maxMessageChars: 10_000,
    ...more,
  });
  const fire = (delayMs: number): void => {
    for (const timer of timers.splice(0)) {
      if (!timer.off && timer.delayMs === delayMs) timer.run();
      else timers.push(timer);
    }
  };
  const later = (ms: number): void => void (nowMs += ms);
  return { carrier, sockets, fire, later };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe('the WebSocket carrier', () => {
  it('sends what was asked before the line was open, and hands the answer back', async () => {
    const { carrier, sockets } = handSocket();
    const answer = carrier.invoke('state.snapshot', {});
    sockets[0]?.openNow();
    expect(JSON.parse(String(sockets[0]?.sent[0]))).toEqual({ id: 1, method: 'state.snapshot', params: {} });
    sockets[0]?.say({ id: 1, answer: { ok: true, value: { number: 3 } } });
    expect(await answer).toEqual({ ok: true, value: { number: 3 } });
  });

  it('answers line-lost for what was under way, reconnects by itself, and tells so', async () => {
    const { carrier, sockets, fire } = handSocket();
    const told: string[] = [];
    carrier.watchCarrier((state) => told.push(state.kind));
    sockets[0]?.openNow();
    const answer = carrier.invoke('practice.start', {});
    sockets[0]?.closeNow();
    expect((await answer).ok).toBe(false);
    fire(200);
    expect(sockets).toHaveLength(2);
    sockets[1]?.openNow();
    expect(told).toEqual(['open', 'lost', 'open']);
  });

  it('gives up on an answer that does not come', async () => {
    const { carrier, sockets, fire } = handSocket();
    sockets[0]?.openNow();
    const answer = carrier.invoke('practice.start', {});
    fire(1000);
    expect(await answer).toMatchObject({ ok: false, error: { code: 'line-lost' } });
  });

  it('hands pushes to every listener until it is removed', () => {
    const { carrier, sockets } = handSocket();
    const got: number[] = [];
    const remove = carrier.subscribe((push) => got.push(push.number));
    sockets[0]?.openNow();
    sockets[0]?.say({ push: { number: 2, base: 1, patch: {} } });
    remove();
    sockets[0]?.say({ push: { number: 3, base: 2, patch: {} } });
    expect(got).toEqual([2]);
  });

  it('takes 20 s of silence for the loss of the line, and any word for its life', () => {
    const { carrier, sockets, fire, later } = handSocket();
    const told: CarrierState[] = [];
    carrier.watchCarrier((state) => told.push(state));
    sockets[0]?.openNow();
    const asked = carrier.invoke('state.snapshot', {});
    later(19_000);
    sockets[0]?.say({ alive: { roundTripMs: 12 } });
    later(19_000);
    fire(5_000);
    expect(sockets[0]?.readyState).toBe(1);
    later(2_000);
    fire(5_000);
    // Told at once, and not when the close was agreed on with an end that says nothing.
    const kinds = (): string[] => told.map(({ kind }) => kind);
    expect(kinds()).toEqual(['open', 'alive', 'lost']);
    // What it shows is as old as its last word, however late the loss was noticed.
    expect(told.at(-1)).toMatchObject({ kind: 'lost', heardAtMs: 1_019_000, sinceMs: 1_040_000 });
    fire(200);
    expect(sockets).toHaveLength(2);
    sockets[0]?.closeNow();
    sockets[0]?.say({ alive: { roundTripMs: 12 } });
    expect(kinds()).toEqual(['open', 'alive', 'lost']);
    return expect(asked).resolves.toMatchObject({ ok: false, error: { code: 'line-lost' } });
  });

  it('asks for a sign-in where the page needs one, and connects after it; a master that is down is a lost line', async () => {
    const page: SignInPage = { systemName: 'north', practice: false, software: 'x' };
    const answers: (() => Promise<'admitted' | SignInPage>)[] = [
      () => Promise.reject(new Error('down')),
      () => Promise.resolve(page),
      () => Promise.resolve('admitted'),
    ];
    const { carrier, sockets, fire } = handSocket({ admit: () => answers.shift()?.() ?? Promise.resolve('admitted') });
    const told: object[] = [];
    carrier.watchCarrier((state) => told.push(state));
    await settled();
    expect(told).toEqual([
      { kind: 'lost', heardAtMs: 1_000_000, sinceMs: 1_000_000, attempt: 1, nextTryAtMs: 1_000_200 },
    ]);
    fire(200);
    await settled();
    expect(told[1]).toEqual({ kind: 'signed-out', page });
    expect(sockets).toHaveLength(0);
    carrier.retryNow();
    await settled();
    sockets[0]?.openNow();
    expect(told[2]).toEqual({ kind: 'open' });
    // The session ended there: that is asked at once, and no line was lost.
    answers.push(() => Promise.resolve(page));
    sockets[0]?.closeNow(4401);
    await settled();
    expect(told.slice(3)).toEqual([{ kind: 'signed-out', page }]);
  });

  it('gives parts of files that were chosen in the page, or says why not', async () => {
    const readFile: SocketCarrierOptions['readFile'] = (file, offset, length) =>
      Promise.resolve(
        file === 'mine' ? new Uint8Array(length).fill(offset) : { code: 'file-changed' as const, message: 'moved' },
      );
    const { sockets } = handSocket({ readFile });
    sockets[0]?.openNow();
    sockets[0]?.say({ read: { id: 258, file: 'mine', offset: 7, length: 2 } });
    sockets[0]?.say({ read: { id: 3, file: 'other', offset: 0, length: 2 } });
    await settled();
    expect([...(sockets[0]?.sent[0] as Uint8Array)]).toEqual([0, 0, 1, 2, 7, 7]);
    expect(JSON.parse(String(sockets[0]?.sent[1]))).toEqual({
      readFailed: { id: 3, code: 'file-changed', message: 'moved' },
    });
  });

  it('closes the line on what is not JSON and leaves out what is too long', () => {
    const { sockets } = handSocket();
    sockets[0]?.openNow();
    sockets[0]?.say('x'.repeat(10_001));
    expect(sockets[0]?.readyState).toBe(1);
    sockets[0]?.say('{');
    expect(sockets[0]?.readyState).toBe(2);
  });
});

describe('takePageSecret', () => {
  it('takes the secret out of the page, keeps it for a reload, and leaves no form behind to be sent again', () => {
    window.sessionStorage.clear();
    expect(takePageSecret(window)).toBeUndefined();
    window.history.replaceState(null, '', '/enter');
    document.head.innerHTML = '<meta name="put-page-secret" content="s3cret">';
    expect(takePageSecret(window)).toBe('s3cret');
    expect(document.documentElement.outerHTML).not.toContain('s3cret');
    expect(window.location.pathname).toBe('/');
    expect(takePageSecret(window)).toBe('s3cret');
  });
});
