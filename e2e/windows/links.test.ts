import { describe, expect, it } from 'vitest';
import { canShowWindows, hasStandIn, launchDesktop, until } from '../support/desktop.ts';

describe.skipIf(!canShowWindows || !hasStandIn)('a link that the desktop is started with', () => {
  it('is told where its system is not saved', async () => {
    const desktop = await launchDesktop({ args: ['put://prod-east/1'] });
    try {
      const boxes = () => desktop.inMain(({ standIn }) => JSON.stringify(standIn.dialogs));
      await until('it is said', async () => (await boxes()).includes('prod-east, which is not saved here'));
      expect(await desktop.faults()).toEqual([]);
    } finally {
      await desktop.close();
    }
  });
});
