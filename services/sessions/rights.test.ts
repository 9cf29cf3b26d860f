import { describe, expect, it } from 'vitest';
import type { PutError } from '../../core/protocol/errors.ts';
import type { Hello } from '../../core/protocol/handshake.ts';
import { isMethodName, METHODS, type MethodName } from '../../core/protocol/methods.ts';
import { createMemorySessionStore } from './SessionStore.ts';
import { connect, signIn } from '../testing/clients.ts';
import { createMasterRig, RigAccounts, settle, type MasterRig } from '../testing/masterRig.ts';
import { TestClient } from '../testing/TestClient.ts';
import { authorize } from './authorize.ts';

const OTTO = { user: 'otto', password: 'otto-password' };
const CHAT = { role: 'chat', port: 11_111 } as const;

function chatOf(client: TestClient): Partial<Hello> {
  return { purpose: 'chat', path: 'direct', sessionToken: client.token };
}

/** What a request ends with. */
function outcomeOf(rig: MasterRig, work: Promise<unknown>): Promise<string> {
  return settle(
    rig.clock,
    work.then(
      () => 'done',
      (error: PutError) => error.code,
    ),
  );
}

describe('rights', () => {
  it('are those of the account at each request, on the session that was open before', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, OTTO);
    expect(await outcomeOf(rig, client.request('job.back', { jobId: 'j' }))).toBe('method-unknown');
    rig.accounts.change('otto', { role: 'observer' }, false);
    expect(await outcomeOf(rig, client.request('job.back', { jobId: 'j' }))).toBe('role-insufficient');
    expect(await outcomeOf(rig, client.request('nodes.refresh', {}))).toBe('done');
    rig.accounts.change('otto', { role: 'admin' }, false);
    expect(await outcomeOf(rig, client.request('ports.release', { port: 9002 }))).not.toBe('role-insufficient');
  });

  it('stay with the session that gives its account a new password, and end the others of that account', async () => {
    const rig = createMasterRig();
    const [own, other] = [await signIn(rig, OTTO), await signIn(rig, OTTO)];
    const change = own.client.request('account.changePassword', {
      password: OTTO.password,
      newPassword: 'the next one',
    });
    expect(await outcomeOf(rig, change)).toBe('done');
    expect(await outcomeOf(rig, own.client.request('nodes.refresh', {}))).toBe('done');
    expect(other.client.closedByPeer).toMatchObject([{ code: 'account-changed' }]);
    own.wire.cut();
    await rig.clock.advance(100);
    const { transport } = rig.dial('negotiation', 9000);
    expect(await settle(rig.clock, own.client.comeBack(transport))).toMatchObject({ resumed: true });
  });

  it('are those of the account after a cut and for the lane that goes on, and the client is told its new role', async () => {
    const rig = createMasterRig();
    const { client, wire } = await signIn(rig, OTTO);
    wire.cut();
    await rig.clock.advance(100);
    rig.accounts.change('otto', { role: 'observer' });
    const { transport } = rig.dial('negotiation', 9000);
    const welcome = await settle(rig.clock, client.comeBack(transport));
    expect(welcome).toMatchObject({ resumed: true, role: 'observer' });
    expect(await outcomeOf(rig, client.request('job.back', { jobId: 'j' }))).toBe('role-insufficient');
  });

  it('of a client that is there change at once: its line is given up and the next greeting says the role', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, OTTO);
    rig.accounts.change('otto', { role: 'observer' });
    await rig.clock.advance(100);
    expect(client.lost.map(({ code }) => code)).toEqual(['role-changed']);
    const { transport } = rig.dial('negotiation', 9000);
    expect(await settle(rig.clock, client.comeBack(transport))).toMatchObject({ resumed: true, role: 'observer' });
    // The same role again cuts nothing.
    rig.accounts.change('otto', {});
    await rig.clock.advance(100);
    expect(client.lost).toHaveLength(1);
  });

  it.each([
    ['removed', undefined],
    ['given another password', { credential: 'second' }],
  ])('an account that was %s loses its session and its service connections at once', async (_what, change) => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, OTTO);
    const chat = new TestClient(rig.clock);
    await connect(rig, chat, chatOf(client), CHAT);
    await settle(rig.clock, chat.watch('timeline'));
    await settle(rig.clock, client.watch('nodes'));
    expect(rig.service.listeners).toBe(2);
    rig.accounts.change('otto', change);
    await rig.clock.advance(100);
    expect(client.closedByPeer.map(({ code }) => code)).toEqual(['account-changed']);
    expect(chat.closedByPeer.map(({ code }) => code)).toEqual(['account-changed']);
    expect(rig.service.listeners).toBe(0);
    expect(rig.store.load().sessions).toEqual([]);
    const { transport } = rig.dial('negotiation', 9000);
    await expect(settle(rig.clock, client.comeBack(transport))).rejects.toMatchObject({ code: 'account-changed' });
  });

  it('a request of an account that was removed a moment ago does nothing', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, OTTO);
    rig.accounts.change('otto', undefined, false);
    const said = client.request('chat.say', { messageId: 'm', text: 'hello' });
    said.catch(() => {});
    await rig.clock.advance(100);
    expect(rig.service.said).toEqual([]);
    expect(client.closedByPeer.map(({ code }) => code)).toEqual(['account-changed']);
  });

  it('a service connection asks at each request and at its greeting', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, OTTO);
    const file = new TestClient(rig.clock);
    await connect(rig, file, { ...chatOf(client), purpose: 'file' }, { role: 'service', port: 8992 });
    rig.accounts.change('otto', { role: 'observer' }, false);
    expect(await outcomeOf(rig, file.request('file.finish', { transfer: 1 }))).toBe('role-insufficient');
    rig.accounts.change('otto', undefined, false);
    const { transport } = rig.dial('chat', 11_111);
    const late = new TestClient(rig.clock).connect(transport, chatOf(client));
    await expect(settle(rig.clock, late)).rejects.toMatchObject({ code: 'account-changed' });
    expect(rig.master.sessions.size).toBe(0);
  });

  it('a removed account does not come back with the token of its port alone', async () => {
    const rig = createMasterRig();
    const client = new TestClient(rig.clock);
    const { welcome } = await connect(rig, client, { purpose: 'negotiate', path: 'hand-off', password: OTTO });
    const { port, leaseToken } = welcome.lease ?? { port: 0, leaseToken: '' };
    const watch = new TestClient(rig.clock);
    await connect(rig, watch, { purpose: 'watch', path: 'hand-off', leaseToken }, { role: 'watch', port: 9001 });
    rig.accounts.change('otto', undefined, false);
    const { transport } = rig.dial('gui', port);
    const coming = new TestClient(rig.clock).connect(transport, { purpose: 'session', path: 'hand-off', leaseToken });
    await expect(settle(rig.clock, coming)).rejects.toMatchObject({ code: 'account-changed' });
  });

  it('a session that was kept over a restart ends with its account', async () => {
    const store = createMemorySessionStore();
    const rig = createMasterRig({ store });
    const { client } = await signIn(rig, OTTO);
    await settle(rig.clock, client.watch('nodes'));
    rig.master.stop();
    const again = createMasterRig({ store, clock: rig.clock });
    again.accounts.change('otto', { credential: 'second' }, false);
    const { transport } = again.dial('negotiation', 9000);
    await expect(settle(rig.clock, client.comeBack(transport))).rejects.toMatchObject({ code: 'account-changed' });
  });

  it('`session.end` on a service connection ends the session', async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig, OTTO);
    const chat = new TestClient(rig.clock);
    await connect(rig, chat, chatOf(client), CHAT);
    await settle(rig.clock, chat.request('session.end', {}));
    expect(rig.master.sessions.size).toBe(0);
  });

  it('are asked for every method of the protocol', () => {
    const accounts = new RigAccounts();
    const roles = { observer: 'vera', operator: 'otto', admin: 'anna' } as const;
    const order = ['observer', 'operator', 'admin'] as const;
    const methods = Object.keys(METHODS).filter(isMethodName);
    for (const method of methods satisfies MethodName[]) {
      for (const role of order) {
        const ask = (): void => authorize(method, { user: roles[role], credential: 'first' }, accounts);
        if (order.indexOf(role) >= order.indexOf(METHODS[method].role)) expect(ask).not.toThrow();
        else expect(ask).toThrow('needs the role');
      }
    }
  });
});
