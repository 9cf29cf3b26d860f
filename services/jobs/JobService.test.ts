import { afterEach, describe, expect, it } from 'vitest';
import { JobHarness, type HarnessOptions } from './testing/jobHarness.ts';

let harness: JobHarness | undefined;
function make(options: HarnessOptions = {}): JobHarness {
  harness = new JobHarness(options);
  return harness;
}
afterEach(async () => {
  await harness?.dispose();
  harness = undefined;
});

describe('Install/Upgrade Software', () => {
  it('runs from the first step to Finished! and leaves every node at the new versions', async () => {
    const h = make();
    await h.start();
    const view = await h.driveTo('finished');
    expect(view.state).toBe('succeeded');
    expect(view.report).toMatchObject({
      outcome: 'succeeded',
      nodes: 4,
      packages: 3,
      installed: 12,
      failed: 0,
      ignored: 0,
    });
    for (const nodeId of h.driver.nodes.keys()) {
      expect(h.driver.versionsOf(nodeId)).toEqual({ base: '2.0', gateway: '2.0', tools: '2.0' });
      expect(h.driver.nodes.get(nodeId)?.serviceUp).toBe(true);
    }
    expect(h.driver.violations).toEqual([]);
    expect(view.steps['switch-versions']).toMatchObject({ state: 'skipped' });
    expect(view.steps['package-install']?.state).toBe('ok');
  });
});
