import { expect, it } from 'vitest';
import { benchmark } from './resume.ts';

it(
  'loses and doubles nothing over cuts at random bytes, outages and another process',
  { timeout: 30_000 },
  async () => {
    const result = await benchmark.run({ options: { cuts: '20', 'socket-cuts': '0', repeats: '2' }, say: () => {} });
    expect(result).toMatchObject({ cuts: 20, lost: 0, doubled: 0 });
  },
);
