import { expect, it } from 'vitest';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { NodePort } from '../nodes/NodePort.ts';
import type { StepIo } from '../steps/StepKind.ts';
import { workThrough } from './ports.ts';
import { JobHarness } from './testing/jobHarness.ts';

it('work on a node that the port does not have is a failure of that name, and its probe knows nothing', async () => {
  const nodes = {
    node: (nodeId: string) => {
      throw new PutError('node-unknown', `there is no node ${nodeId}`, { nodeId });
    },
  } as unknown as NodePort;
  const worker = workThrough(nodes, (fileName) => fileName);
  const work = { use: 'facts', work: undefined };
  const cause = { code: 'node-unknown', message: 'there is no node n9' };
  expect(await worker.run('n9', work, {} as StepIo)).toEqual({ state: 'failed', cause, notBegun: true });
  expect(await worker.probe('n9', work, {} as StepIo)).toEqual({ done: 'error', cause });
});

it('a step of newer software says what to do', async () => {
  const phases = INSTALL_UPGRADE_SOFTWARE.phases.map((phase) => ({
    ...phase,
    steps: phase.steps.map((step) => (step.id === 'find-systems' ? { ...step, use: 'fly' } : step)),
  }));
  const h = new JobHarness({ service: { operationOf: () => ({ ...INSTALL_UPGRADE_SOFTWARE, phases }) } });
  try {
    await h.start();
    const view = await h.driveTo('find-systems');
    expect(view.state).toBe('attention');
    expect(JSON.stringify(view.steps['find-systems'])).toMatch(
      /no step kind fly: the operation is of newer software; upgrade putservices, then Retry begins the step/,
    );
  } finally {
    await h.dispose();
  }
});
