import { afterEach, describe, expect, it } from 'vitest';
import type { NodePart } from '../../core/model/jobParts.ts';
import { faults, JobHarness } from './testing/jobHarness.ts';

let h: JobHarness | undefined;
afterEach(() => h?.dispose());

describe('what was read of a node', () => {
  it('has its age, and is not held for what is there after work that did not come through', async () => {
    h = new JobHarness(faults({ 'package-install n2 1': 'unreachable' }));
    const nodeOf = (nodeId: string): NodePart['node'] => (h?.topic(`job:j1/node:${nodeId}`).state() as NodePart).node;
    await h.startAccepted();
    expect(nodeOf('n1')?.readAtMs).toBeLessThanOrEqual(h.clock.nowMs());
    await h.settle();
    const cells = h.view().steps['package-install']?.cells;
    expect(cells?.['n2']?.state).toBe('unreachable');
    expect(nodeOf('n2')?.notReadSince).toEqual({ stepId: 'package-install', atMs: cells?.['n2']?.startedAtMs });
    expect(nodeOf('n1')).toMatchObject({ readAtMs: cells?.['n1']?.endedAtMs });
    expect(nodeOf('n1')?.notReadSince).toBeUndefined();
    await h.ask('job.retry', { jobId: 'j1', stepId: 'package-install', nodeIds: ['n2'] });
    await h.settle();
    expect(nodeOf('n2')?.notReadSince).toBeUndefined();
  });
});
