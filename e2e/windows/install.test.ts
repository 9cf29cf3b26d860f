import { describe, expect, it } from 'vitest';
import type { KnownFacts } from '../../core/model/knownFacts.ts';
import { formatEvr } from '../../core/model/rpmVersion.ts';
import { canShowWindows, launchDesktop, until } from '../support/desktop.ts';
import { assertCountsAddUp } from '../support/installDriver.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import {
  button,
  jobInWindow,
  partInWindow,
  signInAsNewSystem,
  uploadSamplesInWindow,
  walkThroughInputSteps,
} from '../support/windowSteps.ts';

describe.skipIf(!canShowWindows)('Install/Upgrade Software in the window', () => {
  it('goes from first contact to Finished!, every package at its new version on every node', async () => {
    const system = await PracticeSystem.start({ nodes: 8, speed: 10 });
    const desktop = await launchDesktop();
    try {
      const { page } = desktop;
      await signInAsNewSystem(desktop.page, system);
      await page.getByRole('heading', { name: 'Operations' }).waitFor();
      await uploadSamplesInWindow(page);
      await button(page, 'Operations').click();
      await button(page, 'Install/Upgrade Software').click();
      await page.getByRole('heading', { name: 'Configuration Mode' }).waitFor();
      const seen = await walkThroughInputSteps(page);
      for (const title of [
        'Select Nodes',
        'Group Nodes',
        'Package Source',
        'Select Packages',
        'Select Spool Area',
        'Plan',
      ])
        expect(seen).toContain(title);
      await page.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 90_000 });
      const job = await jobInWindow(desktop);
      expect(job?.state).toBe('succeeded');
      if (job) assertCountsAddUp(job);
      const { plan } = await partInWindow(desktop, 'plan');
      expect(job?.steps['switch-versions']).toMatchObject({ state: 'skipped' });

      await page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name: 'Nodes', exact: true }).click();
      await button(page, 'Read all now').click();
      const [view] = Object.values((await desktop.state()).systems);
      const planned = Object.entries(plan?.nodes ?? {});
      expect(planned.length).toBe(8);
      for (const [nodeId, changes] of planned) {
        const answer = await desktop.ask('master.request', {
          ...{ systemId: view?.saved.systemId ?? '', method: 'nodes.facts' },
          params: { nodeId },
        });
        const { facts } = answer as KnownFacts;
        for (const change of changes) {
          const found = facts.packages?.filter((pkg) => pkg.name === change.packageName).map(formatEvr);
          expect([nodeId, change.packageName, found]).toEqual([nodeId, change.packageName, [change.to]]);
        }
      }
      expect(await desktop.faults()).toEqual([]);
    } finally {
      await desktop.close();
      await system.stop();
    }
  });

  it('comes back at the job after the app was killed in mid-install, and the job went on meanwhile', async () => {
    const system = await PracticeSystem.start({ nodes: 8, speed: 2 });
    const first = await launchDesktop();
    const { dataFolder } = first;
    try {
      const { page } = first;
      await signInAsNewSystem(first.page, system);
      await page.getByRole('heading', { name: 'Operations' }).waitFor();
      await uploadSamplesInWindow(page);
      const [systemId = ''] = Object.keys((await first.state()).systems);
      // One node fails once, so that the job still needs a person however long the second start takes.
      const params = { requestId: 'fault', nodeId: 'tpa-002', stepId: 'package-install', kind: 'fail', times: 1 };
      await first.ask('master.request', { systemId, method: 'practice.setFault', params });
      await button(page, 'Operations').click();
      await button(page, 'Install/Upgrade Software').click();
      await page.getByRole('heading', { name: 'Configuration Mode' }).waitFor();
      await walkThroughInputSteps(page);
      await until(
        'Package Install runs',
        async () => (await jobInWindow(first))?.currentStep === 'package-install',
        60_000,
      );
      first.app.process().kill('SIGKILL');
      await until(
        'the app is gone',
        () => first.app.process().signalCode !== null || first.app.process().exitCode !== null,
      );

      const second = await launchDesktop({ dataFolder });
      try {
        const needsYou = second.page.getByRole('region', { name: 'Needs you' });
        await needsYou
          .getByRole('button', { name: /^Retry/ })
          .first()
          .click({ timeout: 60_000 });
        await second.page.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 90_000 });
        const job = await jobInWindow(second);
        expect(job?.state).toBe('succeeded');
        const { cells } = await partInWindow(second, 'node:tpa-002');
        expect(cells['package-install']?.attempt).toBe(2);
      } finally {
        await second.close();
      }
    } finally {
      await first.close().catch(() => {});
      await system.stop();
    }
  });
});
