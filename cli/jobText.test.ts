import { expect, it } from 'vitest';
import type { JobHead } from '../core/model/jobParts.ts';
import { FakeHost } from './testing/FakeMaster.ts';
import { rollbackText } from './commands/rollback.ts';
import { attentionText, endText, nextCommands, wavesText } from './jobText.ts';

const NOON_MS = new Date(2026, 10, 26, 12).getTime();
const ending = (lowMs: number, highMs: number): string | undefined => {
  const timeLeft = { after: { lowMs, highMs } };
  const head = { state: 'running', currentStep: 'start', steps: {}, attention: [], timeLeft };
  return endText(head as unknown as JobHead, NOON_MS);
};

it('tells the end of a job as a time between two, or as one where both are of the same minute', () => {
  expect(ending(60_000, 180_000)).toBe('Ends in 1m 00s to 3m 00s, between 2026-11-26 12:01 and 12:03');
  expect(ending(7_000, 17_000)).toBe('Ends in 7s to 17s, about 2026-11-26 12:00');
});

it('says where no node goes back', () => {
  expect(rollbackText({ possible: false, groups: [], nodes: 0 }, new FakeHost().terminal)).toMatch(
    /^No node goes back: /,
  );
});

it('names the nodes that go back so that they add up, where only the first hundred came', () => {
  const nodeIds = Array.from({ length: 100 }, (_, i) => `tpa-${String(i + 1).padStart(3, '0')}`);
  const groups = [{ nodes: 284, nodeIds, packages: [] }];
  const text = rollbackText({ possible: true, groups, nodes: 284 }, new FakeHost().terminal);
  expect(text).toContain('284 nodes: tpa-[001-100] and 184 more\n');
});

it('offers catch-up for the held nodes that can still come back, and for no others', () => {
  const commands = (able: readonly string[]): string[] => {
    const held = { held: 2, catchUp: 0, catchingUp: 0, first: ['n1', 'n2'], waits: true, able };
    const head = { jobNumber: 7, state: 'attention', attention: [], nextMeans: 'goes on without them', held };
    return nextCommands({ ...head, steps: {}, currentStep: 'finished' } as unknown as JobHead).filter((line) =>
      line.includes('catch-up'),
    );
  };
  expect(commands(['n1', 'n2'])).toEqual(['putctl catch-up 7 --nodes n1,n2   lets them catch up first']);
  expect(commands(['n2'])).toEqual(['putctl catch-up 7 --nodes n2   lets these catch up first']);
  expect(commands([])).toEqual([]);
});

it('offers the way back of the wave before a gate, unless it is back already', () => {
  const commands = (gate: object): string[] => {
    const head = {
      jobNumber: 7,
      state: 'attention',
      attention: [],
      nextMeans: 'begins all the same',
      canRollback: true,
    };
    return nextCommands({ ...head, gate, steps: {}, currentStep: 'start' } as unknown as JobHead).filter((line) =>
      line.includes('rollback'),
    );
  };
  const gate = { beforeWave: 2, held: true };
  expect(commands(gate)).toEqual(['putctl rollback 7 --wave 1 --preview   shows what going back comes to']);
  expect(commands({ ...gate, unchanged: true })).toEqual([]);
});

it('tells of what failed the nodes, what was seen and what to do, as far as the code is known', () => {
  const line = { key: 'k', stepId: 'look', state: 'failed', nodes: 2, first: ['n1', 'n2'] } as const;
  const textOf = (code: string): string[] => {
    const attention = [{ ...line, cause: { code, message: 'n1 asks for a password' } }];
    const head = { attention, steps: { look: { title: 'Look' } } } as unknown as JobHead;
    return attentionText(head, new FakeHost().terminal).split('\n');
  };
  expect(textOf('node-sudo-password')).toEqual([
    'F failed  Look: n1 asks for a password (node-sudo-password)',
    '    2 nodes: n1, n2',
    expect.stringMatching(/^ {4}Next: Give the password for sudo \(putctl nodes sudo-password, /),
  ]);
  expect(textOf('of-a-newer-master')).toHaveLength(2);
});

it('names the nodes that a wave went by without, however many waves there are', () => {
  const wave = { title: '', nodes: 2, leftOut: 0, state: 'done' } as const;
  const held = { nodes: 1, first: ['n3'] };
  expect(wavesText([wave, { ...wave, held }])).toBe(
    'Waves: 1 (2 nodes) done, 2 (2 nodes, without n3, held or to catch up) done',
  );
  const many = [...Array.from({ length: 8 }, () => wave), { ...wave, held }];
  expect(wavesText(many)).toBe('Waves: 9 of 9 done; 9 without n3, held or to catch up');
});
