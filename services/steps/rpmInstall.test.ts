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
