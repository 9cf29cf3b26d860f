import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBody } from '../../core/protocol/body.ts';
import { Channel, PREFACE } from '../../core/protocol/frame.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { greet } from '../../core/session/handshake.ts';
import { ANNA, connect, signIn, signInAndUse } from '../testing/clients.ts';
import { createMasterRig, settle } from '../testing/masterRig.ts';
import { helloOf, TestClient } from '../testing/TestClient.ts';

describe('sessions', () => {
  it('goes on over a new line where the old one was cut, nothing lost and nothing doubled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ cutAtMs: fc.integer({ min: 1, max: 300 }), silent: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (cuts) => {
          const rig = createMasterRig();
          const { client, wire: first } = await signIn(rig);
          let wire = first;
          const timeline = await settle(rig.clock, client.watch('timeline', 0));
          let asked = 0;
          const answers: Promise<unknown>[] = [];
          for (const { cutAtMs, silent } of cuts) {
            for (let i = 0; i < 5; i++) {
              asked++;
              answers.push(client.request('chat.say', { messageId: `m${asked}`, text: `number ${asked}` }));
              await rig.clock.advance(Math.ceil(cutAtMs / 5));
            }
            wire.cut({ silent });
            if (!silent) await rig.clock.advance(5);
            const line = rig.dial('negotiation', 9000, { pieceBytes: 7 });
            wire = line.wire;
            const welcome = await settle(rig.clock, client.comeBack(line.transport), 2_000);
            expect(welcome.resumed).toBe(true);
          }
          await settle(rig.clock, Promise.all(answers), 5_000);
          expect(rig.service.said.map((entry) => entry.messageId)).toEqual(
            Array.from({ length: asked }, (_, i) => `m${i + 1}`),
          );
          expect(timeline.entries).toMatchObject(Array.from({ length: asked }, (_, i) => ({ number: i + 1 })));
        },
      ),
      { numRuns: 25, seed: 9000 },
    );
  });

  it('keeps a session for its grace time and not longer', async () => {
    const rig = createMasterRig({ graceMs: 60_000 });
    const { client, wire } = await signInAndUse(rig);
    wire.cut();
    await rig.clock.advance(59_000);
    expect(rig.master.sessions.size).toBe(1);
    await rig.clock.advance(2_000);
    expect(rig.master.sessions.size).toBe(0);
    const { transport } = rig.dial('negotiation', 9000);
    await expect(settle(rig.clock, client.comeBack(transport))).rejects.toMatchObject({ code: 'session-unknown' });
  });

  it('keeps what was left behind only shortly when the same engineer came anew from the same client system', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signInAndUse(rig);
    wire.cut();
    await rig.clock.advance(1_000);
    await signIn(rig, ANNA, { clientSystem: 'another laptop' });
    await rig.clock.advance(TIMES.sessionGraceReplacedMs + 2_000);
    expect(rig.master.sessions.size).toBe(2);
    await signIn(rig);
    await rig.clock.advance(TIMES.sessionGraceReplacedMs + 2_000);
    expect(rig.master.sessions.byId(client.welcome?.sessionId ?? '')).toBeUndefined();
  });

  it('is taken over by another process, and tells the one before', async () => {
    const rig = createMasterRig();
    const { client } = await signInAndUse(rig);
    const other = new TestClient(rig.clock);
    const { welcome } = await connect(rig, other, { sessionToken: client.token, clientSystem: 'workstation' });
    expect(welcome).toMatchObject({ resumed: false, received: 0, sessionId: client.welcome?.sessionId });
    expect(client.closedByPeer).toMatchObject([{ code: 'session-taken-over' }]);
    await settle(rig.clock, other.request('nodes.refresh', {}));
    expect(rig.master.sessions.size).toBe(1);
    expect(rig.service.listeners).toBe(0);
  });

  it('starts the numbers anew after a restart of putservices, without a password', async () => {
    const rig = createMasterRig();
    const { client } = await signInAndUse(rig);
    const kept = rig.store.load();
    expect(JSON.stringify(kept)).not.toContain(client.token);
    const restarted = createMasterRig({ clock: rig.clock, store: rig.store });
    const again = new TestClient(rig.clock);
    const { transport } = restarted.dial('negotiation', 9000);
    const welcome = await settle(
      rig.clock,
      again.connect(transport, { sessionToken: client.token, received: client.link.received }),
    );
    expect(welcome).toMatchObject({ resumed: false, received: 0, user: 'anna' });
    await settle(rig.clock, again.request('nodes.refresh', {}));
  });

  it('lets sessions that were never used give way, so that connect-and-cancel keeps nobody out', async () => {
    const rig = createMasterRig({ sessionLimit: 5 });
    const { client: worker } = await signIn(rig);
    await settle(rig.clock, worker.request('nodes.refresh', {}));
    for (let i = 0; i < 40; i++) {
      const { wire } = await signIn(rig);
      wire.cut();
      await rig.clock.advance(10);
    }
    expect(rig.master.sessions.size).toBeLessThanOrEqual(5);
    await settle(rig.clock, worker.request('nodes.refresh', {}));
    await rig.clock.advance(120_000);
    expect(rig.master.sessions.size).toBe(1);
  });

  it('drops a client that left during the password check', async () => {
    const rig = createMasterRig({ checkMs: 500 });
    const client = new TestClient(rig.clock);
    const { transport, wire } = rig.dial('negotiation', 9000);
    client.connect(transport, { password: ANNA }).catch(() => {});
    await rig.clock.advance(100);
    wire.cut();
    await rig.clock.advance(5_000);
    expect(rig.master.sessions.size).toBe(0);
  });

  it('refuses a slow greeting at its deadline, foreign bytes at once, and stays up', async () => {
    const rig = createMasterRig();
    const slow = rig.dial('negotiation', 9000);
    let closed = false;
    slow.transport.setHandlers({ onData: () => {}, onDrain: () => {}, onClose: () => (closed = true) });
    for (const byte of PREFACE.subarray(0, 5)) {
      slow.transport.send(Uint8Array.of(byte));
      await rig.clock.advance(1_500);
    }
    await rig.clock.advance(TIMES.handshakeMs);
    expect(closed).toBe(true);
    const foreign = rig.dial('gui', 9003);
    foreign.transport.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await rig.clock.advance(100);
    expect(rig.log.lines.some((line) => line.includes('no greeting in time'))).toBe(true);
    expect(rig.log.lines.some((line) => line.includes('foreign bytes') && line.includes('9003'))).toBe(true);
    await signInAndUse(rig);
  });

  it('writes few lines of an address that keeps on knocking, and sums up the rest', async () => {
    const rig = createMasterRig();
    for (let knock = 0; knock < 60; knock++) {
      rig.dial('negotiation', 9000).transport.send(new TextEncoder().encode('GET / HTTP/1.1\r\n'));
      const { transport } = rig.dial('negotiation', 9000);
      const wrong = { user: 'anna', password: `guess-${knock}` };
      await expect(settle(rig.clock, greet(transport, helloOf({ password: wrong }), rig.clock), 100)).rejects.toThrow();
    }
    const warned = (): number => rig.log.lines.filter((line) => line.startsWith('warn')).length;
    expect(warned()).toBe(20);
    await rig.clock.advance(60_000);
    rig.dial('negotiation', 9000).transport.send(new TextEncoder().encode('GET / HTTP/1.1\r\n'));
    await rig.clock.advance(100);
    expect(rig.log.lines.some((line) => line.includes('100 more lines'))).toBe(true);
  });

  it('closes the line of a client that breaks the protocol and lets it come back', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    client.link.send(Channel.job, encodeBody({ nonsense: true }));
    await rig.clock.advance(100);
    expect(client.lost).toMatchObject([{ code: 'message-invalid' }]);
    const { transport } = rig.dial('negotiation', 9000);
    expect((await settle(rig.clock, client.comeBack(transport))).resumed).toBe(true);
    await settle(rig.clock, client.request('nodes.refresh', {}));
  });

  it('tells its clients when putservices stops; sessions stay in the store', async () => {
    const rig = createMasterRig();
    const { client } = await signInAndUse(rig);
    rig.master.stop();
    await rig.clock.advance(100);
    expect([...client.lost, ...client.closedByPeer].map((error) => error.code)).toEqual(['server-stopping']);
    expect(rig.store.load().sessions).toHaveLength(1);
    expect(rig.service.listeners).toBe(0);
  });

  it('ends for good on request, and its token is worth nothing then', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    await settle(rig.clock, client.request('session.end', {}));
    expect(rig.store.load().sessions).toHaveLength(0);
    const { transport } = rig.dial('negotiation', 9000);
    await expect(settle(rig.clock, client.comeBack(transport))).rejects.toMatchObject({ code: 'session-unknown' });
  });
});
