import { describe, expect, it } from 'vitest';
import type { WayQuestion } from '../model/ways.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { SecretDesk } from './SecretDesk.ts';
import type { SecretAsked } from './state.ts';

const PASSPHRASE: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: '/k' };
const PASSWORD: WayQuestion = { kind: 'ssh-password', user: 'eva', host: 'gate' };
const PROXY: WayQuestion = { kind: 'proxy-password', user: 'eva', host: 'proxy', port: 3128 };

function setUp(options: { kept?: string; available?: boolean } = {}) {
  const clock = createFakeClock();
  const keyring = new Map<string, string>(options.kept === undefined ? [] : [['ways:s1', options.kept]]);
  let shown: readonly SecretAsked[] = [];
  const hostKeys: string[] = [];
  const desk = new SecretDesk({
    systemId: 's1',
    clock,
    random: Math.random,
    store: {
      available: options.available ?? true,
      get: (key) => Promise.resolve(keyring.get(key)),
      set: (key, value) => Promise.resolve(void keyring.set(key, value)),
      delete: (key) => Promise.resolve(void keyring.delete(key)),
    },
    show: (asked) => (shown = Object.values(asked)),
    onHostKey: ({ fingerprint }) => void hostKeys.push(fingerprint),
  });
  const first = (): SecretAsked => {
    const asked = shown[0];
    if (!asked) throw new Error('nothing is asked');
    return asked;
  };
  return { clock, keyring, desk, hostKeys, first, shown: () => shown };
}
const here = new AbortController().signal;

describe('SecretDesk', () => {
  it('asks once for what several ways need, and nobody again after a right answer', async () => {
    const { desk, first, shown } = setUp();
    const answers = Promise.all([desk.ask(PASSPHRASE, false, here), desk.ask(PASSPHRASE, false, here)]);
    expect(shown()).toHaveLength(1);
    expect(first()).toMatchObject({ question: PASSPHRASE, wrong: false });
    desk.answer(first().questionId, 'let me in', false);
    expect(await answers).toEqual(['let me in', 'let me in']);
    desk.told(PASSPHRASE, true);
    expect(shown()).toEqual([]);
    expect(desk.known(PASSPHRASE)).toBe('let me in');
    expect(await desk.ask(PASSPHRASE, false, here)).toBe('let me in');
  });

  it('shows no answer: what is asked holds the question alone', async () => {
    const { desk, first, shown } = setUp();
    const wrong = desk.ask(PASSWORD, false, here);
    desk.answer(first().questionId, 'hunter2', true);
    await wrong;
    desk.told(PASSWORD, false);
    void desk.ask(PASSWORD, true, here);
    expect(JSON.stringify(shown())).not.toContain('hunter2');
    expect(first().wrong).toBe(true);
  });

  it('asks again after a wrong answer, and no more after two until the person acts', async () => {
    const { desk, first, shown } = setUp();
    for (const [i, secret] of ['a', 'b'].entries()) {
      const answer = desk.ask(PASSWORD, i > 0, here);
      desk.answer(first().questionId, secret, false);
      expect(await answer).toBe(secret);
      desk.told(PASSWORD, false);
    }
    expect(await desk.ask(PASSWORD, true, here)).toBeUndefined();
    expect(await desk.ask(PASSWORD, false, here)).toBeUndefined();
    expect(shown()).toEqual([]);
    desk.personActs();
    void desk.ask(PASSWORD, false, here);
    expect(shown()).toHaveLength(1);
  });

  it('a refused question ends its way and no other, until the person acts', async () => {
    const { desk, first } = setUp();
    const refused = desk.ask(PASSPHRASE, false, here);
    desk.refuse(first().questionId);
    expect(await refused).toBeUndefined();
    expect(await desk.ask(PASSWORD, false, here)).toBeUndefined();
    const proxy = desk.ask(PROXY, false, here);
    desk.answer(first().questionId, 'p', false);
    expect(await proxy).toBe('p');
    desk.personActs();
    void desk.ask(PASSWORD, false, here);
    expect(first().question).toEqual(PASSWORD);
  });

  it('withdraws a question at its deadline, when its way is given up, and at the end', async () => {
    const { desk, clock, shown, first } = setUp();
    const late = desk.ask(PASSWORD, false, here);
    const { questionId, untilMs } = first();
    await clock.advance(untilMs - clock.nowMs());
    expect(await late).toBeUndefined();
    expect(() => desk.answer(questionId, 'x', false)).toThrow(
      expect.objectContaining({ code: 'input-invalid' }) as Error,
    );
    const way = new AbortController();
    const given = desk.ask(PROXY, false, way.signal);
    way.abort();
    expect(await given).toBeUndefined();
    await clock.advance(1_000);
    expect(shown()).toEqual([]);
    const open = desk.ask(PROXY, false, here);
    desk.withdraw();
    expect(await open).toBeUndefined();
  });

  it('goes on with the same question when its way is begun anew at once', async () => {
    const { desk, clock, first } = setUp();
    const way = new AbortController();
    const given = desk.ask(PROXY, false, way.signal);
    const { questionId } = first();
    way.abort();
    expect(await given).toBeUndefined();
    const again = desk.ask(PROXY, false, here);
    await clock.advance(2_000);
    expect(first().questionId).toBe(questionId);
    desk.answer(questionId, 'p', false);
    expect(await again).toBe('p');
  });

  it('keeps in the keyring what the person wants, once it was right, and takes out what is wrong', async () => {
    const { desk, first, keyring } = setUp();
    const asked = desk.ask(PASSWORD, false, here);
    desk.answer(first().questionId, 'right', true);
    await asked;
    expect([...keyring.keys()]).toEqual([]);
    desk.told(PASSWORD, true);
    expect(JSON.parse(keyring.get('ways:s1') ?? '{}')).toEqual({ 'ssh-password eva@gate': 'right' });
    const next = setUp({ kept: keyring.get('ways:s1') ?? '' });
    await next.desk.load();
    expect(next.desk.known(PASSWORD)).toBe('right');
    next.desk.told(PASSWORD, false);
    expect(next.desk.known(PASSWORD)).toBeUndefined();
    expect(JSON.parse(next.keyring.get('ways:s1') ?? '')).toEqual({});
    await desk.forgetKept();
    expect(keyring.size).toBe(0);
    expect(desk.known(PASSWORD)).toBeUndefined();
  });

  it('keeps nothing where there is no keyring, and survives a damaged entry', async () => {
    const none = setUp({ available: false });
    const asked = none.desk.ask(PASSWORD, false, here);
    none.desk.answer(none.first().questionId, 'x', true);
    await asked;
    none.desk.told(PASSWORD, true);
    expect(none.keyring.size).toBe(0);
    const damaged = setUp({ kept: '[1' });
    await damaged.desk.load();
    expect(damaged.desk.known(PASSWORD)).toBeUndefined();
  });

  it('tells an accepted host key', async () => {
    const { desk, first, hostKeys } = setUp();
    const question: WayQuestion = { kind: 'ssh-host-key', host: 'gate', port: 22, fingerprint: 'SHA256:x', jump: true };
    const asked = desk.ask(question, false, here);
    desk.answer(first().questionId, '', false);
    expect(await asked).toBe('');
    desk.told(question, true);
    expect(hostKeys).toEqual(['SHA256:x']);
  });

  it('asks for a code anew each time, keeps none, and gives it to one connection', async () => {
    const { desk, first, keyring, shown } = setUp();
    const code: WayQuestion = {
      kind: 'ssh-prompt',
      user: 'eva',
      host: 'gate',
      instructions: '',
      prompt: 'Code:',
      echo: false,
    };
    const both = Promise.all([desk.ask(code, false, here), desk.ask(code, false, here)]);
    desk.answer(first().questionId, '123456', true);
    expect(await both).toEqual([undefined, '123456']);
    desk.told(code, true);
    expect([desk.known(code), keyring.size]).toEqual([undefined, 0]);
    void desk.ask(code, false, here);
    expect(shown()).toHaveLength(1);
    desk.answer(first().questionId, '1', false);
    desk.told(code, false);
    void desk.ask(code, true, here);
    desk.answer(first().questionId, '2', false);
    desk.told(code, false);
    expect(await desk.ask(code, true, here)).toBeUndefined();
  });
});
