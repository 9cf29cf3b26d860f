import { describe, expect, it } from 'vitest';
import { carrierOverSocket, takePageSecret, type SocketLike } from './bridge.ts';

/** A socket and a clock that the test moves by hand. */
function handSocket() {
  const sockets: (SocketLike & {
    sent: string[];
    openNow: () => void;
    closeNow: () => void;
    say: (m: unknown) => void;
  })[] = [];
  const timers: { run: () => void; delayMs: number; off: boolean }[] = [];
  const carrier = carrierOverSocket({
    open: () => {
      const socket = {
        readyState: 0,
        onopen: null as (() => void) | null,
        onmessage: null as ((event: { data: unknown }) => void) | null,
        onclose: null as (() => void) | null,
        sent: [] as string[],
        send: (text: string) => void socket.sent.push(text),
        close: () => socket.closeNow(),
        openNow: () => {
          socket.readyState = 1;
          socket.onopen?.();
        },
        closeNow: () => {
          socket.readyState = 3;
          socket.onclose?.();
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
    answerWithinMs: 1000,
    maxMessageChars: 10_000,
  });
  const fire = (delayMs: number): void => {
    for (const timer of timers.splice(0)) {
      if (!timer.off && timer.delayMs === delayMs) timer.run();
      else timers.push(timer);
    }
  };
  return { carrier, sockets, fire };
}

describe('the WebSocket carrier', () => {
  it('sends what was asked before the line was open, and hands the answer back', async () => {
    const { carrier, sockets } = handSocket();
    const answer = carrier.invoke('state.snapshot', {});
    sockets[0]?.openNow();
    expect(JSON.parse(sockets[0]?.sent[0] ?? '')).toEqual({ id: 1, method: 'state.snapshot', params: {} });
    sockets[0]?.say({ id: 1, answer: { ok: true, value: { number: 3 } } });
    expect(await answer).toEqual({ ok: true, value: { number: 3 } });
  });

  it('answers line-lost for what was under way, reconnects by itself, and tells so', async () => {
    const { carrier, sockets, fire } = handSocket();
    const told: string[] = [];
    carrier.watchCarrier((state) => told.push(state));
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

  it('closes the line on what is not JSON and leaves out what is too long', () => {
    const { sockets } = handSocket();
    sockets[0]?.openNow();
    sockets[0]?.say('x'.repeat(10_001));
    expect(sockets[0]?.readyState).toBe(1);
    sockets[0]?.say('{');
    expect(sockets[0]?.readyState).toBe(3);
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
