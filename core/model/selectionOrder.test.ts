import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderByRequirements, type OrderNode } from './selectionOrder.ts';

const node = (key: string, before: readonly string[] = [], strongBefore: readonly string[] = []): OrderNode => ({
  key,
  before,
  strongBefore,
});

/** Whether `to` is reached from `from` by requirements. */
function reaches(nodes: readonly OrderNode[], from: string, to: string): boolean {
  const edges = new Map(nodes.map((one) => [one.key, one.before]));
  const seen = new Set<string>();
  const open = [from];
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    for (const other of edges.get(key) ?? []) {
      if (other === to) return true;
      if (!seen.has(other)) open.push(other);
      seen.add(other);
    }
  }
  return false;
}

describe('orderByRequirements', () => {
  it('puts what is required first, otherwise by name', () => {
    expect(orderByRequirements([node('c'), node('b', ['d']), node('a', ['b']), node('d')])).toEqual([
      'd',
      'b',
      'a',
      'c',
    ]);
    expect(orderByRequirements([])).toEqual([]);
  });

  it('puts a circle in the order of its scriptlets, then by name, and not before what it requires', () => {
    const circle = [node('a', ['b', 'z'], ['b']), node('b', ['a']), node('z')];
    expect(orderByRequirements(circle)).toEqual(['z', 'b', 'a']);
    expect(orderByRequirements([node('b', ['a']), node('a', ['b'])])).toEqual(['a', 'b']);
    expect(orderByRequirements([node('a', ['a'])])).toEqual(['a']);
  });

  it('holds for any requirements: each key once, required ones first unless they require each other', () => {
    const keys = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const graph = fc
      .array(fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...keys), fc.boolean()), { maxLength: 14 })
      .map((edges) =>
        keys.map((key) =>
          node(
            key,
            edges.filter(([from]) => from === key).map(([, to]) => to),
            edges.filter(([from, , strong]) => from === key && strong).map(([, to]) => to),
          ),
        ),
      );
    fc.assert(
      fc.property(graph, fc.nat(), (nodes, turn) => {
        const order = orderByRequirements(nodes);
        expect([...order].sort()).toEqual(keys);
        for (const one of nodes) {
          for (const other of one.before) {
            const early = order.indexOf(other) < order.indexOf(one.key);
            expect(early || reaches(nodes, other, one.key)).toBe(true);
          }
        }
        const turned = [...nodes.slice(turn % 7), ...nodes.slice(0, turn % 7)];
        expect(orderByRequirements(turned)).toEqual(order);
      }),
      { seed: 3, numRuns: 400 },
    );
  });

  it('stands a chain of 20,000', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => node(`p${i}`, i === 0 ? [] : [`p${i - 1}`]));
    expect(orderByRequirements([...chain].reverse())[0]).toBe('p0');
    expect(orderByRequirements(chain).at(-1)).toBe('p19999');
  });
});
