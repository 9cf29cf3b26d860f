import { describe, expect, it } from 'vitest';
import { CELL_STATES } from '../../core/model/job.ts';
import { countsText } from '../../core/model/cellCounts.ts';
import { agoText, colouredMark, countCells, formatBytes, formatDuration, lastingText, mark, plural } from './words.ts';

describe('words', () => {
  it('gives every state of a cell a shape of its own, also without Unicode', () => {
    for (const unicode of [true, false]) {
      const shapes = CELL_STATES.map((state) => mark(state, { colour: false, unicode }, ''));
      expect(new Set(shapes).size).toBe(CELL_STATES.length);
    }
  });

  it('colours nothing where colour is off', () => {
    expect(colouredMark('failed', { colour: false, unicode: false })).toBe('F failed');
    expect(colouredMark('failed', { colour: true, unicode: false })).toBe('\u001b[31mF failed\u001b[0m');
  });

  it('says that an age is not known where the clock of the master was set back, and takes two clocks that differ a little for now', () => {
    const nowMs = 1_000_000_000;
    expect([agoText(nowMs - 7_000, nowMs), lastingText(nowMs - 140_000, nowMs)]).toEqual(['7s ago', 'for 2m 20s']);
    expect([agoText(nowMs + 900, nowMs), lastingText(nowMs + 900, nowMs)]).toEqual(['0s ago', 'for 0s']);
    const hourMs = 3_600_000;
    expect([agoText(nowMs + hourMs, nowMs), lastingText(nowMs + hourMs, nowMs)]).toEqual([
      'unknown: the clock was set back',
      'for an unknown time: the clock was set back',
    ]);
  });

  it('counts cells so that the sum is their number', () => {
    const counts = countCells([{ state: 'ok' }, { state: 'ok' }, { state: 'failed' }]);
    expect(Object.values(counts).reduce((sum, one) => sum + one, 0)).toBe(3);
    expect(countsText(counts)).toBe('2 done, 1 failed');
    expect(countsText(countCells([]))).toBe('none');
  });

  it('writes sizes and times for people', () => {
    expect([0, 1023, 1024, 1536, 150 * 1024, 3 * 1024 ** 3].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '150 KiB',
      '3.0 GiB',
    ]);
    expect([-5, 999, 61_000, 7_320_000, 90_000_000].map(formatDuration)).toEqual([
      '0s',
      '0s',
      '1m 01s',
      '2h 02m',
      '1d 01h',
    ]);
    expect([plural(1, 'node'), plural(2, 'node')]).toEqual(['1 node', '2 nodes']);
  });
});
