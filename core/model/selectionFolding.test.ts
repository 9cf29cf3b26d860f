import { expect, it } from 'vitest';
import { checkSelection, type SelectionContext } from './selection.ts';
import { foldProblems } from './selectionFolding.ts';
import { knownNode, pkg } from './testing/selectionKit.ts';

it('twenty packages that lack one library are one line with what would mend it', () => {
  const users = Array.from({ length: 20 }, (_, i) => pkg(`user-${i} 1-1`, { requires: ['libx >= 2'] }));
  const library = [...users, pkg('libx 2-1'), pkg('libx 3-1'), pkg('odd 1-1', { requires: ['other'] })];
  const context: SelectionContext = {
    library,
    certList: undefined,
    nodes: [knownNode('aws-001', 'AWS', [])],
  };
  const selected = [...users, library.at(-1)!].map((one) => one.fileName);
  expect(foldProblems(checkSelection(context, selected))).toEqual([
    {
      code: 'package-requires',
      message: 'user-0-1-1.noarch, user-1-1-1.noarch, user-2-1-1.noarch and 17 more: requires libx >= 2',
      count: 20,
      offers: ['libx-3-1.noarch.rpm', 'libx-2-1.noarch.rpm'],
    },
    { code: 'package-requires', message: 'odd-1-1.noarch requires other', count: 1, offers: [] },
  ]);
});

it('a node is named once in a message, however many of its packages lack the same', () => {
  const users = [pkg('user 1-1', { requires: ['libx', 'libx'] })];
  const nodes = [
    knownNode('aws-001', 'AWS', []),
    knownNode('aws-002', 'AWS', []),
    knownNode('tpa-001', 'TPA', [pkg('libx 1-1')]),
  ];
  const problems = checkSelection({ library: users, certList: undefined, nodes }, ['user-1-1.noarch.rpm']);
  expect(problems.map((one) => one.message)).toEqual(['user-1-1.noarch requires libx (on aws-001, aws-002)']);
});

it('what older services tell is not folded', () => {
  const told = { code: 'c', packageName: 'p', offers: [] };
  const problems = [
    { ...told, message: 'one' },
    { ...told, message: 'two' },
  ];
  expect(foldProblems(problems).map((one) => one.message)).toEqual(['one', 'two']);
});
