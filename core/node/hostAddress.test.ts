import { afterEach, describe, expect, it, vi } from 'vitest';
import { HostAddresses, inTurnsOfFamilies, type LookUp } from './hostAddress.ts';

type Answer = Awaited<ReturnType<LookUp>>;
const answerOf = (...addresses: string[]): Answer => addresses.map((address) => ({ address }));

afterEach(() => vi.useRealTimers());

describe('addresses of hosts', () => {
  it('are asked for once while a question hangs, however many dial', async () => {
    const answers: ((answer: Answer) => void)[] = [];
    const look = vi.fn<LookUp>(() => new Promise((resolve) => answers.push(resolve)));
    const addresses = new HostAddresses(look);
    const asked = Promise.all([addresses.of('master'), addresses.of('master'), addresses.of('master')]);
    expect(look).toHaveBeenCalledTimes(1);
    answers[0]?.(answerOf('10.0.0.1'));
    await expect(asked).resolves.toEqual([['10.0.0.1'], ['10.0.0.1'], ['10.0.0.1']]);
    void addresses.of('master');
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('are remembered for a resolver that fails or hangs, and forgotten when it says another', async () => {
    vi.useFakeTimers();
    let answer: () => Promise<Answer> = () => Promise.resolve(answerOf('10.0.0.1'));
    const addresses = new HostAddresses(() => answer());
    await expect(addresses.of('master')).resolves.toEqual(['10.0.0.1']);
    answer = () => Promise.reject(new Error('EAI_AGAIN'));
    await expect(addresses.of('master')).resolves.toEqual(['10.0.0.1']);
    let late: (answer: Answer) => void = () => {};
    answer = () => new Promise((resolve) => (late = resolve));
    const waiting = addresses.of('master');
    await vi.advanceTimersByTimeAsync(500);
    await expect(waiting).resolves.toEqual(['10.0.0.1']);
    late(answerOf('10.0.0.2'));
    await vi.advanceTimersByTimeAsync(0);
    answer = () => new Promise(() => {});
    const again = addresses.of('master');
    await vi.advanceTimersByTimeAsync(500);
    await expect(again).resolves.toEqual(['10.0.0.2']);
  });

  it('fail as the resolver does where nothing is remembered, and where a name has none', async () => {
    const addresses = new HostAddresses(() => Promise.reject(new Error('ENOTFOUND')));
    await expect(addresses.of('nowhere')).rejects.toThrow('ENOTFOUND');
    await expect(new HostAddresses(() => Promise.resolve([])).of('empty')).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('stand in turns of their families, in the order of the system otherwise, each once', async () => {
    expect(inTurnsOfFamilies(['fd00::1', 'fd00::2', 'fd00::3', '10.0.0.1'])).toEqual([
      'fd00::1',
      '10.0.0.1',
      'fd00::2',
      'fd00::3',
    ]);
    expect(inTurnsOfFamilies(['10.0.0.1', 'fd00::1', 'fd00::2'])).toEqual(['10.0.0.1', 'fd00::1', 'fd00::2']);
    expect(inTurnsOfFamilies([])).toEqual([]);
    const twice = new HostAddresses(() => Promise.resolve(answerOf('10.0.0.1', '10.0.0.1')));
    await expect(twice.of('master')).resolves.toEqual(['10.0.0.1']);
  });

  it('begin with the one that worked last, as long as the name has it', async () => {
    let answer = answerOf('fd00::1', '10.0.0.1');
    const look = vi.fn<LookUp>(() => Promise.resolve(answer));
    const addresses = new HostAddresses(look);
    addresses.worked('master', '10.0.0.1');
    await expect(addresses.of('master')).resolves.toEqual(['10.0.0.1', 'fd00::1']);
    answer = answerOf('fd00::1', '10.0.0.2');
    await expect(addresses.of('master')).resolves.toEqual(['fd00::1', '10.0.0.2']);
    await expect(addresses.of('10.0.0.9')).resolves.toEqual(['10.0.0.9']);
    expect(look).toHaveBeenCalledTimes(2);
  });
});
