import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { listingCsv, nameFirst, namesText, yamlText } from './forms.ts';

describe('forms for scripts', () => {
  it('are read alike by readers of YAML 1.1, to whom some words are something else', () => {
    const document = {
      sense: '=',
      merge: '<<',
      answer: 'no',
      from: '12:30',
      day: '2026-11-27',
      octal: '0o7',
      plain: 'x',
    };
    const text = yamlText(document);
    expect(text).toMatch(/^sense: '='$/m);
    expect(text).toMatch(/^merge: '<<'$/m);
    for (const version of ['1.1', '1.2'] as const) expect(parse(text, { version })).toEqual(document);
    expect(text).toMatch(/^plain: x$/m);
  });

  it('have the name of an element first, and its columns in one order', () => {
    const listing = { of: 'jobs', name: 'number', fields: ['state', 'by.user', 'endedAtMs'] };
    const document = { jobs: [{ by: { user: 'anna' }, more: 1, state: 'running', number: 7 }] };
    expect(JSON.stringify(nameFirst(document, listing))).toBe(
      '{"jobs":[{"number":7,"state":"running","by":{"user":"anna"},"more":1}]}',
    );
    expect(listingCsv(document, listing)).toBe('number,state,by.user,endedAtMs,more\r\n7,running,anna,,1\r\n');
    expect(listingCsv({ jobs: [] }, listing)).toBe('number,state,by.user,endedAtMs\r\n');
  });

  it('list elements by their names too', () => {
    const listing = { of: 'nodes', name: 'nodeId', fields: ['address'] };
    const document = { nodes: { 'tpa-10': { address: '10.0.0.2' }, 'tpa-2': { address: '10.0.0.1' } } };
    expect(namesText(document, listing)).toBe('tpa-2\ntpa-10');
    expect(listingCsv(document, listing)).toBe('nodeId,address\r\ntpa-2,10.0.0.1\r\ntpa-10,10.0.0.2\r\n');
  });
});
