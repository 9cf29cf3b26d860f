import { describe, expect, it } from 'vitest';
import type { NodeFacts } from './node.ts';
import { rebootWarnings } from './rebootNeed.ts';

type Boot = NonNullable<NodeFacts['boot']>;

const kernel = {
  ...{ name: 'kernel', epoch: 0, version: '2', release: '1', arch: 'noarch' },
  ...{ fileName: 'kernel-2-1.noarch.rpm', reboot: {} },
};
const change = { packageName: 'kernel', fileName: kernel.fileName, action: 'install', to: '2-1' };

describe('the plan of a job that reboots the master', () => {
  it('warns by a name of its own where putservices would stay down', () => {
    const warningsOf = (ofMaster: Boot['ofMaster']) =>
      rebootWarnings(
        { packages: [kernel], nodes: { m: [change] } } as unknown as Parameters<typeof rebootWarnings>[0],
        [{ nodeId: 'm', facts: { kernel: '', boot: { id: 'b', uptimeSeconds: 1, ofMaster } } }],
      );
    expect(warningsOf(undefined).map(({ name }) => name)).toEqual(['reboots']);
    const [back] = warningsOf('comes-back');
    expect(warningsOf('comes-back')).toHaveLength(1);
    expect(back?.message).toContain('m is the master itself and goes last: putservices is away meanwhile');
    expect(warningsOf('by-hand')).toMatchObject([
      { name: 'reboots', message: 'One node is rebooted, for kernel: m. m is the master itself and goes last.' },
      { name: 'master-stays-down', message: expect.stringContaining('systemctl enable putservices') as string },
    ]);
  });
});
