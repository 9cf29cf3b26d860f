import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PortsView } from '../../core/model/ports.ts';
import { encodeBody } from '../../core/protocol/body.ts';
import { Channel, FrameType, encodeFrame, PREFACE } from '../../core/protocol/frame.ts';
import type { Hello, Welcome } from '../../core/protocol/handshake.ts';
import { LIMITS, TIMES } from '../../core/protocol/limits.ts';
import { greet } from '../../core/session/handshake.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import { createMasterRig, settle, type MasterRig } from '../testing/masterRig.ts';
import { helloOf, TestClient } from '../testing/TestClient.ts';
import type { PortRole } from './Portmgmt.ts';

const ANNA = { user: 'anna', password: 'anna-password' };

async function connect(
  rig: MasterRig,
  client: TestClient,
  hello: Partial<Hello>,
  at: { role: PortRole; port: number } = { role: 'negotiation', port: 9000 },
): Promise<{ welcome: Welcome; wire: Wire }> {
  const { transport, wire } = rig.dial(at.role, at.port);
  return { welcome: await settle(rig.clock, client.connect(transport, hello)), wire };
}

async function signIn(
  rig: MasterRig,
  password = ANNA,
  more: Partial<Hello> = {},
): Promise<{ client: TestClient; wire: Wire }> {
  const client = new TestClient(rig.clock);
  const { wire } = await connect(rig, client, { password, ...more });
  return { client, wire };
}

const gui = (port: number): { role: PortRole; port: number } => ({ role: 'gui', port });
const phaseOf = (rig: MasterRig, port: number): string | undefined => rig.master.leases.table.get(port)?.phase.kind;

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
    const { client, wire } = await signIn(rig);
    await settle(rig.clock, client.request('nodes.refresh', {}));
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
    const { client, wire } = await signIn(rig);
    await settle(rig.clock, client.request('nodes.refresh', {}));
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
    const { client } = await signIn(rig);
    await settle(rig.clock, client.request('nodes.refresh', {}));
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
    const { client } = await signIn(rig);
    await settle(rig.clock, client.request('nodes.refresh', {}));
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
    const { client } = await signIn(rig);
    await settle(rig.clock, client.request('nodes.refresh', {}));
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
    const { client } = await signIn(rig);
    await settle(rig.clock, client.request('nodes.refresh', {}));
    rig.master.stop();
    await rig.clock.advance(100);
    expect([...client.lost, ...client.closedByPeer].map((error) => error.code)).toEqual(['server-stopping']);
    expect(rig.store.load()).toHaveLength(1);
    expect(rig.service.listeners).toBe(0);
  });

  it('ends for good on request, and its token is worth nothing then', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    await settle(rig.clock, client.request('session.end', {}));
    expect(rig.store.load()).toHaveLength(0);
    const { transport } = rig.dial('negotiation', 9000);
    await expect(settle(rig.clock, client.comeBack(transport))).rejects.toMatchObject({ code: 'session-unknown' });
  });
});

describe('hand-off', () => {
  async function negotiate(rig: MasterRig): Promise<{ client: TestClient; welcome: Welcome; wire: Wire }> {
    const client = new TestClient(rig.clock);
    return { client, ...(await connect(rig, client, { password: ANNA, purpose: 'negotiate', path: 'hand-off' })) };
  }

  it('moves the session to the offered port and keeps that port over cuts', async () => {
    const rig = createMasterRig();
    const { client, welcome } = await negotiate(rig);
    const { port, leaseToken } = welcome.lease ?? { port: 0, leaseToken: '' };
    expect(port).toBe(9002);
    const watch = rig.dial('watch', 9001);
    await settle(rig.clock, greet(watch.transport, helloOf({ purpose: 'watch', leaseToken }), rig.clock));
    const { wire } = await connect(
      rig,
      client,
      { sessionToken: client.token, received: client.link.received, leaseToken, path: 'hand-off' },
      gui(port),
    );
    expect(phaseOf(rig, port)).toBe('attached');
    watch.transport.end();
    await rig.clock.advance(20_000);
    expect(phaseOf(rig, port)).toBe('attached');
    wire.cut();
    await rig.clock.advance(1_000);
    expect(phaseOf(rig, port)).toBe('detached');
    const back = await connect(
      rig,
      client,
      { sessionToken: client.token, received: client.link.received, path: 'hand-off' },
      gui(port),
    );
    expect(back.welcome.resumed).toBe(true);
    expect(phaseOf(rig, port)).toBe('attached');
    await settle(rig.clock, client.request('session.end', {}));
    expect(rig.master.leases.table.size).toBe(0);
  });

  it('enters by the lease token alone', async () => {
    const rig = createMasterRig();
    const { welcome } = await negotiate(rig);
    const mover = new TestClient(rig.clock);
    const moved = await connect(rig, mover, { leaseToken: welcome.lease?.leaseToken, path: 'hand-off' }, gui(9002));
    expect(moved.welcome).toMatchObject({ resumed: false, sessionId: welcome.sessionId });
    await settle(rig.clock, mover.request('nodes.refresh', {}));
  });

  it('takes the offer back: unused, cancelled, watch lost, client lost', async () => {
    const rig = createMasterRig();
    await negotiate(rig);
    await rig.clock.advance(TIMES.leaseOfferMs + 100);
    expect(rig.master.leases.table.size).toBe(0);

    const cancelled = await negotiate(rig);
    await settle(rig.clock, cancelled.client.request('session.end', {}), 100);
    expect(rig.master.leases.table.size).toBe(0);

    const unwatched = await negotiate(rig);
    const watch = rig.dial('watch', 9001);
    await settle(
      rig.clock,
      greet(watch.transport, helloOf({ purpose: 'watch', leaseToken: unwatched.welcome.lease?.leaseToken }), rig.clock),
      100,
    );
    watch.wire.cut();
    await rig.clock.advance(TIMES.watchLostMs);
    expect(rig.master.leases.table.size).toBe(0);

    const lost = await negotiate(rig);
    lost.wire.cut();
    await rig.clock.advance(TIMES.watchLostMs);
    expect(rig.master.leases.table.size).toBe(0);
  });

  it('goes on by the negotiation connection when the range is full, told who holds what', async () => {
    const rig = createMasterRig({ rules: { lastPort: 9002, overflowTo: 9002 } });
    const first = await negotiate(rig);
    await connect(
      rig,
      first.client,
      { sessionToken: first.client.token, received: 0, leaseToken: first.welcome.lease?.leaseToken, path: 'hand-off' },
      gui(9002),
    );
    const second = await negotiate(rig);
    expect(second.welcome.lease).toBeUndefined();
    expect(second.welcome.leaseRefused).toMatchObject({
      code: 'lease-range-full',
      message: expect.stringContaining('9002 anna at laptop since') as string,
    });
    await settle(rig.clock, second.client.request('nodes.refresh', {}));
  });

  it('leaves its port when it goes on by single port', async () => {
    const rig = createMasterRig();
    const { client, welcome } = await negotiate(rig);
    const { wire } = await connect(
      rig,
      client,
      { sessionToken: client.token, received: 0, leaseToken: welcome.lease?.leaseToken, path: 'hand-off' },
      gui(9002),
    );
    wire.cut();
    await rig.clock.advance(100);
    await connect(rig, client, { sessionToken: client.token, received: client.link.received });
    expect(rig.master.leases.table.size).toBe(0);
  });

  it('gives no port to a stranger', async () => {
    const rig = createMasterRig();
    const { client, welcome } = await negotiate(rig);
    const { client: otto } = await signIn(rig, { user: 'otto', password: 'otto-password' });
    for (const hello of [
      { sessionToken: otto.token },
      { sessionToken: otto.token, leaseToken: welcome.lease?.leaseToken },
    ]) {
      const { transport } = rig.dial('gui', 9002);
      await expect(settle(rig.clock, greet(transport, helloOf(hello), rig.clock), 200)).rejects.toMatchObject({
        code: 'lease-unknown',
      });
    }
    const { transport } = rig.dial('gui', 9003);
    await expect(
      settle(
        rig.clock,
        greet(transport, helloOf({ sessionToken: client.token, leaseToken: welcome.lease?.leaseToken }), rig.clock),
        200,
      ),
    ).rejects.toMatchObject({ code: 'lease-unknown' });
  });

  it('shows leases and sessions in the topic ports; an admin releases an idle one', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const view = await settle(rig.clock, client.watch('ports'));
    const other = await negotiate(rig);
    await rig.clock.advance(500);
    const state = view.state as PortsView;
    expect(state.ports['9002']).toMatchObject({
      role: 'gui',
      state: 'offered',
      lease: { user: 'anna', clientSystem: 'laptop' },
    });
    expect(state.ports['9003']).toMatchObject({ state: 'free' });
    expect(state.ports['9010']).toMatchObject({ state: 'never-offered' });
    expect(Object.keys(state.sessions)).toHaveLength(2);
    await settle(rig.clock, client.request('ports.release', { port: 9002 }));
    expect((view.state as PortsView).ports['9002']).toMatchObject({ state: 'free' });
    await expect(settle(rig.clock, client.request('ports.release', { port: 9002 }))).rejects.toMatchObject({
      code: 'lease-unknown',
    });
    const { client: otto } = await signIn(rig, { user: 'otto', password: 'otto-password' });
    await expect(settle(rig.clock, otto.request('ports.release', { port: 9002 }))).rejects.toMatchObject({
      code: 'role-insufficient',
    });
    expect(other.client.closedByPeer).toEqual([]);
  });
});

describe('requests', () => {
  it('checks method, channel, role, params and result', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, { user: 'vera', password: 'vera-password' });
    const codeOf = async (work: Promise<unknown>): Promise<string> =>
      settle(
        rig.clock,
        work.then(
          () => 'ok',
          (error: { code: string }) => error.code,
        ),
      );
    expect(await codeOf(client.request('nodes.refresh', {}))).toBe('ok');
    expect(await codeOf(client.request('nodes.refresh', {}, Channel.chat))).toBe('channel-unknown');
    expect(await codeOf(client.request('job.unheard' as 'job.back', {}, Channel.job))).toBe('method-unknown');
    expect(await codeOf(client.request('constructor' as 'job.back', {}, Channel.job))).toBe('method-unknown');
    expect(await codeOf(client.request('job.back', { jobId: 'j' }))).toBe('role-insufficient');
    expect(await codeOf(client.request('chat.say', { messageId: 'm', text: '' }))).toBe('message-invalid');
    expect(await codeOf(client.request('topic.watch', { topic: 'nothing' }))).toBe('input-invalid');
    expect(await codeOf(client.request('job.reportHtml', { jobId: 'j' }))).toBe('frame-too-large');
  });

  it('answers at the deadline what its service never answers, and bounds what is open', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    rig.service.refresh = new Promise(() => {});
    const stuck = client.request('nodes.refresh', {});
    const many = Array.from({ length: LIMITS.openRequests }, () =>
      client.request('nodes.refresh', {}).catch((error: { code: string }) => error.code),
    );
    await expect(settle(rig.clock, many[many.length - 1] as Promise<unknown>)).resolves.toBe('too-many-requests');
    await expect(settle(rig.clock, stuck, TIMES.requestMs)).rejects.toMatchObject({ code: 'request-timeout' });
    rig.service.refresh = undefined;
    await settle(rig.clock, client.request('nodes.refresh', {}));
  });

  it('takes a call id once while it is open', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    rig.service.refresh = new Promise(() => {});
    const body = encodeBody({ k: 'q', i: 7, m: 'nodes.refresh', p: {} });
    client.link.send(Channel.job, body);
    client.link.send(Channel.job, body);
    await rig.clock.advance(100);
    expect(client.lost).toMatchObject([{ code: 'message-invalid' }]);
  });
});

describe('topics', () => {
  it('coalesces changes while a piece of news is under way', async () => {
    const rig = createMasterRig();
    const client = new TestClient(rig.clock);
    const { transport } = rig.dial('negotiation', 9000, { latencyMs: 500 });
    await settle(rig.clock, client.connect(transport, { password: ANNA }), 5_000);
    const nodes = await settle(rig.clock, client.watch('nodes'), 5_000);
    for (let i = 1; i <= 200; i++) {
      rig.service.change({ count: i });
      await rig.clock.advance(20);
    }
    await rig.clock.advance(5_000);
    expect(nodes.state).toEqual({ count: 200 });
    expect(nodes.news).toBeLessThan(10);
  });

  it('sends a large state in parts that no frame limit refuses', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const rows = Object.fromEntries(
      Array.from({ length: 3000 }, (_, i) => [`node-${i}`, { text: `${i}`.repeat(200), deep: { a: i } }]),
    );
    rig.service.change({ nodes: rows });
    const nodes = await settle(rig.clock, client.watch('nodes'), 60_000);
    expect(nodes.state).toEqual({ nodes: rows });
    expect(nodes.news).toBeGreaterThan(5);
    const changed = Object.fromEntries(Object.entries(rows).map(([id, row]) => [id, { ...row, text: `${row.text}!` }]));
    rig.service.change({ nodes: changed });
    await rig.clock.advance(60_000);
    expect(nodes.state).toEqual({ nodes: changed });
  });

  it('replays a log topic from a number, and all of it to a watcher that knows more than there is', async () => {
    const rig = createMasterRig();
    for (let i = 1; i <= 1000; i++) rig.service.said.push({ messageId: `m${i}`, text: `text ${i}` });
    const { client } = await signIn(rig);
    const tail = await settle(rig.clock, client.watch('timeline', 990), 5_000);
    expect(tail.entries).toMatchObject(Array.from({ length: 10 }, (_, i) => ({ number: 991 + i })));
    const all = await settle(rig.clock, client.watch('timeline', 5000), 60_000);
    expect(all.entries).toHaveLength(1000);
    expect(all.number).toBe(1000);
  });

  it('stops at unwatch and bounds the watches of one session', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const { watch } = (await settle(rig.clock, client.request('topic.watch', { topic: 'nodes' }))) as { watch: number };
    expect(rig.service.listeners).toBe(1);
    await settle(rig.clock, client.request('topic.unwatch', { watch }));
    expect(rig.service.listeners).toBe(0);
    const more = Array.from({ length: LIMITS.watchedTopics + 1 }, () =>
      client.request('topic.watch', { topic: 'nodes' }),
    );
    const outcomes = await settle(rig.clock, Promise.allSettled(more), 5_000);
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(1);
  });
});

it('a side connection carries its own channel and ends with its line, the session stays', async () => {
  const rig = createMasterRig();
  const { client } = await signIn(rig);
  const side = new TestClient(rig.clock);
  const { wire } = await connect(
    rig,
    side,
    { purpose: 'chat', path: 'direct', sessionToken: client.token },
    { role: 'chat', port: 11_111 },
  );
  await settle(rig.clock, side.request('chat.say', { messageId: 'm1', text: 'hello' }));
  wire.cut();
  await rig.clock.advance(1_000);
  expect(rig.service.gone).toHaveLength(1);
  expect(rig.service.gone[0]).toMatch(new RegExp(`^${client.welcome?.sessionId}\\.`));
  await settle(rig.clock, client.request('nodes.refresh', {}));
});

it('a frame announced too large is judged by its head, before and after the greeting', async () => {
  const rig = createMasterRig();
  const head = (type: number, bytes: number): Uint8Array => {
    const frame = encodeFrame({ type: FrameType.acknowledge });
    const view = new DataView(frame.buffer);
    view.setUint8(0, type);
    view.setUint32(4, type === FrameType.message ? 1 : 0);
    view.setUint32(12, bytes);
    return frame;
  };
  const { transport } = rig.dial('negotiation', 9000);
  const answer = greetRaw(transport);
  transport.send(PREFACE);
  transport.send(head(FrameType.hello, LIMITS.handshakeBodyBytes + 1));
  expect(await settle(rig.clock, answer)).toContain('frame-too-large');
  const { client, wire } = await signIn(rig);
  wire.client.send(head(FrameType.message, LIMITS.messageBodyBytes + 1));
  await rig.clock.advance(100);
  expect(client.lost).toMatchObject([{ code: 'frame-too-large' }]);
});

function greetRaw(transport: {
  setHandlers(handlers: { onData(bytes: Uint8Array): void; onDrain(): void; onClose(): void }): void;
}): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    transport.setHandlers({
      onData: (bytes) => void chunks.push(bytes),
      onDrain: () => {},
      onClose: () => resolve(Buffer.concat(chunks).toString('latin1')),
    });
  });
}
