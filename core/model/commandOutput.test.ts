import { expect, it } from 'vitest';
import { foldOutputs, isException, outputCells, type CommandOutput, type NodeOutput } from './commandOutput.ts';

const output = (head: string, exitCode = 0): CommandOutput => ({
  ...{ exitCode, sha256: `digest of ${head}`, bytes: head.length, lines: 1, head, cut: false },
});
const said = (nodeId: string, of: CommandOutput, state: NodeOutput['state'] = 'ok'): NodeOutput => ({
  ...{ nodeId, state, attempt: 1, output: of },
});

it('folds equal outputs, the largest group first, and marks what most nodes do not say', () => {
  const groups = foldOutputs([
    said('n3', output('5.14')),
    said('n1', output('6.4')),
    said('n2', output('6.4')),
    said('n4', output('6.4')),
    { nodeId: 'n5', state: 'unreachable', attempt: 1, message: 'n5 does not answer' },
  ]);
  expect(groups.map(({ names, output: of, differs }) => [names, of?.head, differs])).toEqual([
    ['n[1-2,4]', '6.4', false],
    ['n3', '5.14', true],
    ['n5', undefined, false],
  ]);
  expect(groups.map(isException)).toEqual([false, true, true]);
});

it('the same words with another exit code are another group, and an exception even where they are the most', () => {
  const groups = foldOutputs([
    said('n1', output('x', 1), 'failed'),
    said('n2', output('x', 1), 'failed'),
    said('n3', output('x')),
  ]);
  expect(groups.map(({ names, state }) => `${names} ${state}`)).toEqual(['n[1-2] failed', 'n3 ok']);
  expect(groups.map(isException)).toEqual([true, true]);
});

it('where every node says something of its own, none is an exception', () => {
  const groups = foldOutputs(['n1', 'n2', 'n3'].map((name) => said(name, output(name))));
  expect(groups.filter(isException)).toEqual([]);
});

it('a row has every column, also without an output', () => {
  expect(outputCells({ nodeId: 'n1', state: 'unknown', attempt: 2, message: 'why' })).toEqual([
    ...['n1', 'unknown', 2, undefined, undefined, undefined, undefined, undefined, undefined, undefined, 'why'],
  ]);
});
