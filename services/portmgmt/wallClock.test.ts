import { describe, expect, it } from 'vitest';
import { TIMES } from '../../core/protocol/limits.ts';
import type { PortsView } from '../../core/model/ports.ts';
import { createMemorySessionStore } from '../sessions/SessionStore.ts';
import { ANNA, connect, signIn, signInAndUse } from '../testing/clients.ts';
import { createMasterRig, settle, type MasterRig } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';

const DAY_MS = 86_400_000;

function portsOf(rig: MasterRig): PortsView {
  const topic = rig.master.topic('ports');
  if (topic?.kind !== 'state') throw new Error('no topic ports');
  return topic.state() as PortsView;
}

describe.each([
  ['back', -400 * DAY_MS],
  ['forward', 400 * DAY_MS],
])('a wall clock that is set %s', (_way, byMs) => {
  it('stops no news of an open watch', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    const watched = await settle(rig.clock, client.watch('nodes'));
    rig.clock.setWall(byMs);
    for (let count = 1; count <= 5; count++) {
      rig.service.change({ count });
      await rig.clock.advance(1_000);
      expect(watched.state).toEqual({ count });
    }
    expect(client.lost).toEqual([]);
  });

  it('ends no session and keeps none longer', async () => {
    const rig = createMasterRig();
    const { wire } = await signInAndUse(rig);
    wire.cut();
    await rig.clock.advance(100);
    rig.clock.setWall(byMs);
    await rig.clock.advance(TIMES.sessionGraceMs - 60_000);
    expect(rig.master.sessions.size).toBe(1);
    await rig.clock.advance(120_000);
    expect(rig.master.sessions.size).toBe(0);
  });

  it('takes an offered port back in its time', async () => {
    const rig = createMasterRig();
    await connect(rig, new TestClient(rig.clock), { purpose: 'negotiate', path: 'hand-off', password: ANNA });
    rig.clock.setWall(byMs);
    await rig.clock.advance(TIMES.leaseOfferMs + 1_000);
    expect(rig.master.leases.table.size).toBe(0);
  });

  it('is what views show from then on', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signInAndUse(rig);
    rig.clock.setWall(byMs);
    wire.cut();
    await rig.clock.advance(100);
    const row = portsOf(rig).sessions[client.welcome?.sessionId ?? ''];
    expect((row?.endsAtMs ?? 0) - rig.clock.nowMs()).toBeGreaterThan(TIMES.sessionGraceMs - 10_000);
    expect((row?.endsAtMs ?? 0) - rig.clock.nowMs()).toBeLessThanOrEqual(TIMES.sessionGraceMs);
  });
});

it('a session that was stored under a clock set back is kept for its grace at most', async () => {
  const store = createMemorySessionStore();
  const rig = createMasterRig({ store });
  const { wire } = await signInAndUse(rig);
  wire.cut();
  await rig.clock.advance(100);
  rig.master.stop();
  rig.clock.setWall(-400 * DAY_MS);
  const again = createMasterRig({ store, clock: rig.clock });
  await rig.clock.advance(TIMES.sessionGraceMs + 1_000);
  expect(again.master.sessions.size).toBe(0);
});
