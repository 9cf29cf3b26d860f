import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launchDesktop, until } from './support/desktop.ts';
import { PracticeSystem } from './support/practiceSystem.ts';
import { button, jobInWindow, uploadSamplesInWindow, walkThroughInputSteps } from './support/windowSteps.ts';

/*
 * `node e2e/takePictures.ts [FOLDER]`: the pictures of README.md, taken from the real windows over a real practice system.
 * `npm run build` must have run before.
 */

const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/pictures', import.meta.url));
await mkdir(folder, { recursive: true });

async function picture(page: Page, name: string): Promise<void> {
  // Fonts come after the first paint, and a picture without them is of another page.
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function chooseTheme(page: Page, name: string): Promise<void> {
  await button(page, 'Settings').click();
  await button(page, name).click();
  await page.getByRole('main').getByRole('button', { name: 'Close' }).click();
}

const system = await PracticeSystem.start({ nodes: 24, speed: 1 });
const desktop = await launchDesktop();
try {
  const { page } = desktop;
  await chooseTheme(page, 'Light');
  const { systemId } = await desktop.ask('system.add', {
    name: 'practice',
    host: system.target.host,
    ccPort: system.target.ccPort,
    pathOrder: ['hand-off'],
  });
  await desktop.ask('session.signIn', { systemId, user: 'x', password: 'x' }).catch(() => undefined);
  await desktop.ask('system.trustCertificate', { systemId, fingerprint: system.target.fingerprint });
  await desktop.ask('session.signIn', { systemId, user: system.user, password: system.password });
  await page.getByRole('heading', { name: 'Operations' }).or(button(page, 'Open')).first().waitFor();
  if (await button(page, 'Open').count()) await button(page, 'Open').click();
  await uploadSamplesInWindow(page);
  await picture(page, 'transfers');
  await button(page, 'Ports').click();
  await page.getByText('web server').first().waitFor();
  await picture(page, 'ports');
  await button(page, 'Test the paths').click();
  await button(page, 'Test the paths again').waitFor();
  await picture(page, 'path-test');
  for (const [nodeId, kind] of [
    ['tpa-003', 'fail'],
    ['tpa-007', 'fail'],
    ['aws-001', 'unreachable'],
  ]) {
    const params = { requestId: crypto.randomUUID(), nodeId, stepId: 'package-install', kind, times: 1 };
    await desktop.ask('master.request', { systemId, method: 'practice.setFault', params });
  }
  await button(page, 'Operations').click();
  await button(page, 'Install/Upgrade Software').click();
  await page.getByRole('heading', { name: 'Configuration Mode' }).waitFor();
  await walkThroughInputSteps(page, (title) => title === 'Plan');
  await page.getByText('Reading the job…').waitFor({ state: 'hidden' });
  await picture(page, 'plan');
  await walkThroughInputSteps(page);
  await until(
    'Package Install runs',
    async () => (await jobInWindow(desktop))?.currentStep === 'package-install',
    60_000,
  );
  await page.getByRole('heading', { name: 'Package Install' }).waitFor();
  await until(
    'half of the nodes are done',
    async () => {
      const counts = (await jobInWindow(desktop))?.steps['package-install']?.counts;
      return (counts?.ok ?? 0) >= 3;
    },
    60_000,
  );
  await picture(page, 'package-install');
  await page.getByRole('region', { name: 'Needs you' }).waitFor({ timeout: 60_000 });
  await until('the step settled', async () => (await jobInWindow(desktop))?.state === 'attention', 60_000);
  await page.getByRole('button', { name: /^tpa-003, / }).click();
  await page.getByRole('region', { name: 'Node tpa-003' }).waitFor();
  await picture(page, 'needs-you');
  await button(page, 'Packages').click();
  await page.getByRole('region', { name: 'Package results' }).waitFor();
  await picture(page, 'packages');
  await chooseTheme(page, 'Dark');
  await button(page, 'Map').click();
  await picture(page, 'needs-you-dark');
} finally {
  await desktop.close();
  await system.stop();
}
