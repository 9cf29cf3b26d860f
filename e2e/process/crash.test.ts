import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../core/testing/random.ts';
import { whyNoLab } from '../../lab/Lab.ts';
import { CuttingLines, dieAtWrites, seriesOf, type Death, type Troubled } from '../support/crashSeries.ts';
import { RealUpgrade } from '../support/RealUpgrade.ts';

/*
 * Upgrades of real nodes, a reboot among their steps, with trouble at moments that a seed chooses. `npm run crash` has more of the same, every write of the journal among them.
 */

describe.skipIf(whyNoLab() !== undefined)('an upgrade of real nodes ends as planned, and nothing is done twice', () => {
  const seed = Number(process.env['PUT_SEED'] ?? 20_262);
  const random = createRandom(seed);
  const lines = new CuttingLines();
  let upgrade: RealUpgrade;
  beforeAll(async () => {
    console.log(`seed ${seed}`);
    upgrade = await RealUpgrade.begin({ nodes: 2, nodesFile: lines.nodesFile });
  });
  afterAll(async () => {
    await upgrade?.end();
    await lines.stop();
  });

  async function judge(trouble: () => Promise<Troubled>): Promise<void> {
    await upgrade.prepare();
    const { head, told, repaired } = await trouble();
    expect([head.state, await upgrade.findings({ repaired })], told).toEqual(['succeeded', []]);
  }

  it('although putservices is killed at writes of the journal, and at the first after it comes back', async () => {
    // An upgrade without trouble has about forty.
    const deaths: Death[] = [
      { moment: 'before', write: 8 + Math.floor(random() * 8) },
      { moment: 'after', write: 1 },
      { moment: 'after', write: 1 + Math.floor(random() * 10) },
    ];
    await judge(async () => {
      const troubled = await dieAtWrites(upgrade, deaths);
      expect(troubled.died).toBe(deaths.length);
      return troubled;
    });
  });

  it.each(['lines', 'disk'])('with trouble of the series %s', async (name) => {
    await judge(() => seriesOf(name).run(upgrade, random, lines));
  });
});
