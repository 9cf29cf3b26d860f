import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../core/model/node.ts';
import type { NodeHandle } from '../nodes/NodePort.ts';
import { serviceWork } from './service.ts';
import type { StepIo } from './StepKind.ts';

const io = {
  ...{
    jobId: 'j1',
    stepId: 'shutdown',
    attempt: 1,
    signal: new AbortController().signal,
    libraryPath: (name: string) => name,
  },
  ...{ onProgress: () => {}, onLog: () => {}, onPackage: () => {}, whenSilent: () => {} },
} as unknown as StepIo;

function nodeWith(service: NodeFacts['service'], after: NodeFacts['service']['state'], code = 0) {
  const started: (readonly string[])[] = [];
  const node = {
    nodeId: 'a',
    facts: () =>
      Promise.resolve({ ok: true, value: { service: started.length > 0 ? { ...service, state: after } : service } }),
    start: (_key: unknown, { argv }: { argv: readonly string[] }) => {
      started.push(argv);
      return Promise.resolve({ ok: true, value: 'started' });
    },
    look: () => Promise.resolve({ ok: true, value: { state: 'absent' } }),
    follow: () => Promise.resolve({ ok: true, value: { code, logBytes: 0 } }),
    stop: () => Promise.resolve('stopped'),
  } as unknown as NodeHandle;
  return { node, started };
}

describe('the service of a node', () => {
  it('is stopped by the command of the site where there is one, else by systemctl', async () => {
    const site = nodeWith({ name: 'tpa', state: 'up', stop: ['tpareset', '-x'] }, 'down');
    expect(await serviceWork.run(site.node, { action: 'stop' }, io)).toEqual({ state: 'ok', service: 'down' });
    const plain = nodeWith({ name: 'tpa', state: 'up' }, 'down');
    await serviceWork.run(plain.node, { action: 'stop', name: 'tpa' }, io);
    expect([site.started, plain.started]).toEqual([[['tpareset', '-x']], [['systemctl', 'stop', 'tpa']]]);
  });

  it('that its command failed on is told as it is afterwards, with how the command ended', async () => {
    const up = nodeWith({ name: 'tpa', state: 'up', stop: ['tpareset', '-x'] }, 'up', 7);
    expect(await serviceWork.run(up.node, { action: 'stop' }, io)).toMatchObject({
      ...{ state: 'failed', service: 'up' },
      cause: { code: 'service-failed', message: 'tpa on a is up after tpareset -x, which ended with exit code 7' },
    });
    const down = nodeWith({ name: 'tpa', state: 'up', stop: ['tpareset', '-x'] }, 'down', 7);
    expect(await serviceWork.run(down.node, { action: 'stop' }, io)).toMatchObject({
      ...{ state: 'failed', service: 'down' },
      cause: { message: 'tpa on a is down after tpareset -x, which ended with exit code 7' },
    });
  });

  it('is left alone where there is none', async () => {
    const { node, started } = nodeWith({ name: '', state: 'none' }, 'none');
    expect(await serviceWork.run(node, { action: 'stop' }, io)).toEqual({ state: 'ok', service: 'none' });
    expect(started).toEqual([]);
  });
});
