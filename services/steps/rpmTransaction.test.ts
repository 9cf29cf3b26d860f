import { describe, expect, it } from 'vitest';
import type { PlannedPackage } from '../../core/model/job.ts';
import { driftOf, transactionsOf } from './rpmTransaction.ts';

function build(name: string, version: string, more: Partial<PlannedPackage> = {}): PlannedPackage {
  const fileName = `${name}-${version}.rpm`;
  return {
    name,
    epoch: 0,
    version,
    release: '1',
    arch: 'noarch',
    fileName,
    sha256: '',
    fileBytes: 1,
    mandatory: false,
    ...more,
  };
}

const kernel = build('kernel', '6', { beside: true });
const tools = build('tools', '2');

describe('transactionsOf', () => {
  const work = { spoolArea: '/s', packages: [], changes: [] };
  const wordsOf = (todo: PlannedPackage[], test: boolean, repairs = false): string[] =>
    transactionsOf(work, { todo, repairs }, test).map(({ command }) => command.argv.join(' '));

  it('upgrades all in one, and puts kernels beside the others afterwards', () => {
    expect(wordsOf([kernel, tools], false)).toEqual([
      'rpm -Uv --percent /s/tools-2.rpm',
      'rpm -iv --percent /s/kernel-6.rpm',
    ]);
  });

  it('tests the very same, kernels with what is not there yet', () => {
    expect(wordsOf([tools], true, true)).toEqual(['rpm -Uv --percent --replacepkgs --test /s/tools-2.rpm']);
    expect(wordsOf([kernel], true)).toEqual(['rpm -iv --percent --test /s/kernel-6.rpm']);
    expect(wordsOf([kernel, tools], true)[1]).toBe(
      'rpm -iv --percent --replacefiles --test /s/tools-2.rpm /s/kernel-6.rpm',
    );
  });
});

describe('driftOf', () => {
  const one = build('tools', '1');
  const other = build('tools', '1.5');

  it('tells another version, one that is gone, and one that came', () => {
    expect(driftOf([tools], [one], [other])?.message).toBe('tools was 1-1 when it was planned, and is 1.5-1 now');
    expect(driftOf([tools], [one], [])?.message).toContain('is not there now');
    expect(driftOf([tools], [], [other])?.message).toContain('was not there');
  });

  it('finds none where nothing changed, where it is as planned already, and where a cut left both', () => {
    expect(driftOf([tools], [one], [one])).toBeUndefined();
    expect(driftOf([tools], [one], [tools])).toBeUndefined();
    expect(driftOf([tools], [one], [one, tools])).toBeUndefined();
    expect(driftOf([kernel], [], [build('kernel', '5')])).toBeUndefined();
  });
});
