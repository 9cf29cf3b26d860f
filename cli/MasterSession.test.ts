import { describe, expect, it } from 'vitest';
import { PutError } from '../core/protocol/errors.ts';
import { createFakeClock } from '../core/testing/fakeClock.ts';
import { FakeMaster } from '../core/testing/fakeMaster.ts';
import { openSession } from './MasterSession.ts';

describe('a session of putctl', () => {
  it('tells when the line is lost, once each cause of an attempt that failed, and when it is back', async () => {
    const clock = createFakeClock();
    const master = new FakeMaster({ clock, answer: () => ({}) });
    const opening = openSession(
      {
        target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
        pathOrder: ['single-port'],
        dial: (target, signal) => master.dial(target, signal),
        clock,
        random: () => 0.5,
        software: 'test',
        clientSystem: 'laptop',
      },
      { user: 'eva', password: 'secret' },
    );
    await clock.advance(100);
    const session = await opening;
    const told: (string | undefined)[] = [];
    session.onLine((line, cause) => told.push(cause ? `${line} ${cause.code}` : line));
    master.dialError = new PutError('certificate-changed', 'a portal');
    master.cut();
    await clock.advance(60_000);
    master.dialError = new PutError('network-unreachable', 'no network');
    await clock.advance(60_000);
    master.dialError = new PutError('certificate-changed', 'a portal');
    await clock.advance(60_000);
    master.dialError = undefined;
    await clock.advance(5_000);
    expect(told).toEqual(['lost line-lost', 'lost stranger-answers', 'lost network-unreachable', 'online']);
  });
});
