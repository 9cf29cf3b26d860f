import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';

let host: FakeHost;
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
beforeEach(() => {
  host = new FakeHost();
});
afterEach(() => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
});

describe('version', () => {
  it('shows both ends, and says whether they differ', async () => {
    host.master.software = 'putservices/9.9.9';
    expect(await host.run('version', ...LAB)).toBe(EXIT.done);
    expect(host.out).toMatch(
      /putctl +0\.0\.0-test, protocol 2\nputservices +9\.9\.9, protocol 2, at lab\nThey differ\./,
    );
    host.master.software = 'putservices/0.0.0-test';
    expect((await host.runJson('version')).document).toEqual({
      client: { version: '0.0.0-test', protocols: [2] },
      server: { name: 'putservices', version: '0.0.0-test', protocol: 2, systemName: 'lab' },
      differs: false,
    });
  });

  it('shows its own where no system is known, and with an error where one does not answer', async () => {
    expect(await host.run('version')).toBe(EXIT.done);
    expect(host.out).toMatch(/putctl +0\.0\.0-test[^]*No system was asked: no target system/);
    expect(await host.run('version', '--client', ...LAB)).toBe(EXIT.done);
    expect(host.signIns).toEqual([]);
    host.signIn = () => Promise.reject(new PutError('dial-failed', 'lab:9000: refused'));
    const { code, document } = await host.runJson('version');
    expect([code, document]).toMatchObject([
      EXIT.failed,
      { client: { version: '0.0.0-test' }, error: { code: 'dial-failed' } },
    ]);
  });
});
