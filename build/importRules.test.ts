import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkFile, checkRepository, findCycles, importsOf } from './importRules.ts';

const root = resolve(import.meta.dirname, '..');
const anyFile = (): boolean => true;
const messages = (file: string, text: string): string[] => checkFile(file, text, anyFile).map((f) => f.message);

describe('import rules', () => {
  it('hold in the whole repository', () => {
    const findings = checkRepository(root).map((f) => `${f.file}:${f.line}: ${f.message}`);
    expect(findings.join('\n')).toBe('');
    // Every source file is read and parsed, which takes long on a machine with other work.
  }, 60_000);

  it('refuse a way upward', () => {
    expect(messages('core/protocol/a.ts', `import { x } from '../session/b.ts';`)).toEqual([
      'may not import core/session/b.ts',
    ]);
    expect(messages('services/web/a.ts', `import { x } from '../../core/client/b.ts';`)).toHaveLength(1);
    expect(messages('core/client/a.ts', `import { x } from '../../services/jobs/b.ts';`)).toHaveLength(1);
    expect(messages('services/sessions/a.ts', `import { x } from '../portmgmt/b.ts';`)).toHaveLength(1);
    expect(messages('services/portmgmt/a.ts', `import { x } from '../sessions/b.ts';`)).toEqual([]);
    expect(messages('core/replica/a.ts', `import { x } from '../model/b.ts';`)).toHaveLength(1);
    expect(messages('renderer/a.tsx', `import { x } from '../core/client/b.ts';`)).toHaveLength(1);
  });

  it('refuse the machine in pure rooms and in the renderer', () => {
    for (const file of [
      'core/protocol/a.ts',
      'core/session/a.ts',
      'core/replica/a.ts',
      'core/model/a.ts',
      'renderer/a.tsx',
    ])
      expect(messages(file, `import { readFileSync } from 'node:fs';`)).toEqual(['may not import node:fs']);
    expect(messages('core/protocol/a.ts', `import fs from 'fs';`)).toEqual(['may not import fs']);
    expect(messages('renderer/a.tsx', `import { ipcRenderer } from 'electron';`)).toEqual(['may not import electron']);
  });

  it('let tests beside the code read files and use the test tools', () => {
    expect(
      messages(
        'core/protocol/a.test.ts',
        `import 'vitest'; import { readFileSync } from 'node:fs'; import { w } from '../testing/w.ts';`,
      ),
    ).toEqual([]);
  });

  it('let the contract import types only', () => {
    expect(messages('electron/contract/a.ts', `import type { X } from '../../core/model/b.ts';`)).toEqual([]);
    expect(messages('electron/contract/a.ts', `import { type X, y } from '../../core/model/b.ts';`)).toEqual([
      'may import only types from core/model/b.ts',
    ]);
  });

  it('find a file that no rule covers, an absent target and a file that is too long', () => {
    expect(messages('attic/a.ts', '')).toEqual(['no import rule covers this file']);
    expect(checkFile('core/model/a.ts', `export * from './gone.ts';`, () => false)[0]?.message).toContain(
      'does not exist',
    );
    expect(messages('core/model/a.ts', '\n'.repeat(600))[0]).toContain('601 lines');
  });

  it('see every form of import', () => {
    const text = [
      `import a from './a.ts';`,
      `import type { B } from './b.ts';`,
      `export { c } from './c.ts';`,
      `const d = await import('./d.ts');`,
      `let e: import('./e.ts').E;`,
      `import { type F } from './f.ts';`,
    ].join('\n');
    expect(importsOf('x.ts', text).map((i) => `${i.specifier} ${i.typeOnly} ${i.line}`)).toEqual([
      './a.ts false 1',
      './b.ts true 2',
      './c.ts false 3',
      './d.ts false 4',
      './e.ts true 5',
      './f.ts true 6',
    ]);
  });

  it('find circles', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['b']],
    ]);
    expect(findCycles(graph)).toEqual([['b', 'c']]);
    expect(findCycles(new Map([['a', ['b']]]))).toEqual([]);
  });
});
