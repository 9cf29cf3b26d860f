import { describe, expect, it } from 'vitest';
import {
  isWaveFault,
  parseWaveSplit,
  previewOfWaves,
  shareText,
  splitText,
  wavesOf,
  waveText,
  type Wave,
  type WaveSplit,
} from './waves.ts';

const NODES = Array.from({ length: 12 }, (_, i) => ({
  nodeId: `n${i + 1}`,
  type: i < 9 ? ('TPA' as const) : ('NONTPA' as const),
  system: i < 6 ? 1 : 10,
  ...(i < 3 ? { clique: 1 } : i < 6 ? { clique: 2 } : {}),
}));

function divided(split: Partial<WaveSplit>): readonly Wave[] {
  const waves = wavesOf(NODES, { by: 'all', stopBefore: [], ...split });
  if (isWaveFault(waves)) throw new Error(waves.message);
  return waves;
}
const sizes = (split: Partial<WaveSplit>): string[] =>
  divided(split).map(({ title, nodeIds }) => `${title} ${nodeIds.length}`);

describe('waves', () => {
  it('are one unless somebody says otherwise', () => {
    expect(sizes({})).toEqual(['all nodes 12']);
  });

  it('begin with a canary, so many nodes or named ones, then go by groups', () => {
    expect(sizes({ canary: 2, by: { nodes: 4 } })).toEqual(['canary 2', '4 nodes 4', '4 nodes 4', '2 nodes 2']);
    expect(divided({ canary: ['n7', 'n3'] })[0]).toEqual({ title: 'canary', nodeIds: ['n3', 'n7'] });
    expect(sizes({ by: 'system' })).toEqual(['system 1 6', 'system 10 6']);
    expect(sizes({ by: 'type' })).toEqual(['TPA 9', 'Non-TPA 3']);
    expect(sizes({ by: 'clique' })).toEqual(['system 1, clique 1 3', 'system 1, clique 2 3', 'system 10, no clique 6']);
  });

  it('have every node once, whatever the division', () => {
    for (const by of ['all', 'system', 'type', 'clique', { nodes: 5 }, { percent: 17 }] as const) {
      for (const canary of [undefined, 1, 12, 50, ['n12', 'n1']]) {
        const ids = divided({ by, canary }).flatMap(({ nodeIds }) => nodeIds);
        expect(ids.sort()).toEqual(NODES.map(({ nodeId }) => nodeId).sort());
      }
    }
  });

  it('tell shares in nodes, at least one', () => {
    expect(shareText(5, 30)).toBe('5 % of 30 nodes: at most 1 at a time');
    expect(shareText(1, 30)).toBe('1 % of 30 nodes: at most 1 at a time');
    expect(sizes({ by: { percent: 25 } })).toHaveLength(4);
  });

  it('are refused where they cannot be', () => {
    expect(wavesOf(NODES, { canary: ['n1', 'x'], by: 'all', stopBefore: [] })).toEqual({
      ...{ place: 'canary', message: 'x is not a selected node' },
    });
    expect(wavesOf(NODES, { by: 'system', stopBefore: [3] })).toMatchObject({ place: 'stopBefore' });
    const many = Array.from({ length: 501 }, (_, i) => ({ nodeId: `n${i}`, type: 'TPA' as const, system: 1 }));
    expect(wavesOf(many, { by: { nodes: 1 }, stopBefore: [] })).toMatchObject({ place: 'by' });
  });

  it('have the master last where they are divided, and never as a canary that nobody named', () => {
    const nodes = [{ ...NODES[0], nodeId: 'm', isMaster: true } as const, ...NODES.slice(1, 4)] as typeof NODES;
    const titles = (split: Partial<WaveSplit>): string[] => {
      const waves = wavesOf(nodes, { by: 'all', stopBefore: [], ...split });
      return isWaveFault(waves) ? [waves.message] : waves.map(({ title, nodeIds }) => `${title}: ${nodeIds.join(' ')}`);
    };
    expect(titles({})).toEqual(['all nodes: m n2 n3 n4']);
    expect(titles({ canary: 1 })).toEqual(['canary: n2', 'all nodes: n3 n4', 'the master: m']);
    expect(titles({ by: { nodes: 2 } })).toEqual(['2 nodes: n2 n3', '1 node: n4', 'the master: m']);
    expect(titles({ canary: ['m'] })).toEqual(['canary: m', 'all nodes: n2 n3 n4']);
  });

  it('are shown by count and first names', () => {
    const [first] = previewOfWaves(divided({ canary: 2, by: { nodes: 8 }, stopBefore: [2] }));
    expect(first && waveText(first, 1, [2])).toBe('wave 1, canary: 2 nodes (n1, n2)');
    const second = previewOfWaves(divided({ canary: 2, by: { nodes: 8 } }))[1];
    expect(second && waveText(second, 2, [2])).toBe(
      'wave 2: 8 nodes (n3, n4, n5, n6, n7 and 3 more); it waits for a person before',
    );
  });

  it('are read as people write them, and said again in one line', () => {
    const read = (value: unknown): string | undefined => {
      const split = parseWaveSplit(value);
      return split && splitText(split);
    };
    expect(read('system')).toBe('by system');
    expect(read('25 %')).toBe('25 % at a time');
    expect(read(10)).toBe('10 at a time');
    expect(read({ canary: 2, by: '10', stopBefore: 2 })).toBe('canary 2, then 10 at a time, stop before 2');
    expect(read({ canary: ['a', 'b'] })).toBe('canary a b, then all at once');
    for (const wrong of [
      'rack',
      '0',
      '0 %',
      '101 %',
      { by: 'rack' },
      { canary: 0 },
      { stopBefore: 1 },
      { x: 1 },
      null,
    ]) {
      expect(read(wrong), JSON.stringify(wrong)).toBeUndefined();
    }
  });
});
