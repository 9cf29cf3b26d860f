import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, isConditionFault, parseCondition, pathsOf, type Condition, type ConditionValue } from './condition.ts';

function read(source: string): Condition {
  const answer = parseCondition(source);
  if (isConditionFault(answer)) throw new Error(`${answer.message} at ${answer.at}`);
  return answer;
}

function judge(source: string, values: Readonly<Record<string, ConditionValue>> = {}): boolean | undefined {
  return holds(read(source), (path) => values[path.join('.')]);
}

describe('a condition', () => {
  it('asks for settings, answers, facts and the node', () => {
    expect(judge('settings.waves', { 'settings.waves': true })).toBe(true);
    expect(judge('answers.configuration-mode == custom', { 'answers.configuration-mode': 'custom' })).toBe(true);
    expect(judge("answers.configuration-mode != 'custom'", { 'answers.configuration-mode': 'custom' })).toBe(false);
    expect(judge('facts.memory-mib >= 2048', { 'facts.memory-mib': 1024 })).toBe(false);
    expect(judge('node.type in (TPA, HSN)', { 'node.type': 'HSN' })).toBe(true);
    expect(pathsOf(read('not node.needsReboot and (settings.a or facts.b < 3)'))).toEqual([
      ['node', 'needsReboot'],
      ['settings', 'a'],
      ['facts', 'b'],
    ]);
  });

  it('binds not before and before or', () => {
    expect(judge('true or false and false')).toBe(true);
    expect(judge('(true or false) and false')).toBe(false);
    expect(judge('not false and true')).toBe(true);
    expect(judge('not (false or true)')).toBe(false);
  });

  it('is unknown where it hangs on what is not known, and only there', () => {
    expect(judge('node.needsReboot')).toBeUndefined();
    expect(judge('not node.needsReboot')).toBeUndefined();
    expect(judge('node.needsReboot and false')).toBe(false);
    expect(judge('node.needsReboot or true')).toBe(true);
    expect(judge('node.needsReboot == true')).toBeUndefined();
    expect(judge('node.type in (TPA, HSN)')).toBeUndefined();
    expect(judge('facts.os < 3', { 'facts.os': 'SLES' })).toBeUndefined();
  });

  it('names what is wrong and where', () => {
    expect(parseCondition('settings.a = 3')).toEqual({ message: '"= 3" is not understood', at: 11 });
    expect(parseCondition('setting.a')).toEqual({
      message: 'setting.a begins with none of settings, answers, facts, node',
      at: 0,
    });
    expect(parseCondition('settings.a and')).toEqual({ message: 'something is missing at the end', at: 14 });
    expect(parseCondition('settings.a settings.b')).toEqual({ message: '"settings.b" is too much here', at: 11 });
    expect(parseCondition('(settings.a')).toEqual({ message: ') is missing', at: 11 });
    expect(parseCondition('')).toEqual({ message: 'something is missing at the end', at: 0 });
    expect(parseCondition(`${'('.repeat(40)}true${')'.repeat(40)}`)).toMatchObject({
      message: 'nested deeper than 32',
    });
    expect(parseCondition('a'.repeat(1001))).toMatchObject({ message: 'a condition has at most 1000 characters' });
  });

  it('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      'not',
      'and',
      'or',
      'in',
      '(',
      ')',
      ',',
      '==',
      '<',
      'settings.a',
      'x',
      '3',
      "'t'",
      ' ',
      '"',
      '.',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 30 }).map((all) => all.join(' ')),
        ),
        (source) => {
          const answer = parseCondition(source);
          if (!isConditionFault(answer)) expect([true, false, undefined]).toContain(holds(answer, () => undefined));
        },
      ),
    );
  });
});
