import { describe, expect, it } from 'vitest';
import type { BridgePush } from '../../core/workbench/bridge.ts';
import { followState } from './followState.ts';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('following the state', () => {
  it('applies patches in order and asks anew after a gap', async () => {
    let number = 1;
    let asked = 0;
    const listeners = new Set<(push: BridgePush) => void>();
    const seen: unknown[] = [];
    const stop = followState(
      {
        invoke: async () => {
          asked += 1;
          return { ok: true, value: { number, state: { value: `snapshot ${number}` } } };
        },
        subscribe: (listener) => {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      (_before, after) => seen.push((after as unknown as { value: string }).value),
    );
    const push = (base: number, to: number): void => {
      for (const listener of listeners) listener({ base, number: to, patch: { s: { value: `patched ${to}` } } });
    };
    await settled();
    push(1, 2);
    push(2, 3);
    number = 9;
    push(7, 8);
    await settled();
    push(9, 10);
    expect(seen).toEqual(['patched 2', 'patched 3', 'snapshot 9', 'patched 10']);
    expect(asked).toBe(2);
    stop();
    expect(listeners.size).toBe(0);
  });
});
