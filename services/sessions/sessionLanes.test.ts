import { describe, expect, it } from 'vitest';
import { connect, signIn, signInAndUse } from '../testing/clients.ts';
import { createMasterRig, settle } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';

const FIRST = 'process-1';
const SECOND = 'process-2';

describe('lanes of a session', () => {
  it('a process that was taken over while its line was silent does not take the session back', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signInAndUse(rig, undefined, { lane: FIRST, line: 1 });
    wire.cut({ silent: true });
    const other = new TestClient(rig.clock);
    await connect(rig, other, { sessionToken: client.token, clientSystem: 'laptop-9', lane: SECOND, line: 1 });
    await settle(rig.clock, other.request('nodes.refresh', {}));

    const { transport } = rig.dial('negotiation', 9000);
    await expect(settle(rig.clock, client.comeBack(transport, { lane: FIRST, line: 2 }))).rejects.toMatchObject({
      code: 'session-taken-over',
      message: 'the session goes on at laptop-9',
    });
    await settle(rig.clock, other.request('nodes.refresh', {}));
    expect(other.closedByPeer).toEqual([]);
    expect(other.lost).toEqual([]);
  });

  it('a greeting that was given up and comes late changes nothing', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signIn(rig, undefined, { lane: FIRST, line: 1 });
    wire.cut();
    await rig.clock.advance(5);
    const third = rig.dial('negotiation', 9000);
    await settle(rig.clock, client.comeBack(third.transport, { lane: FIRST, line: 3 }));
    for (const line of [2, 3]) {
      const late = new TestClient(rig.clock);
      const { transport } = rig.dial('negotiation', 9000);
      const greeting = late.connect(transport, { sessionToken: client.token, received: 0, lane: FIRST, line });
      await expect(settle(rig.clock, greeting)).rejects.toMatchObject({ code: 'line-lost' });
    }
    expect(client.lost).toHaveLength(1);
    await settle(rig.clock, client.request('nodes.refresh', {}));
  });

  it('goes on where the same process acknowledged more than its greeting says: it was written before', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, undefined, { lane: FIRST, line: 1 });
    const received = client.link.received;
    await settle(rig.clock, client.request('nodes.refresh', {}));
    await rig.clock.advance(1_000);
    expect(client.link.received).toBeGreaterThan(received);
    const { transport } = rig.dial('negotiation', 9000);
    const welcome = await settle(rig.clock, client.comeBack(transport, { received, lane: FIRST, line: 2 }));
    expect(welcome.resumed).toBe(true);
    await settle(rig.clock, client.request('nodes.refresh', {}));
    expect(client.closedByPeer).toEqual([]);
  });

  it('takes any process first after a restart of putservices', async () => {
    const rig = createMasterRig();
    const { client } = await signInAndUse(rig, undefined, { lane: FIRST, line: 7 });
    const restarted = createMasterRig({ clock: rig.clock, store: rig.store });
    const again = new TestClient(rig.clock);
    const { transport } = restarted.dial('negotiation', 9000);
    const greeting = again.connect(transport, { sessionToken: client.token, received: 1, lane: FIRST, line: 8 });
    await expect(settle(rig.clock, greeting)).resolves.toMatchObject({ resumed: false });
  });
});
