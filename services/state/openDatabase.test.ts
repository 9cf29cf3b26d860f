import { afterEach, expect, it, vi } from 'vitest';
import { builtInSqlite } from './openDatabase.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

it('says in words that this Node is too old, and which one is needed', () => {
  expect(builtInSqlite().DatabaseSync).toBeTypeOf('function');
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined);
  expect(() => builtInSqlite()).toThrow(
    expect.objectContaining({
      code: 'node-too-old',
      message: expect.stringMatching(/needs Node\.js 24 or newer; .* is v\d+/) as string,
    }),
  );
});
