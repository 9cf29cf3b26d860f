import { expect, it } from 'vitest';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { keepFacts } from './factsKept.ts';
import type { NodeHandle, NodePort } from './NodePort.ts';

it('says of a node that cannot be read what is the matter with it, not that it is off', async () => {
  const cause = { code: 'node-host-key-changed', message: 'n1: another key' };
  const handle: Partial<NodeHandle> = {
    nodeId: 'n1',
    facts: () => Promise.resolve({ ok: false, trouble: { kind: 'unreachable', cause } }),
  };
  const entry = { nodeId: 'n1', address: '192.0.2.1', type: 'TPA', system: '1' } as const;
  const driver: Partial<NodePort> = { entries: () => [entry], node: () => handle as NodeHandle, rows: () => ({}) };
  const { service } = keepFacts(driver as NodePort, createFakeClock());
  const read = service.handlers['nodes.facts']?.({ nodeId: 'n1', read: true }, {} as never);
  await expect(read).rejects.toMatchObject({ ...cause, details: { nodeId: 'n1' } });
});
