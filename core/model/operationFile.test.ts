import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkOperationFile, MOST_FAULTS, readOperationSpec } from './operationFile.ts';
import { INSTALL_UPGRADE_SOFTWARE } from './operations/installUpgradeSoftware.ts';
import type { PutError } from '../protocol/errors.ts';

const GOOD = `id: check-disks
version: 1
title: Check disks
purpose: Looks at the disks.
settings:
  nodesAtOnce: { type: integer, default: 64, least: 1, most: 1024, help: Nodes at a time. }
phases:
  - id: look
    title: Look
    steps:
      - { id: choose, title: Choose, help: Chooses., use: select-nodes }
      - id: read
        title: Read
        help: Reads facts.
        use: facts
        policy: { deadlineMs: 2 min }
`;

const told = (text: string): string[] =>
  checkOperationFile(text).faults.map(
    ({ line, column, place, message }) => `${line}:${column} ${place === '' ? '' : `${place}: `}${message}`,
  );

/** The good operation with a line more or another one in place of `line` (from 1). */
const withLine = (line: number, text: string): string =>
  GOOD.split('\n')
    .map((one, at) => (at === line - 1 ? text : one))
    .join('\n');

describe('an operation in a file', () => {
  it('is read with defaults filled in', () => {
    expect(readOperationSpec(GOOD, 'disks.yaml')).toMatchObject({
      id: 'check-disks',
      phases: [{ steps: [{ id: 'choose' }, { id: 'read', policy: { deadlineMs: 120_000, readOnly: false } }] }],
    });
  });

  it.for<[string, string, string]>([
    ['an unknown kind', withLine(15, '        use: fact'), '15:9 phases[0].steps[1].use: there is no step kind fact;'],
    [
      'two steps of one id',
      withLine(12, '      - id: choose'),
      '12:9 phases[0].steps[1].id: step choose stands there twice; give this one another id',
    ],
    [
      'a condition on an unknown setting',
      withLine(14, '        help: Reads.\n        when: settings.waves'),
      '15:9 phases[0].steps[1].when: there is no setting waves; there are nodesAtOnce',
    ],
    [
      'a deadline of 0',
      withLine(16, '        policy: { deadlineMs: 0 }'),
      '16:19 phases[0].steps[1].policy.deadlineMs: a time above 0 is needed; leave it out where there is no limit',
    ],
    [
      'conditions in a circle',
      withLine(11, '      - { id: choose, title: C, help: C., use: select-nodes, when: answers.read }').replace(
        'use: facts',
        'use: facts\n        when: answers.choose',
      ),
      '11:62 phases[0].steps[0].when: the conditions go round in a circle: choose, then read, then choose',
    ],
    [
      'a step that those who are ignored go back to',
      withLine(16, '        policy: { ignoredGoOn: [choose] }'),
      '16:33 phases[0].steps[1].policy.ignoredGoOn[0]: choose does not come later; name steps after this one',
    ],
    ['a wrong type', withLine(2, 'version: one'), '2:1 version: a number is needed'],
    ['a part that is missing', withLine(14, ''), '12:9 phases[0].steps[1].help: is missing; a text is needed'],
    [
      'an unknown part',
      withLine(9, '    titel: Look'),
      '9:5 phases[0].titel: is not known here; there are id, title, perWave, gate, steps',
    ],
    [
      'a key that stands twice',
      withLine(4, 'purpose: Looks.\ntitle: Again'),
      '5:1 title stands here twice, first in line 3; take one of them out',
    ],
    [
      'a setting of an unknown type',
      withLine(6, '  fast: { type: bool, help: Fast. }'),
      '6:11 settings.fast.type: one of integer, boolean, choice, duration, failures, instant, waves, text is needed',
    ],
    ['an alias of itself', withLine(4, 'purpose: &all { nodes: *all }'), '4:24 *all is a part of itself'],
    ['an alias of nothing', withLine(2, 'version: *one'), '2:10 *one names nothing: its anchor must come before it'],
    ['what is no YAML', withLine(5, 'settings: {'), '7:1 '],
    ['a tag', withLine(2, 'version: !number 1'), '2:10 Unresolved tag: !number'],
    ['an empty file', '', '1:1 names with values are needed'],
  ])('tells of %s by its line', ([, text, fault]) => {
    expect(told(text)).toContainEqual(expect.stringContaining(fault));
  });

  it('tells everything at once, in the order of lines, as compilers do', () => {
    const text = withLine(15, '        use: fact\n        when: settings.waves').replace('version: 1', 'version: one');
    let error: unknown;
    try {
      readOperationSpec(text, 'disks.yaml');
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'operation-invalid', details: { path: 'disks.yaml', line: 2, faults: 3 } });
    expect((error as PutError).message.split('\n').map((line) => line.split(': ', 2).join(': '))).toEqual([
      'disks.yaml:2:1: version',
      'disks.yaml:15:9: phases[0].steps[1].use',
      'disks.yaml:16:9: phases[0].steps[1].when',
    ]);
  });

  it('says how many faults are not told', () => {
    const steps = Array.from({ length: 80 }, (_, i) => `      - { id: s${i}, title: S, help: S., use: x }`).join('\n');
    const reading = checkOperationFile(withLine(11, steps));
    expect(reading).toMatchObject({ more: 80 - MOST_FAULTS });
    expect(reading.faults).toHaveLength(MOST_FAULTS);
  });

  it('refuses an anchor bomb, and what is too deep or too large, before it is written out', () => {
    const bomb = ['a: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 12; i++)
      bomb.push(
        `b${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(told(bomb.join('\n'))).toEqual(['5:25 more than 50000 values, aliases written out']);
    expect(told(`a: ${'['.repeat(100)}${']'.repeat(100)}`)[0]).toContain('nested deeper than 64');
    expect(told('['.repeat(5_000)).join()).toContain('nested too deep');
    const chain = Array.from({ length: 3000 }, (_, i) => `  - { id: s${i}, use: facts, when: answers.s${i + 1} }`);
    expect(told(`rollback:\n${chain.join('\n')}`).length).toBe(MOST_FAULTS);
    expect(told('x'.repeat(300_000))[0]).toContain('larger than 262144 characters');
    expect(told(Array.from({ length: 10_000 }, (_, i) => `${i}:`).join('\n')).length).toBe(MOST_FAULTS);
  });

  it('is read back as it was from what it is written as', () => {
    expect(readOperationSpec(stringify(INSTALL_UPGRADE_SOFTWARE), 'x.yaml')).toEqual(INSTALL_UPGRADE_SOFTWARE);
    expect(readOperationSpec(JSON.stringify(INSTALL_UPGRADE_SOFTWARE), 'x.json')).toEqual(INSTALL_UPGRADE_SOFTWARE);
  });

  it('ends in a spec or in faults whose lines are there, whatever is written', () => {
    const lines = GOOD.split('\n');
    const strange = fc.constantFrom(
      '*a',
      '&a',
      '- ',
      '{',
      ']',
      ': ',
      'null',
      '~',
      '__proto__: 1',
      '<<: *a',
      '? ',
      '0',
      '[',
      '"',
    );
    const change = fc.tuple(fc.nat(lines.length - 1), fc.nat(40), fc.oneof(strange, fc.string({ maxLength: 5 })));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const spoiled = [...lines];
        for (const [line, column, text] of changes) {
          const one = spoiled[line] ?? '';
          spoiled[line] = one.slice(0, column) + text + one.slice(column);
        }
        const text = spoiled.join('\n');
        const reading = checkOperationFile(text);
        if (reading.spec) return;
        expect(reading.faults.length).toBeGreaterThan(0);
        const last = text.split(/\r\n|\r|\n/).length;
        for (const { line, message } of reading.faults) {
          expect(line).toBeLessThanOrEqual(last);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });
});
