import { describe, expect, it } from 'vitest';
import { TIMES } from '../../core/protocol/limits.ts';
import { connect, signIn, signInAndUse } from '../testing/clients.ts';
import { createMasterRig, settle, type MasterRig } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';

const OTTO = { user: 'otto', password: 'otto-password' };

/** Signs in, has a session kept, and goes. */
async function kept(rig: MasterRig): Promise<string> {
  const { client } = await signIn(rig, OTTO);
  const { sessionToken } = (await settle(rig.clock, client.request('session.keep', {}))) as { sessionToken: string };
  await settle(rig.clock, client.request('session.end', {}));
  return sessionToken;
}

async function beside(rig: MasterRig, sessionToken: string): Promise<TestClient> {
  const client = new TestClient(rig.clock);
  await connect(rig, client, { sessionToken, beside: true });
  return client;
}

describe('a session that is kept to sign in by', () => {
  it('lets any number of sessions in beside each other, for the account as it is, and is none of them', async () => {
    const rig = createMasterRig();
    const token = await kept(rig);
    const clients = [await beside(rig, token), await beside(rig, token)];
    const ids = clients.map(({ welcome }) => welcome?.sessionId);
    expect(new Set(ids).size).toBe(2);
    expect(clients.map(({ welcome }) => welcome?.user)).toEqual(['otto', 'otto']);
    expect(clients.every((client) => client.token !== token)).toBe(true);
    for (const client of clients) await settle(rig.clock, client.request('nodes.refresh', {}));
    // Ending one of them ends that one alone.
    await settle(rig.clock, (clients[0] as TestClient).request('session.end', {}));
    expect(rig.master.sessions.sessions.map((session) => session.kept).sort()).toEqual([false, true]);
  });

  it('lives for its time from its last use, and over a restart', async () => {
    const rig = createMasterRig();
    const token = await kept(rig);
    await rig.clock.advance(TIMES.sessionKeptMs - 60_000);
    await settle(rig.clock, (await beside(rig, token)).request('session.end', {}));
    await rig.clock.advance(TIMES.sessionKeptMs - 60_000);
    expect(rig.store.load().sessions).toMatchObject([{ user: 'otto', kept: true }]);
    await rig.clock.advance(120_000);
    await expect(beside(rig, token)).rejects.toMatchObject({ code: 'session-unknown' });
    expect(rig.store.load().sessions).toEqual([]);
  });

  it('ends with the password of its account, when it is signed out of, and by the limit of an account', async () => {
    const rig = createMasterRig();
    const token = await kept(rig);
    rig.accounts.change('otto', { credential: 'another' });
    await expect(beside(rig, token)).rejects.toMatchObject({ code: 'account-changed' });

    const another = await kept(rig);
    const itself = new TestClient(rig.clock);
    await connect(rig, itself, { sessionToken: another });
    await settle(rig.clock, itself.request('session.end', {}));
    await expect(beside(rig, another)).rejects.toMatchObject({ code: 'session-unknown' });

    const first = await kept(rig);
    for (let more = 0; more < 16; more++) await kept(rig);
    await expect(beside(rig, first)).rejects.toMatchObject({ code: 'session-unknown' });
    expect(rig.master.sessions.size).toBe(16);
  });

  it('neither shortens what others left behind nor is shortened, and no other session lets in beside', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signInAndUse(rig, OTTO);
    const { client: other } = await signIn(rig, OTTO);
    const { sessionToken } = (await settle(rig.clock, other.request('session.keep', {}))) as { sessionToken: string };
    await settle(rig.clock, other.request('session.end', {}));
    wire.cut();
    await rig.clock.advance(TIMES.sessionGraceReplacedMs + 60_000);
    expect(rig.master.sessions.byId(client.welcome?.sessionId ?? '')).toBeDefined();
    await signIn(rig, OTTO);
    await rig.clock.advance(TIMES.sessionGraceReplacedMs + 60_000);
    await expect(beside(rig, sessionToken)).resolves.toBeDefined();
    await expect(beside(rig, client.token)).rejects.toMatchObject({ code: 'session-unknown' });
  });
});
