import { describe, expect, it } from 'vitest';
import { makeValueCopier } from './valueCopy.ts';

const copier = makeValueCopier();
const copy = (value: unknown): unknown => copier.read(copier.write(value));

describe('copies between worlds', () => {
  it.each([
    ['plain', { a: [1, 'x', null, true, { b: undefined }] }],
    ['odd numbers', [Number.NaN, Number.POSITIVE_INFINITY, -0, 12n]],
    ['date', new Date(5)],
    ['map and set', new Map<unknown, unknown>([['k', new Set([1, { deep: 1 }])]])],
    ['bytes', new Uint8Array([0, 127, 255])],
    ['objects that look packed', { t: 'date', v: 5 }],
  ])('%s', (_name, value) => expect(copy(value)).toEqual(value));

  it('keeps the name and message of an error', () => {
    const error = copy(new RangeError('too far')) as Error;
    expect([error instanceof Error, error.name, error.message]).toEqual([true, 'RangeError', 'too far']);
  });

  it('refuses what Electron refuses', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const value of [() => 1, Symbol('s'), Promise.resolve(), circle]) expect(() => copy(value)).toThrow();
  });

  it('hands functions over by number', () => {
    const kept: object[] = [];
    const text = copier.write({ call: () => 1 }, { keep: (f) => kept.push(f) - 1, stand: () => undefined });
    const read = copier.read(text, { keep: () => 0, stand: (number) => kept[number] }) as { call: () => number };
    expect(read.call()).toBe(1);
  });
});
