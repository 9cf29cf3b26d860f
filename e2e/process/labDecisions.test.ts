import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seenOf } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { whyNoLab } from '../../lab/Lab.ts';
import { HOLD } from '../support/diaryPackages.ts';
import { RealUpgrade } from '../support/RealUpgrade.ts';

/*
 * What a person decides while real nodes are in the middle of something.
 */

const RPM_RUNS = 'pgrep -f "rpm -[Ui]v"';

describe.skipIf(whyNoLab() !== undefined)('decisions on real nodes', () => {
  let upgrade: RealUpgrade;
  let nodes: readonly string[];
  beforeAll(async () => {
    upgrade = await RealUpgrade.begin({ nodes: 3 });
    nodes = upgrade.nodeIds;
  });
  afterAll(() => upgrade?.end());

  const running = (head: JobHead, stepId: string): boolean => (head.steps[stepId]?.counts?.running ?? 0) > 0;
  const rpmIs = (nodeId: string, status: 0 | 1): Promise<void> =>
    expect.poll(() => upgrade.lab.run(nodeId, RPM_RUNS), { timeout: 60_000 }).toMatchObject({ status });

  it('a stop inside a transaction leaves no rpm unseen, cuts no scriptlet off that ends in time, and Retry ends as planned', async () => {
    await upgrade.prepare();
    const [patient = '', stuck = ''] = nodes;
    for (const nodeId of [patient, stuck]) await upgrade.lab.run(nodeId, `: >${HOLD}`);
    const told: string[] = [];
    let stopping: Promise<unknown> | undefined;
    const stop = async (nodeId: string, head: JobHead): Promise<void> => {
      await expect
        .poll(() => upgrade.lab.run(nodeId, 'grep -q "^post night-agent 2" /var/lib/night/diary'), { timeout: 60_000 })
        .toMatchObject({ status: 0 });
      await upgrade.client.request('job.cancel', { jobId: head.jobId, seen: seenOf(head), choice: 'restart-step' });
    };
    const stopped = new Set<number>();
    const head = await upgrade.run({
      deadlineMs: 170_000,
      onHead: (now) => {
        const wave = (now.waves ?? []).findIndex(({ state }) => state === 'running');
        if (wave < 0 || stopped.has(wave) || !running(now, 'package-install')) return;
        stopped.add(wave);
        stopping = stop(nodes[wave] ?? '', now);
      },
      beforeRetry: async (now) => {
        await stopping;
        const [{ first, cause } = { first: [], cause: { code: '', message: '' } }] = now.attention;
        told.push(`${first.join()} ${cause.code}`);
        const [nodeId = ''] = first;
        if (nodeId === patient) await upgrade.lab.run(nodeId, `rm -f ${HOLD}`);
        // The other one is killed; until then it is seen, and kept from everything else.
        await rpmIs(nodeId, 1);
        await upgrade.lab.run(nodeId, `rm -f ${HOLD}`);
        const { jobId } = now;
        await expect
          .poll(() => upgrade.readHead(jobId), { timeout: 30_000 })
          .toMatchObject({ attention: [{ cause: { code: 'cancelled' } }] });
      },
    });
    expect([head.state, head.attention]).toEqual(['succeeded', []]);
    expect(told).toEqual([`${patient} node-busy`, `${stuck} node-busy`]);
    expect(await upgrade.findings({ repaired: [stuck] })).toEqual([]);
  });
});
