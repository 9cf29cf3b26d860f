import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LAB_FAULTS } from './labFaults.ts';

it('has the faults that docs/lab.md tells of', () => {
  const text = readFileSync(new URL('../docs/lab.md', import.meta.url), 'utf8');
  const told = [...text.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, name]) => name);
  expect(told).toEqual(Object.keys(LAB_FAULTS));
});
