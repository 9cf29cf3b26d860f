import { expect, it } from 'vitest';
import { readBenchCommand } from './commandLine.ts';

it('takes values behind a space or an equals sign, and flags anywhere', () => {
  const expected = { name: 'ports', json: true, help: false, options: { rounds: '1000' } };
  expect(readBenchCommand(['ports', '--rounds', '1000', '--json'])).toEqual(expected);
  expect(readBenchCommand(['--json', 'ports', '--rounds=1000'])).toEqual(expected);
  expect(readBenchCommand(['ports', '--fast', '--json']).options).toEqual({ fast: true });
  expect(readBenchCommand(['--json', 'ports']).name).toBe('ports');
  expect(() => readBenchCommand(['ports', 'connect'])).toThrow(/One benchmark/);
});
