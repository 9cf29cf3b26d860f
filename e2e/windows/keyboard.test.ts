import { AxeBuilder } from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { AXE_OFF, WCAG_TAGS } from '../../build/galleryPages.ts';
import { heading, Keyboard, operateByKeys, uploadSamplesByKeys } from '../support/Keyboard.ts';
import { canShowWindows, launchDesktop } from '../support/desktop.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { jobInWindow } from '../support/windowSteps.ts';

/** Keystrokes of a whole operation at most, with the upload of its packages; see Keyboard for what counts as one. */
const MOST_KEYSTROKES = 40;

describe.skipIf(!canShowWindows)('by the keyboard alone', () => {
  it(`goes from a saved system through sign-in and upload to Finished! in at most ${MOST_KEYSTROKES} keystrokes`, async () => {
    const system = await PracticeSystem.start({ nodes: 8, speed: 10 });
    const desktop = await launchDesktop();
    try {
      const { page } = desktop;
      const { host, ccPort } = system.target;
      await desktop.ask('system.add', { name: 'prod-east', host, ccPort });
      await page.getByRole('row', { name: /prod-east/ }).waitFor();
      const keys = new Keyboard(page);
      await keys.choose('sign in', /^Sign in/);
      await heading(page, 'Sign in to prod-east').waitFor();
      await keys.type(system.user);
      await keys.press('Tab');
      await keys.type(system.password);
      await keys.press('Enter');
      // First contact: the fingerprint is compared and accepted.
      await heading(page, /First contact/).waitFor();
      await keys.press('Tab', 'Tab', 'Enter');
      await heading(page, 'Operations').waitFor();
      await uploadSamplesByKeys(page, keys);
      await operateByKeys(page, keys);
      expect((await jobInWindow(desktop))?.state).toBe('succeeded');
      expect(keys.strokes.length, keys.strokes.join(' ')).toBeLessThanOrEqual(MOST_KEYSTROKES);
      // The same views as in the gallery, with what a real system has in them.
      const views = page.getByRole('navigation', { name: 'Views' });
      for (const name of ['Operations', 'Nodes', 'Packages and transfers', 'Ports']) {
        await views.getByRole('button', { name, exact: true }).click();
        await page.locator('h1').waitFor();
        const { violations } = await new AxeBuilder({ page })
          .withTags(WCAG_TAGS)
          .disableRules(AXE_OFF)
          .setLegacyMode(true)
          .analyze();
        expect(violations.map(({ id, nodes }) => [name, id, nodes[0]?.html])).toEqual([]);
      }
      expect(await desktop.faults()).toEqual([]);
    } finally {
      await desktop.close();
      await system.stop();
    }
  });
});
