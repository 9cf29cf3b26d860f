import { describe, expect, it } from 'vitest';
import type { PortsView, SessionRow } from '../../core/model/ports.ts';
import { ANNA, connect, signIn } from '../testing/clients.ts';
import { createMasterRig, settle } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';

const OTTO = { user: 'otto', password: 'otto-password' };
const VERA = { user: 'vera', password: 'vera-password' };

async function used(rig: ReturnType<typeof createMasterRig>, password: typeof ANNA, clientSystem: string) {
  const signedIn = await signIn(rig, password, { clientSystem });
  await settle(rig.clock, signedIn.client.request('nodes.refresh', {}));
  return { ...signedIn, sessionId: signedIn.client.welcome?.sessionId ?? '' };
}

describe('take-over from another client system', () => {
  it('ends the other session, tells its client where it goes on, and leaves nothing of it', async () => {
    const rig = createMasterRig();
    const left = await used(rig, OTTO, 'laptop-7');
    const here = await used(rig, OTTO, 'laptop-9');
    const topic = await settle(rig.clock, here.client.watch('sessions'));
    expect(Object.keys(topic.state)).toHaveLength(2);
    const taken = here.client.request('session.takeOver', { sessionId: left.sessionId });
    await expect(settle(rig.clock, taken)).resolves.toEqual({ clientSystem: 'laptop-7' });
    expect(left.client.closedByPeer).toMatchObject([
      { code: 'session-taken-over', message: expect.stringContaining('the session goes on at laptop-9') as string },
    ]);
    expect(Object.keys(topic.state)).toEqual([here.sessionId]);
    // Its uploads were parked, so that they go on at their offset.
    expect(rig.service.gone).toContain(left.sessionId);
    expect(rig.store.load().sessions.map(({ sessionId }) => sessionId)).toEqual([here.sessionId]);
    await settle(rig.clock, here.client.request('nodes.refresh', {}));
  });

  it('shows since when a session is without a line, and how long it is kept', async () => {
    const rig = createMasterRig({ graceMs: 600_000 });
    const left = await used(rig, OTTO, 'laptop-7');
    left.wire.cut();
    await rig.clock.advance(60_000);
    const lostAtMs = rig.clock.nowMs() - 60_000;
    const here = await used(rig, OTTO, 'laptop-9');
    const topic = await settle(rig.clock, here.client.watch('sessions'));
    const row = (topic.state as Record<string, SessionRow>)[left.sessionId];
    expect(row).toMatchObject({ state: 'detached', clientSystem: 'laptop-7', lostAtMs, endsAtMs: lostAtMs + 600_000 });
    expect((topic.state as Record<string, SessionRow>)[here.sessionId]).not.toHaveProperty('lostAtMs');
  });

  it('gives the GUI port of the other session back at once', async () => {
    const rig = createMasterRig();
    const left = new TestClient(rig.clock);
    const { welcome } = await connect(rig, left, { password: OTTO, purpose: 'negotiate', clientSystem: 'laptop-7' });
    const at = { role: 'gui', port: welcome.lease?.port ?? 0 } as const;
    const { wire } = await connect(
      rig,
      left,
      { sessionToken: welcome.sessionToken, received: left.link.received, leaseToken: welcome.lease?.leaseToken },
      at,
    );
    await settle(rig.clock, left.request('nodes.refresh', {}));
    wire.cut();
    await rig.clock.advance(1_000);
    const here = await used(rig, OTTO, 'laptop-9');
    const topic = await settle(rig.clock, here.client.watch('ports'));
    const portState = (): string | undefined => (topic.state as PortsView).ports[String(at.port)]?.state;
    expect(portState()).toBe('detached');
    await settle(rig.clock, here.client.request('session.takeOver', { sessionId: welcome.sessionId }));
    expect(portState()).toBe('free');
  });

  it('a client that was not reached hears it when it comes back, and does not take the session back', async () => {
    const rig = createMasterRig();
    const left = await used(rig, OTTO, 'laptop-7');
    left.wire.cut({ silent: true });
    const here = await used(rig, OTTO, 'laptop-9');
    await settle(rig.clock, here.client.request('session.takeOver', { sessionId: left.sessionId }));
    for (let i = 0; i < 3; i++) {
      const { transport } = rig.dial('negotiation', 9000);
      await expect(settle(rig.clock, left.client.comeBack(transport))).rejects.toMatchObject({
        code: 'session-taken-over',
        message: expect.stringContaining('laptop-9') as string,
      });
    }
    expect(here.client.closedByPeer).toEqual([]);
    expect(rig.master.sessions.size).toBe(1);
  });

  it("is for one's own sessions only; an admin ends anybody's", async () => {
    const rig = createMasterRig();
    const otto = await used(rig, OTTO, 'laptop-7');
    const vera = await used(rig, VERA, 'laptop-8');
    const anna = await used(rig, ANNA, 'office');
    const ask = (client: TestClient, method: 'session.takeOver' | 'session.close', sessionId: string) =>
      settle(rig.clock, client.request(method, { sessionId }));
    await expect(ask(vera.client, 'session.takeOver', otto.sessionId)).rejects.toMatchObject({
      code: 'role-insufficient',
    });
    await expect(ask(otto.client, 'session.close', vera.sessionId)).rejects.toMatchObject({
      code: 'role-insufficient',
    });
    await expect(ask(otto.client, 'session.takeOver', 'nobody')).rejects.toMatchObject({ code: 'session-unknown' });
    await expect(ask(otto.client, 'session.takeOver', otto.sessionId)).rejects.toMatchObject({ code: 'input-invalid' });
    await expect(ask(anna.client, 'session.close', anna.sessionId)).rejects.toMatchObject({ code: 'input-invalid' });
    await ask(anna.client, 'session.close', otto.sessionId);
    expect(otto.client.closedByPeer).toMatchObject([{ code: 'session-closed', message: 'anna ended the session' }]);
    expect(rig.master.sessions.size).toBe(2);
  });
});
