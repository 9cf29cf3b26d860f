import { expect, it } from 'vitest';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { keepFacts } from './factsKept.ts';
import type { NodeHandle, NodePort, SeenNode } from './NodePort.ts';

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

it('shows the packages as they were when they were read, also where the list of nodes knows of later ones', async () => {
  const build = (version: string) => ({ name: 'base', epoch: 0, version, release: '1', arch: 'noarch' });
  const facts = {
    nodeId: 'n1',
    os: 'SLES',
    arch: 'x86_64',
    kernel: '5',
    memoryBytes: 1,
    groupingKey: 'g',
    fileSystems: [],
  };
  const value = { ...facts, service: { name: '', state: 'none' as const }, packages: [build('1')] };
  const handle: Partial<NodeHandle> = { nodeId: 'n1', facts: () => Promise.resolve({ ok: true, value }) };
  const entry = { nodeId: 'n1', address: '192.0.2.1', type: 'TPA', system: '1' } as const;
  const row: SeenNode = { ...entry, reachable: 'no', packages: [build('1'), build('2')] };
  let seen = row;
  const clock = createFakeClock();
  const driver: Partial<NodePort> = {
    entries: () => [entry],
    node: () => handle as NodeHandle,
    rows: () => ({ n1: seen }),
  };
  const { service } = keepFacts(driver as NodePort, clock);
  const ask = (read: boolean) => service.handlers['nodes.facts']?.({ nodeId: 'n1', read }, {} as never);
  await expect(ask(false)).resolves.toMatchObject({ readAtMs: {}, facts: { packages: row.packages } });
  await expect(ask(true)).resolves.toMatchObject({ facts: { packages: [build('1')] } });
  // A practice node that was put back to its first day was looked at then.
  seen = { ...row, reachable: 'yes', seenAtMs: clock.nowMs() + 1, packages: [build('0')] };
  await expect(ask(false)).resolves.toMatchObject({
    readAtMs: { packages: clock.nowMs() + 1 },
    facts: { packages: [build('0')] },
  });
});
