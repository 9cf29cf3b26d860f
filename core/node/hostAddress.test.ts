import { afterEach, describe, expect, it, vi } from 'vitest';
import { HostAddresses } from './hostAddress.ts';

afterEach(() => vi.useRealTimers());

describe('addresses of hosts', () => {
  it('are asked for once while a question hangs, however many dial', async () => {
    const answers: ((answer: { address: string }) => void)[] = [];
    const look = vi.fn(() => new Promise<{ address: string }>((resolve) => answers.push(resolve)));
    const addresses = new HostAddresses(look);
    const asked = Promise.all([addresses.of('master'), addresses.of('master'), addresses.of('master')]);
    expect(look).toHaveBeenCalledTimes(1);
    answers[0]?.({ address: '10.0.0.1' });
    await expect(asked).resolves.toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.1']);
    void addresses.of('master');
    expect(look).toHaveBeenCalledTimes(2);
  });

  it('are remembered for a resolver that fails or hangs, and forgotten when it says another', async () => {
    vi.useFakeTimers();
    let answer = (): Promise<{ address: string }> => Promise.resolve({ address: '10.0.0.1' });
    const addresses = new HostAddresses(() => answer());
    await expect(addresses.of('master')).resolves.toBe('10.0.0.1');
    answer = () => Promise.reject(new Error('EAI_AGAIN'));
    await expect(addresses.of('master')).resolves.toBe('10.0.0.1');
    let late: (answer: { address: string }) => void = () => {};
    answer = () => new Promise((resolve) => (late = resolve));
    const waiting = addresses.of('master');
    await vi.advanceTimersByTimeAsync(500);
    await expect(waiting).resolves.toBe('10.0.0.1');
    late({ address: '10.0.0.2' });
    await vi.advanceTimersByTimeAsync(0);
    answer = () => new Promise(() => {});
    const again = addresses.of('master');
    await vi.advanceTimersByTimeAsync(500);
    await expect(again).resolves.toBe('10.0.0.2');
  });

  it('fail as the resolver does where nothing is remembered', async () => {
    const addresses = new HostAddresses(() => Promise.reject(new Error('ENOTFOUND')));
    await expect(addresses.of('nowhere')).rejects.toThrow('ENOTFOUND');
  });
});
