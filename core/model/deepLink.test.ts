import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDeepLink, parseDeepLink, systemsOfLink, type DeepLink } from './deepLink.ts';

const part = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })

  .filter((text) => text.trim() === text && text.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(text));
const link: fc.Arbitrary<DeepLink> = fc.oneof(
  fc.record({ system: part }),
  fc.record({ system: part, job: part }),
  fc.record({ system: part, job: part, node: part }),
);

describe('links to a place', () => {
  it('lead back to what they were made of, whatever its names are', () => {
    fc.assert(
      fc.property(link, (one) => {
        const text = formatDeepLink(one);
        fc.pre(text.length <= 1000);
        expect(parseDeepLink(text)).toEqual(one);
        expect(parseDeepLink(`${text}/`)).toEqual(one);
      }),
    );
  });

  it('never throw, and what they name has bounds and no control characters', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `put://${text}`),
        ),
        (text) => {
          for (const value of Object.values(parseDeepLink(text) ?? {}) as string[]) {
            expect(value.length).toBeGreaterThan(0);
            expect(value.length).toBeLessThanOrEqual(200);
          }
        },
      ),
    );
  });

  it.each([
    ...['', 'put:', 'put://', 'put:///1', 'put:prod', 'http://prod/1', ' put://prod', 'put://prod /1', 'put://prod//n'],
    ...['put://prod/1/n/more', 'put://prod?job=1', 'put://prod#x', 'put://prod/%', 'put://prod/%ff', 'put://prod/%00'],
    ...['put://prod/1//', 'put://prod/a%0Ab', 'put://a\\b', 'put://<b>', `put://${'a'.repeat(201)}`, 'xput://prod'],
    ...['put://prod/%20', 'put://prod\nx', '--put://prod', `put://a/${'%61'.repeat(400)}`],
  ])('%j is none', (text) => {
    expect(parseDeepLink(text)).toBeUndefined();
  });

  it('name a system by id, name or host, in any case', () => {
    const systems = [
      { systemId: 's1', name: 'Prod-East', host: 'east.example' },
      { systemId: 's2', name: 'east.example', host: 'west.example' },
      { systemId: 's3', name: 'three', host: 'west.example' },
    ];
    const found = (system: string): string[] => systemsOfLink({ system }, systems).map(({ systemId }) => systemId);
    expect(found('prod-east')).toEqual(['s1']);
    expect(found('s3')).toEqual(['s3']);
    expect(found('east.example')).toEqual(['s2']);
    expect(found('west.example')).toEqual(['s2', 's3']);
    expect(found('nowhere')).toEqual([]);
  });
});
