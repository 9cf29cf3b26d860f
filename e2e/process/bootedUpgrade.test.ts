import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CellCounts } from '../../core/model/job.ts';
import { seenOf } from '../../core/model/job.ts';
import { whyNoLab } from '../../lab/Lab.ts';
import { isBootedRootMade } from '../../lab/labRoot.ts';
import { HOLD } from '../support/diaryPackages.ts';
import { RealUpgrade } from '../support/RealUpgrade.ts';

/*
 * The night that everything is there for: nodes with a real systemd, a kernel that is put beside the old one, a reboot, canary first; and all that goes wrong in it.
 */

const missing =
  whyNoLab(true) ??
  (isBootedRootMade() ? undefined : 'npm run lab -- up 1 --booted makes the root of booted nodes, once');

describe.skipIf(missing !== undefined)(
  `an upgrade of nodes that boot${missing === undefined ? '' : ` (skipped: ${missing})`}`,
  () => {
    let upgrade: RealUpgrade;
    beforeAll(async () => {
      upgrade = await RealUpgrade.begin({ nodes: 4, booted: 4 });
      await upgrade.prepare();
    });
    afterAll(() => upgrade?.end());

    it('ends as planned although putservices is killed twice and a node loses power, and nothing ran twice', async () => {
      const [canary = '', ...others] = upgrade.nodeIds;
      const powerless = others[0] ?? '';
      // Its rpm stays in a scriptlet until it loses power.
      await upgrade.lab.run(powerless, `: >${HOLD}`);
      const done: string[] = [];
      let under: Promise<unknown> = Promise.resolve();
      const once = (what: string, act: () => Promise<unknown>): void => {
        if (done.includes(what)) return;
        done.push(what);
        under = under.then(act);
      };
      let installed: string[] = [];
      const head = await upgrade.run({
        deadlineMs: 170_000,
        onHead: ({ steps, waves = [] }) => {
          const wave = waves.findIndex(({ state }) => state === 'running') + 1;
          const counts = (stepId: string): Partial<CellCounts> => steps[stepId]?.counts ?? {};
          if (wave === 1 && counts('reboot').running === 1) {
            once('killed while the canary boots', async () => {
              installed = await upgrade.nodesWith('night-kernel', '2');
              await upgrade.restart();
            });
          }
          // The canary, and all that nothing holds.
          if (wave === 2 && counts('package-install').ok === 3 && counts('package-install').running === 1) {
            once('killed in the middle of an rpm', async () => {
              await upgrade.system.kill();
              // Whoever reads the log of the work from now on does it for the next putservices.
              const readers = "pgrep -f 'tail -c .*package-install'";
              await upgrade.lab.run(powerless, `kill $(${readers})`);
              await upgrade.restart();
              await expect
                .poll(() => upgrade.lab.run(powerless, readers), { timeout: 30_000 })
                .toMatchObject({ status: 0 });
            });
            once('that node loses power', () => upgrade.lab.fault(powerless, 'power-loss'));
          }
        },
        beforeRetry: async ({ attention }) => {
          await under;
          done.push(`retry of ${attention.flatMap(({ first }) => first).join()}`);
          await upgrade.lab.untilReached(powerless);
        },
      });
      await under;
      expect([head.state, head.attention]).toEqual(['succeeded', []]);
      expect(installed).toEqual([canary]);
      expect(done.slice(0, 3)).toEqual([
        'killed while the canary boots',
        'killed in the middle of an rpm',
        'that node loses power',
      ]);
      // On a quick machine rpm may have ended before the power did; then there is nothing to retry.
      expect([[], [`retry of ${powerless}`]]).toContainEqual(done.slice(3));
      expect(await upgrade.findings({ repaired: [powerless] })).toEqual([]);
    });

    it('a node that lost power inside a transaction is held, the others go on to the end, and it catches up as planned', async () => {
      await upgrade.prepare();
      const [, powerless = '', other = ''] = upgrade.nodeIds;
      await upgrade.lab.run(powerless, `: >${HOLD}`);
      const { client } = upgrade;
      let off: Promise<unknown> | undefined;
      const decided: string[] = [];
      const head = await upgrade.run({
        deadlineMs: 120_000,
        onHead: (now) => {
          const { ok = 0, running: at = 0 } = now.steps['package-install']?.counts ?? {};
          // All others have it; this one is in a scriptlet.
          if (!off && ok === upgrade.nodeIds.length - 1 && at === 1) off = upgrade.lab.fault(powerless, 'power-loss');
        },
        decide: async ({ jobId, attention, held }) => {
          const seen = async () => ({ jobId, seen: seenOf(await upgrade.readHead(jobId)) });
          if (attention.length > 0) {
            decided.push(`hold for ${attention.map(({ cause }) => cause.code).join()}`);
            await client.request('job.hold', { ...(await seen()), nodeIds: [powerless], reason: 'it has no power' });
            await client.request('job.continue', await seen());
            return;
          }
          decided.push(`release of ${held?.first.join() ?? ''}`);
          expect(await upgrade.nodesWith('night-agent', '2')).toContain(other);
          expect((await upgrade.lab.run(other, 'systemctl is-active practice-db')).output).toBe('active');
          await upgrade.lab.untilReached(powerless);
          await client.request('job.release', { ...(await seen()), nodeIds: [powerless] });
        },
      });
      expect([head.state, head.attention]).toEqual(['succeeded', []]);
      expect(decided).toEqual(['hold for node-power-lost', `release of ${powerless}`]);
      expect(await upgrade.findings({ repaired: [powerless] })).toEqual([]);
    });
  },
);
