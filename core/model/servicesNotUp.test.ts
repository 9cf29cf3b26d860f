import { describe, expect, it } from 'vitest';
import type { ServiceState } from './node.ts';
import { servicesNotUp, servicesNotUpText } from './servicesNotUp.ts';

const node = (nodeId: string, state?: ServiceState, name = 'db'): Parameters<typeof servicesNotUp>[0] =>
  state === undefined ? [{ nodeId }] : [{ nodeId, service: { name, state } }];
const textOf = (...nodes: Parameters<typeof servicesNotUp>[0][]): string | undefined =>
  servicesNotUpText(servicesNotUp(nodes.flatMap((one) => [...one])));

describe('servicesNotUpText', () => {
  it('says nothing where every service is up or none is known', () => {
    expect(textOf(node('a', 'up'), node('b'))).toBeUndefined();
  });

  it('names the nodes, and keeps down and not known apart', () => {
    expect(textOf(node('a', 'down'))).toBe('db is down on 1 node (a)');
    expect(textOf(node('a', 'unknown'), node('b', 'up'))).toBe('it is not known whether db is up on 1 node (a)');
    expect(textOf(node('a', 'down'), node('b', 'down'), node('c', 'unknown'))).toBe(
      'db is down on 2 nodes (a, b); on 1 node (c) it is not known whether it is up',
    );
  });

  it('calls services of several names the service', () => {
    expect(textOf(node('a', 'down', 'db'), node('b', 'down', 'web'))).toBe('the service is down on 2 nodes (a, b)');
  });

  it('folds many names to ranges', () => {
    const many = Array.from({ length: 30 }, (_, i) => node(`n${String(i).padStart(2, '0')}`, 'down'));
    expect(textOf(...many)).toBe('db is down on 30 nodes (n[00-29])');
  });
});
