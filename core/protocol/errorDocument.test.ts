import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorCode } from './errorCatalogue.ts';
import { errorOf, PutError, reportOf } from './errors.ts';

const document = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const rows = document.split('\n').flatMap((line) => {
  const cells = /^\| `([a-z-]+)` +\|(.*)\|$/.exec(line);
  if (!cells) return [];
  const [kind, retry, cause, nextStep] = (cells[2] ?? '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
  return [{ code: cells[1] ?? '', kind, retry, cause, nextStep }];
});

describe('docs/errors.md', () => {
  it('lists every code once, with kind, retry, cause and next step as the catalogue has them, and no other code', () => {
    const listed = Object.fromEntries(rows.map(({ code, ...entry }) => [code, entry]));
    expect(rows).toHaveLength(Object.keys(listed).length);
    expect(listed).toEqual(ERROR_CATALOGUE);
  });
});

describe('errors', () => {
  it.each(Object.keys(ERROR_CATALOGUE))('%s crosses the wire and keeps its place', (code) => {
    const error = new PutError(code as ErrorCode, 'at line 7', { line: 7 });
    const back = errorOf(reportOf(error));
    expect(back).toMatchObject({ code, message: 'at line 7', details: { line: 7 } });
    const { kind, retry, nextStep } = ERROR_CATALOGUE[code as ErrorCode];
    expect([back.kind, back.retry, back.nextStep]).toEqual([kind, retry, nextStep]);
  });

  it('keeps the name of a code of a newer peer, and of names every object has', () => {
    expect(errorOf({ code: 'newer-code', message: 'm' })).toMatchObject({ code: 'internal', message: 'newer-code: m' });
    expect(errorOf({ code: 'constructor', message: 'm' })).toMatchObject({ code: 'internal' });
    expect(reportOf(new TypeError('t'))).toEqual({ code: 'internal', message: 't', details: {} });
    expect(reportOf('text')).toEqual({ code: 'internal', message: 'text', details: {} });
  });
});
