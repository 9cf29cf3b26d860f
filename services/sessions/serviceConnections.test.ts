import { describe, expect, it } from 'vitest';
import { Channel } from '../../core/protocol/frame.ts';
import type { Hello } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import type { PortsView } from '../../core/model/ports.ts';
import { connect, signIn } from '../testing/clients.ts';
import { createMasterRig, settle, type MasterRig } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';

const CHAT = { role: 'chat', port: 11_111 } as const;
const SERVICE = { role: 'service', port: 8992 } as const;

function side(client: TestClient, purpose: Hello['purpose'], more: Partial<Hello> = {}): Partial<Hello> {
  return { purpose, path: 'direct', sessionToken: client.token, ...more };
}

function sidesOf(rig: MasterRig, client: TestClient): readonly { service: string; port: number }[] | undefined {
  const topic = rig.master.topic('ports');
  if (topic?.kind !== 'state') throw new Error('no topic ports');
  return (topic.state() as PortsView).sessions[client.welcome?.sessionId ?? '']?.sides;
}

describe('a side connection', () => {
  it('goes on where it stopped after a cut: nothing said twice, the answer not lost', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const chat = new TestClient(rig.clock);
    const { wire } = await connect(rig, chat, side(client, 'chat'), CHAT);
    const answer = chat.request('chat.say', { messageId: 'm1', text: 'hello' });
    // The request arrives after 20 ms, its answer would after 40.
    await rig.clock.advance(30);
    expect(rig.service.said).toHaveLength(1);
    wire.cut();
    await rig.clock.advance(100);
    const { welcome } = await connect(rig, chat, side(client, 'chat', { received: chat.link.received }), CHAT);
    expect(welcome.resumed).toBe(true);
    expect(await settle(rig.clock, answer)).toEqual({ number: 1 });
    expect(rig.service.said).toHaveLength(1);
  });

  it('is forgotten when nobody came back for as long as a request may be open', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const chat = new TestClient(rig.clock);
    const { wire } = await connect(rig, chat, side(client, 'chat'), CHAT);
    await settle(rig.clock, chat.watch('timeline'));
    expect(rig.service.listeners).toBe(1);
    wire.cut();
    await rig.clock.advance(TIMES.requestMs + 1_000);
    expect(rig.service.listeners).toBe(0);
    const { received } = chat.link;
    const { welcome } = await connect(rig, new TestClient(rig.clock), side(client, 'chat', { received }), CHAT);
    expect(welcome.resumed).toBe(false);
  });

  it('is replaced by a new one of the same service, and listed with its port while it has a line', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const first = new TestClient(rig.clock);
    await connect(rig, first, side(client, 'job'), SERVICE);
    await connect(rig, new TestClient(rig.clock), side(client, 'file'), SERVICE);
    expect(sidesOf(rig, client)).toMatchObject([
      { service: 'job', port: 8992 },
      { service: 'file', port: 8992 },
    ]);
    const second = new TestClient(rig.clock);
    const { wire } = await connect(rig, second, side(client, 'job'), SERVICE);
    expect(first.closedByPeer).toMatchObject([{ code: 'session-taken-over' }]);
    wire.cut();
    await rig.clock.advance(1_000);
    expect(sidesOf(rig, client)).toMatchObject([{ service: 'file', port: 8992 }]);
  });

  it('ends when the session is taken over, and when it ends', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const job = new TestClient(rig.clock);
    await connect(rig, job, side(client, 'job'), SERVICE);
    const other = new TestClient(rig.clock);
    await connect(rig, other, { sessionToken: client.token, clientSystem: 'desk' });
    await rig.clock.advance(100);
    expect(job.closedByPeer).toMatchObject([{ code: 'session-taken-over' }]);
    const chat = new TestClient(rig.clock);
    await connect(rig, chat, side(client, 'chat'), CHAT);
    await settle(rig.clock, other.request('session.end', {}));
    expect(chat.closedByPeer).toMatchObject([{ code: 'session-closed' }]);
  });

  it('stays while the main line is cut and comes back', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signIn(rig);
    const chat = new TestClient(rig.clock);
    await connect(rig, chat, side(client, 'chat'), CHAT);
    wire.cut();
    await rig.clock.advance(100);
    await connect(rig, client, { sessionToken: client.token, received: client.link.received });
    await settle(rig.clock, chat.request('chat.say', { messageId: 'm1', text: 'still here' }));
    expect(chat.closedByPeer).toEqual([]);
  });
});

describe('a call that is asked again over another connection of its session', () => {
  it('is done once, while it runs and after its answer; a watch is opened anew', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    let done = 0;
    let finish: (value: object) => void = () => {};
    rig.service.refresh = new Promise((resolve) => (finish = resolve));
    Object.defineProperty(rig.service.handlers, 'nodes.refresh', {
      value: () => {
        done++;
        return rig.service.refresh;
      },
    });
    const job = new TestClient(rig.clock);
    await connect(rig, job, side(client, 'job'), SERVICE);
    const first = job.request('nodes.refresh', {}, Channel.job);
    await rig.clock.advance(100);
    const second = client.request('nodes.refresh', {});
    await rig.clock.advance(100);
    finish({});
    expect(await settle(rig.clock, Promise.all([first, second]))).toEqual([{}, {}]);
    const late = new TestClient(rig.clock);
    await connect(rig, late, side(client, 'job'), SERVICE);
    expect(await settle(rig.clock, late.request('nodes.refresh', {}))).toEqual({});
    expect(done).toBe(1);
    const watched = await settle(rig.clock, Promise.all([client.watch('nodes'), late.watch('nodes')]));
    expect(watched.map(({ state }) => state)).toEqual([{ count: 0 }, { count: 0 }]);
  });

  it('that failed fails again in the same words', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    let tries = 0;
    Object.defineProperty(rig.service.handlers, 'job.reportHtml', {
      value: () => {
        throw new Error(`try ${++tries}`);
      },
    });
    const job = new TestClient(rig.clock);
    await connect(rig, job, side(client, 'job'), SERVICE);
    const outcomes = [job.request('job.reportHtml', { jobId: 'j' }), client.request('job.reportHtml', { jobId: 'j' })];
    for (const outcome of outcomes) outcome.catch(() => {});
    await rig.clock.advance(1_000);
    await Promise.allSettled(outcomes);
    expect(tries).toBe(1);
  });
});
