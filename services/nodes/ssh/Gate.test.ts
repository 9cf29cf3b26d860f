import { expect, it } from 'vitest';
import { Gate } from './Gate.ts';

it('lets so many through at a time, the others in their order, and forgets one that gave up', async () => {
  const gate = new Gate(2);
  const running: string[] = [];
  const leave = new Map<string, () => void>();
  const never = new AbortController().signal;
  const enter = (name: string, signal = never): Promise<void> =>
    gate.through(signal, () => {
      running.push(name);
      return new Promise((resolve) => leave.set(name, resolve));
    });
  const abort = new AbortController();
  const all = [enter('a'), enter('b')];
  const given = enter('c', abort.signal);
  all.push(enter('d'));
  await new Promise(setImmediate);
  expect(running).toEqual(['a', 'b']);
  abort.abort(new Error('given up'));
  await expect(given).rejects.toThrow('given up');
  leave.get('a')?.();
  await all[0];
  await new Promise(setImmediate);
  expect(running).toEqual(['a', 'b', 'd']);
  leave.get('b')?.();
  leave.get('d')?.();
  await Promise.all(all);
  await expect(gate.through(never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  await expect(gate.through(AbortSignal.abort(new Error('before')), () => Promise.resolve())).rejects.toThrow('before');
});
