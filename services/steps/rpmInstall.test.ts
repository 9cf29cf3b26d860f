import { describe, expect, it } from 'vitest';
import type { PlannedPackage } from '../../core/model/job.ts';
import { contextFor } from '../nodes/sim/simTestKit.ts';
import type { LogSink, NodeHandle, WorkState } from '../nodes/NodePort.ts';
import { rpmInstall } from './rpmInstall.ts';

const AGENT: PlannedPackage = {
  ...{ name: 'agent', epoch: 0, version: '2', release: '1', arch: 'noarch' },
  ...{ fileName: 'agent-2-1.noarch.rpm', sha256: '', fileBytes: 1, mandatory: false },
};
const WORK = {
  spoolArea: '/spool',
  packages: [AGENT],
  changes: [{ packageName: 'agent', action: 'upgrade', from: '1-1', to: '2-1', fileName: AGENT.fileName }],
};

/** A node that has the build, and on which rpm said so much in an attempt that nobody followed to its end. */
function nodeWith(log: string, state: WorkState): NodeHandle {
  const { name, epoch, version, release, arch } = AGENT;
  const packages = [{ name, epoch, version, release, arch }];
  const follow = (_key: unknown, from: number, sink: LogSink) => {
    sink.onChunk(from, log);
    return Promise.resolve({ ok: true, value: { code: 0 } });
  };
  return {
    nodeId: 'tpa-001',
    look: () => Promise.resolve({ ok: true, value: state }),
    facts: () => Promise.resolve({ ok: true, value: { packages, service: { name: 'db', state: 'up' } } }),
    follow,
  } as unknown as NodeHandle;
}

describe('the probe of an install', () => {
  const ended: WorkState = { state: 'ended', exit: { code: 0 } as never };

  it('tells what rpm said of a scriptlet that failed while nobody listened, although the package is there', async () => {
    const log = 'agent-2-1.noarch\nwarning: %post(agent-2-1.noarch) scriptlet failed, signal 15\n';
    expect(await rpmInstall.probe(nodeWith(log, ended), WORK, contextFor('install'))).toMatchObject({
      done: 'yes',
      cause: { code: 'script-post-failed', packageName: 'agent' },
    });
    const config = 'agent-2-1.noarch\nwarning: /etc/a.conf created as /etc/a.conf.rpmnew\n';
    const probed = await rpmInstall.probe(nodeWith(config, ended), WORK, contextFor('install'));
    expect(probed).toMatchObject({ done: 'yes', result: { configFiles: ['/etc/a.conf.rpmnew'] } });
    expect(probed.cause).toBeUndefined();
  });

  it('is done where the package is there and nothing was begun by this attempt', async () => {
    const probed = await rpmInstall.probe(nodeWith('', { state: 'absent' }), WORK, contextFor('install'));
    expect(probed).toMatchObject({ done: 'yes' });
    expect(probed.cause).toBeUndefined();
  });
});

it('tells in a later attempt what rpm said of packages that came through in one before', async () => {
  const KERNEL: PlannedPackage = {
    ...{ name: 'kernel', epoch: 0, version: '2', release: '1', arch: 'noarch', beside: true },
    ...{ fileName: 'kernel-2-1.noarch.rpm', sha256: '', fileBytes: 1, mandatory: false },
  };
  const said =
    'agent-2-1.noarch\nwarning: /etc/a.conf created as /etc/a.conf.rpmnew\nwarning: %post(agent-2-1.noarch) scriptlet failed, exit status 3\n';
  const begun = new Set(['1 upgrade']);
  const nameOf = ({ attempt, part = 'upgrade' }: { attempt: number; part?: string }): string => `${attempt} ${part}`;
  const node = {
    nodeId: 'tpa-001',
    look: (key: { attempt: number }) =>
      Promise.resolve({ ok: true, value: { state: begun.has(nameOf(key)) ? 'ended' : 'absent' } }),
    start: (key: { attempt: number }) => {
      begun.add(nameOf(key));
      return Promise.resolve({ ok: true });
    },
    follow: (key: { attempt: number }, from: number, sink: LogSink) => {
      sink.onChunk(from, nameOf(key) === '1 upgrade' ? said : 'kernel-2-1.noarch\n');
      return Promise.resolve({ ok: true, value: { code: 0 } });
    },
    digests: () => Promise.resolve({ ok: true, value: { [KERNEL.fileName]: '', [AGENT.fileName]: '' } }),
    facts: () => {
      const packages = [AGENT, ...(begun.has('2 beside') ? [KERNEL] : [])];
      return Promise.resolve({ ok: true, value: { packages, service: { name: 'db', state: 'down' } } });
    },
  } as unknown as NodeHandle;
  const work = {
    ...WORK,
    packages: [AGENT, KERNEL],
    changes: [...WORK.changes, { packageName: 'kernel', action: 'install', to: '2-1', fileName: KERNEL.fileName }],
  };
  expect(await rpmInstall.run(node, work, contextFor('install', 2))).toMatchObject({
    state: 'warned',
    cause: { code: 'script-post-failed', packageName: 'agent' },
    warnedItems: ['agent'],
    result: { configFiles: ['/etc/a.conf.rpmnew'] },
  });
  expect([...begun]).toEqual(['1 upgrade', '2 beside']);
  // Nothing is left to do: the probe says the same.
  const probed = await rpmInstall.probe(node, work, contextFor('install', 2));
  expect(probed).toMatchObject({
    done: 'yes',
    warnedItems: ['agent'],
    result: { configFiles: ['/etc/a.conf.rpmnew'] },
  });
});

it('keeps what rpm said before the node lost power', async () => {
  const cause = { code: 'node-unreachable', message: 'tpa-001 is away' };
  const node = {
    ...nodeWith('', { state: 'absent' }),
    facts: () => Promise.resolve({ ok: true, value: { packages: [], service: { name: 'db', state: 'down' } } }),
    digests: () => Promise.resolve({ ok: true, value: { [AGENT.fileName]: '' } }),
    start: () => Promise.resolve({ ok: true }),
    follow: (_key: unknown, from: number, sink: LogSink) => {
      sink.onChunk(from, 'agent-2-1.noarch\nwarning: /etc/a.conf created as /etc/a.conf.rpmnew\n');
      return Promise.resolve({ ok: false, trouble: { kind: 'unreachable', cause } });
    },
  } as unknown as NodeHandle;
  expect(await rpmInstall.run(node, WORK, contextFor('install'))).toEqual({
    ...{ state: 'unreachable', cause, result: { configFiles: ['/etc/a.conf.rpmnew'] } },
  });
});
