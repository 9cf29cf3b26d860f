import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { PutError } from '../protocol/errors.ts';
import type { PathKind } from '../protocol/handshake.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import type { Dial } from './paths.ts';
import { PutClient } from './PutClient.ts';

async function online(pathOrder: readonly PathKind[] = ['single-port']) {
  const clock = createFakeClock();
  const master = new FakeMaster({ clock, answer: () => ({ number: 1 }) });
  /** What answers in the master's place, by carrier. */
  const inPlace: { [carrier in 'tls' | 'websocket' | 'ssh']?: PutError } = {};
  const dialled: string[] = [];
  const pinned: (string | undefined)[] = [];
  const dial: Dial = (target, signal) => {
    dialled.push(target.carrier);
    if ('fingerprint' in target) pinned.push(target.fingerprint);
    const stranger = inPlace[target.carrier];
    return stranger ? Promise.reject(stranger) : master.dial(target, signal);
  };
  const kinds: string[] = [];
  const client: PutClient = new PutClient({
    target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111, fingerprint: 'AA' },
    pathOrder,
    dial,
    clock,
    random: () => 0.5,
    software: 'test',
    clientSystem: 'laptop',
    onChange: () => {
      if (kinds.at(-1) !== client.state.kind) kinds.push(client.state.kind);
    },
  });
  const done = client.signIn({ user: 'eva', password: 'secret' });
  await clock.advance(100);
  await done;
  kinds.length = 0;
  dialled.length = 0;
  return { clock, master, client, inPlace, dialled, pinned, kinds };
}

describe('a session that comes back', () => {
  it.each<ErrorCode>(['certificate-changed', 'certificate-unknown', 'certificate-untrusted', 'ssh-host-key-changed'])(
    'waits while somebody else answers (%s), sends it nothing, and goes on when the master is there again',
    async (code) => {
      const { clock, master, client, inPlace, kinds } = await online();
      inPlace.tls = new PutError(code, 'master:9000 shows the certificate CC', { fingerprint: 'CC' });
      master.cut();
      await clock.advance(10 * 60_000);
      expect(client.state).toMatchObject({
        kind: 'lost',
        cause: {
          code: 'stranger-answers',
          message: 'master:9000 shows the certificate CC; nothing was sent to it',
          details: { fingerprint: 'CC', was: code },
        },
      });
      expect(master.hellos).toHaveLength(1);
      const said = client.request('chat.say', { messageId: 'm1', text: 'still there?' });
      delete inPlace.tls;
      await clock.advance(2_000);
      await said;
      expect(kinds).toEqual(['lost', 'online']);
      expect(master.seen).toHaveLength(1);
    },
  );

  it('comes back with nothing lost to another certificate that a person accepted meanwhile', async () => {
    const { clock, master, client, inPlace, pinned, kinds } = await online();
    inPlace.tls = new PutError('certificate-changed', 'master:9000 shows the certificate CC', { fingerprint: 'CC' });
    master.cut();
    const said = client.request('chat.say', { messageId: 'm1', text: 'still there?' });
    await clock.advance(20_000);
    expect([client.state.kind, pinned.at(-1)]).toEqual(['lost', 'AA']);
    delete inPlace.tls;
    client.trust('CC');
    await clock.advance(2_000);
    await said;
    expect([pinned.at(-1), kinds, master.seen.length]).toEqual(['CC', ['lost', 'online'], 1]);
  });

  it('waits too where the master has forgotten the session and it would sign in anew', async () => {
    const { clock, master, client, inPlace, dialled } = await online();
    master.forget();
    master.cut();
    // The first dial learns that the session is unknown; the next one, with the password, meets the portal.
    await clock.advance(0);
    inPlace.tls = new PutError('certificate-changed', 'a portal', {});
    await clock.advance(60_000);
    expect(client.state).toMatchObject({ kind: 'lost', cause: { code: 'stranger-answers' } });
    expect([dialled.length > 2, master.hellos.length]).toEqual([true, 2]);
    delete inPlace.tls;
    await clock.advance(2_000);
    expect(client.state.kind).toBe('online');
  });

  it('takes another way past the stranger, and tells of the stranger where no way works', async () => {
    const { clock, master, client, inPlace, dialled } = await online(['single-port', 'websocket']);
    inPlace.tls = new PutError('certificate-changed', 'a portal', {});
    master.cut();
    await clock.advance(5_000);
    expect([client.state.kind, client.line?.path]).toEqual(['online', 'websocket']);
    expect(dialled).toEqual(['tls', 'websocket']);
    inPlace.websocket = new PutError('dial-timeout', 'filtered', {});
    master.cut();
    await clock.advance(60_000);
    expect(client.state).toMatchObject({ kind: 'lost', cause: { code: 'stranger-answers' } });
  });

  it('asks for small packets after two lines that came up and fell silent, tells why, and forgets it on another network', async () => {
    const { clock, master, client } = await online();
    for (let loss = 0; loss < 2; loss++) {
      expect(client.smallPackets).toBe(false);
      master.cut({ silent: true });
      const lost = client.request('chat.say', { messageId: `m${loss}`, text: 'lost' });
      await clock.advance(30_000);
      await lost;
    }
    expect(client.smallPackets).toBe(true);
    expect(master.hellos.map(({ hello }) => hello.capabilities)).toEqual([[], [], ['small-packets']]);
    client.retryNow();
    expect(client.smallPackets).toBe(false);
    await clock.advance(1_000);
    expect(master.hellos.at(-1)?.hello.capabilities).toEqual([]);
  });

  it('still asks a person at a sign-in', async () => {
    const client = new PutClient({
      target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
      pathOrder: ['single-port', 'websocket'],
      dial: () => Promise.reject(new PutError('certificate-changed', 'another certificate')),
      clock: createFakeClock(),
      random: () => 0.5,
      software: 'test',
      clientSystem: 'laptop',
      onChange: () => {},
    });
    await expect(client.signIn({ user: 'eva', password: 'secret' })).rejects.toMatchObject({
      code: 'certificate-changed',
    });
    expect(client.state.kind).toBe('failed');
  });
});
