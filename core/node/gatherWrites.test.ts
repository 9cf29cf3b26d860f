import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { expect, it } from 'vitest';
import { gatherWrites } from './gatherWrites.ts';

function recorder(): { readonly stream: Duplex; readonly calls: string[] } {
  const calls: string[] = [];
  const stream = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => (calls.push(chunk.toString()), done()),
    writev: (chunks, done) => (calls.push(chunks.map(({ chunk }) => String(chunk)).join('')), done()),
  });
  gatherWrites(stream);
  return { stream, calls };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('brings out what one turn wrote together, and nothing later than its end', async () => {
  const { stream, calls } = recorder();
  for (const piece of ['a', 'b', 'c']) stream.write(piece);
  expect(calls).toEqual([]);
  await turn();
  expect(calls).toEqual(['abc']);
  stream.write('d');
  await turn();
  expect(calls).toEqual(['abc', 'd']);
});

it('loses nothing to an end in the same turn', async () => {
  const { stream, calls } = recorder();
  stream.write('a');
  stream.end('b');
  await once(stream, 'finish');
  expect(calls.join('')).toBe('ab');
});
