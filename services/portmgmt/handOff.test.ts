import { describe, expect, it } from 'vitest';
import type { PortsView } from '../../core/model/ports.ts';
import type { Welcome } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { greet } from '../../core/session/handshake.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import { ANNA, connect, signIn } from '../testing/clients.ts';
import { createMasterRig, settle, type MasterRig } from '../testing/masterRig.ts';
import { helloOf, TestClient } from '../testing/TestClient.ts';
import type { PortRole } from './Portmgmt.ts';

const gui = (port: number): { role: PortRole; port: number } => ({ role: 'gui', port });
const phaseOf = (rig: MasterRig, port: number): string | undefined => rig.master.leases.table.get(port)?.phase.kind;

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
    await settle(rig.clock, client.request('nodes.refresh', {}));
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

  it('gives the port of a client that never asked anything back at once, and lets it in again by its token', async () => {
    const rig = createMasterRig();
    const { client, welcome } = await negotiate(rig);
    const { leaseToken } = welcome.lease ?? {};
    const credentials = { sessionToken: client.token, received: client.link.received, path: 'hand-off' } as const;
    const { wire } = await connect(rig, client, { ...credentials, leaseToken }, gui(9002));
    wire.cut();
    await rig.clock.advance(1_000);
    expect(rig.master.leases.table.size).toBe(0);
    const back = await connect(rig, client, { ...credentials, purpose: 'negotiate' });
    expect(back.welcome.sessionId).toBe(welcome.sessionId);
    expect(back.welcome.lease?.port).toBe(9002);
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
    const seen = { port: 9002, sessionId: state.ports['9002']?.lease?.sessionId ?? '' };
    await expect(
      settle(rig.clock, client.request('ports.release', { ...seen, sessionId: 'another' })),
    ).rejects.toMatchObject({ code: 'already-done' });
    await settle(rig.clock, client.request('ports.release', seen));
    expect((view.state as PortsView).ports['9002']).toMatchObject({ state: 'free' });
    await expect(settle(rig.clock, client.request('ports.release', seen))).rejects.toMatchObject({
      code: 'already-done',
    });
    const { client: otto } = await signIn(rig, { user: 'otto', password: 'otto-password' });
    await expect(settle(rig.clock, otto.request('ports.release', seen))).rejects.toMatchObject({
      code: 'role-insufficient',
    });
    expect(other.client.closedByPeer).toEqual([]);
  });
});
