import { describe, expect, it } from 'vitest';
import { encodeBody } from '../../core/protocol/body.ts';
import { Channel, encodeFrame, FrameType, PREFACE } from '../../core/protocol/frame.ts';
import { LIMITS, TIMES } from '../../core/protocol/limits.ts';
import { ANNA, connect, signIn } from '../testing/clients.ts';
import { createMasterRig, settle } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';

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
    expect(await codeOf(client.request('chat.say', { messageId: 'm', text: '' }))).toBe('request-invalid');
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

  // Ten megabytes are made, sent and read, which waits for nothing but takes a loaded machine its time.
  it(
    'bounds the bytes that open requests hold, and takes new ones when the others are answered',
    { timeout: 60_000 },
    async () => {
      const rig = createMasterRig();
      const { client } = await signIn(rig);
      let answer = (): void => {};
      rig.service.refresh = new Promise((resolve) => (answer = () => resolve({})));
      const nodeIds = Array.from({ length: 9_000 }, (_, i) => `${i}`.padStart(100, '0'));
      const ask = (): Promise<unknown> =>
        client
          .request('job.ignore', {
            jobId: 'j',
            seen: { stepId: 's', attempt: 1, eventNumber: 1 },
            stepId: 's',
            nodeIds,
            reason: 'x',
          })
          .catch((error: { code: string }) => error.code);
      const asked = Array.from({ length: 10 }, ask);
      const refused = await settle(rig.clock, Promise.race(asked));
      expect(refused).toBe('too-many-requests');
      answer();
      rig.service.refresh = undefined;
      const codes = await settle(rig.clock, Promise.all(asked));
      expect(codes.filter((code) => code === 'too-many-requests')).toHaveLength(1);
      expect(await settle(rig.clock, ask())).not.toBe('too-many-requests');
    },
  );

  it('ends the line of a client whose small message unpacks to more items than a request may have', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    client.link.send(
      Channel.job,
      encodeBody({ k: 'q', i: 7, m: 'nodes.refresh', p: { a: Array.from({ length: 40_000 }, () => ({})) } }),
    );
    await rig.clock.advance(100);
    expect(client.lost).toMatchObject([{ code: 'body-invalid' }]);
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
  it('sends of a long log the last entries that were asked for, and from then on all', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    for (let i = 1; i <= 9; i++) rig.service.said.push({ messageId: `m${i}`, text: `${i}` });
    const ask = async (params: object): Promise<number[]> => {
      const { watch } = (await settle(rig.clock, client.request('topic.watch', { topic: 'timeline', ...params }))) as {
        watch: number;
      };
      const entries = client.watches.get(watch)?.entries as { number: number }[];
      return entries.map(({ number }) => number);
    };
    expect(await ask({ since: 0, last: 3 })).toEqual([7, 8, 9]);
    expect(await ask({ since: 8, last: 3 })).toEqual([9]);
    expect(await ask({ since: 2, last: 3 })).toEqual([7, 8, 9]);
    expect(await ask({ last: 20 })).toHaveLength(9);
    expect(await ask({ since: 0, last: 0 })).toEqual([]);
    expect(await ask({ since: 5 })).toEqual([6, 7, 8, 9]);
  });

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
    expect(nodes.news).toBeLessThan(20);
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
