import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { seenOf } from '../../core/model/job.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { whyNoLab } from '../../lab/Lab.ts';
import { HOLD } from '../support/diaryPackages.ts';
import { RealUpgrade } from '../support/RealUpgrade.ts';
import { runPutctl, type PutctlRun } from '../support/runPutctl.ts';

/*
 * What a person decides while real nodes are in the middle of something: a stop inside a transaction of rpm, and a node that is off, is held, and catches up.
 */

const PUTCTL = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const RPM_RUNS = 'pgrep -f "rpm -[Ui]v"';

describe.skipIf(whyNoLab() !== undefined)('decisions on real nodes', () => {
  let upgrade: RealUpgrade;
  let nodes: readonly string[];
  beforeAll(async () => {
    upgrade = await RealUpgrade.begin({ nodes: 2 });
    nodes = upgrade.nodeIds;
  });
  afterAll(() => upgrade?.end());

  const putctl = (...args: string[]): Promise<PutctlRun> => {
    const { target, user, password } = upgrade.system;
    const where = ['--host', target.host, '--cc-port', String(target.ccPort), '--fingerprint', target.fingerprint];
    return runPutctl(PUTCTL, [...args, ...where, '--user', user], {
      PUT_PASSWORD: password,
      HOME: upgrade.stateFolder,
    });
  };
  const running = (head: JobHead, stepId: string): boolean => (head.steps[stepId]?.counts?.running ?? 0) > 0;
  const rpmIs = (nodeId: string, status: 0 | 1): Promise<void> =>
    expect.poll(() => upgrade.lab.run(nodeId, RPM_RUNS), { timeout: 60_000 }).toMatchObject({ status });

  it('a stop inside a transaction leaves no rpm unseen, cuts no scriptlet off that ends in time, and Retry ends as planned', async () => {
    await upgrade.prepare();
    const [patient = '', stuck = ''] = nodes;
    for (const nodeId of nodes) await upgrade.lab.run(nodeId, `: >${HOLD}`);
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
          .toMatchObject({ attention: [{ cause: { code: 'node-timeout' } }] });
      },
    });
    expect([head.state, head.attention]).toEqual(['succeeded', []]);
    expect(told).toEqual([`${patient} node-busy`, `${stuck} node-busy`]);
    expect(await upgrade.findings({ repaired: [stuck] })).toEqual([]);
  });

  it('a node that is off is held while the others go on, and catches up when it is back', async () => {
    await upgrade.prepare();
    const [canary = '', off = ''] = nodes;
    let cut: Promise<unknown> | undefined;
    const away = await upgrade.run({
      deadlineMs: 120_000,
      mostRetries: 0,
      onHead: (head) => {
        if (running(head, 'shutdown')) cut ??= upgrade.lab.fault(off, 'power-off');
      },
    });
    await cut;
    expect(away.attention).toMatchObject([{ state: 'unreachable', first: [off] }]);
    const held = await putctl('hold', '--nodes', off, '--reason', 'it has no power');
    expect(held, held.err).toMatchObject({ code: 0 });
    await expect.poll(() => upgrade.readHead(away.jobId), { timeout: 60_000 }).toMatchObject({ held: { waits: true } });
    const waits = await putctl('status');
    expect(waits.out).toContain(`${off} is held and has not caught up`);
    expect(waits.out).toMatch(new RegExp(`putctl catch-up \\d+ --nodes ${off} `));
    expect(await upgrade.nodesWith('night-agent', '2')).toEqual([canary]);

    await upgrade.lab.fault(off, 'none');
    await upgrade.lab.untilReached(off);
    const caughtUp = await putctl('catch-up', '--nodes', off);
    expect(caughtUp, caughtUp.out + caughtUp.err).toMatchObject({ code: 0 });
    expect(await upgrade.findings()).toEqual([]);
  });
});
