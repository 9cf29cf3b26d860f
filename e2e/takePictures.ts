import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openConsolePage } from './support/consolePage.ts';
import { launchDesktop, until } from './support/desktop.ts';
import { PracticeSystem } from './support/practiceSystem.ts';
import { button, jobInWindow, uploadSamplesInWindow, walkThroughInputSteps } from './support/windowSteps.ts';

/*
 * `node e2e/takePictures.ts [FOLDER]`: the pictures of README.md and docs/views.md, taken from the real windows over a real practice
 * system: each view in light and dark at two sizes. `npm run build` must have run before. Where ImageMagick is there, they are
 * brought to 256 colours, which a window hardly has, and to a third of their bytes.
 */

const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/pictures', import.meta.url));
await mkdir(folder, { recursive: true });

const SIZES = { '': { width: 1440, height: 900 }, '-small': { width: 1024, height: 700 } } as const;
const SCHEMES = { '': 'light', '-dark': 'dark' } as const;

/** Takes a view in light and dark at both sizes: NAME.png, NAME-dark.png, NAME-small.png, NAME-small-dark.png. */
async function picture(page: Page, name: string): Promise<void> {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const [scheme, colorScheme] of Object.entries(SCHEMES)) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // Fonts come after the first paint, and a picture without them is of another page; two frames later all is drawn anew.
      await page.evaluate(async () => {
        await document.fonts.ready;
        for (let frame = 0; frame < 2; frame++) await new Promise((drawn) => requestAnimationFrame(drawn));
      });
      const path = join(folder, `${name}${size}${scheme}.png`);
      await page.screenshot({ path });
      spawnSync('convert', [path, '+dither', '-colors', '256', `PNG8:${path}`]);
    }
  }
  await page.setViewportSize(SIZES['']);
}

const system = await PracticeSystem.start({ nodes: 24, speed: 1 });
const desktop = await launchDesktop();
try {
  const { page } = desktop;
  await page.setViewportSize(SIZES['']);
  const { systemId } = await desktop.ask('system.add', {
    name: 'practice',
    host: system.target.host,
    ccPort: system.target.ccPort,
    // Every port of it: a test of the paths looks at no other program of this machine.
    sslPort: system.target.sslPort,
    servicePort: system.target.servicePort,
    chatPort: system.target.chatPort,
    pathOrder: ['hand-off'],
  });
  await desktop.ask('session.signIn', { systemId, user: 'x', password: 'x' }).catch(() => undefined);
  await desktop.ask('system.trustCertificate', { systemId, fingerprint: system.target.fingerprint });
  await desktop.ask('session.signIn', { systemId, user: system.user, password: system.password });
  const open = page.getByRole('button', { name: /^Open / });
  await page.getByRole('heading', { name: 'Operations' }).or(open).first().waitFor();
  if (await open.count()) await open.click();
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
  await button(page, 'Table').click();
  await picture(page, 'table');
  await button(page, 'Timeline').click();
  await picture(page, 'timeline');
  await button(page, 'Map').click();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await picture(page, 'palette');
  await page.keyboard.press('Escape');

  // The same job in a browser, with nothing installed.
  const web = await openConsolePage(system);
  try {
    await web.page.getByLabel('User').waitFor();
    await picture(web.page, 'console-sign-in');
    await web.signIn();
    await web.page
      .getByRole('button', { name: /^Continue/ })
      .first()
      .click();
    await web.page.getByRole('region', { name: 'Needs you' }).waitFor();
    await picture(web.page, 'console');
  } finally {
    await web.close();
  }

  const jobId = (await jobInWindow(desktop))?.jobId ?? '';
  const needsYou = page.getByRole('region', { name: 'Needs you' });
  for (;;) {
    const retry = needsYou.getByRole('button', { name: /^Retry/ });
    if ((await retry.count()) === 0) break;
    await retry.first().click();
    // What was decided stays under the pointer until it leaves.
    await page.mouse.move(5, 5);
    await until('what was tried again has ended', async () => {
      const job = await jobInWindow(desktop);
      return job?.state !== 'running' || job.currentStep !== 'package-install';
    });
  }
  await page.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 120_000 });
  await picture(page, 'report');
  await button(page, 'Roll back…').click();
  const asked = page.locator('[role=dialog], [role=alertdialog]');
  await asked
    .getByText(/goes back to/)
    .first()
    .waitFor();
  await asked.getByLabel(/^Reason/).fill('slower since the morning');
  await picture(page, 'rollback');
  await asked.getByRole('button', { name: 'Roll back', exact: true }).click();
  await until('the nodes are back', async () => (await jobInWindow(desktop))?.state === 'rolled-back', 120_000);
  await picture(page, 'rolled-back');
  await button(page, 'Nodes').first().click();
  await page.getByRole('heading', { name: 'Nodes' }).first().waitFor();
  await page.getByText('Reading…').first().waitFor({ state: 'hidden' });
  await picture(page, 'nodes');
  await button(page, 'Operations').click();
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
  await picture(page, 'operations');
  await button(page, 'Settings').click();
  await picture(page, 'settings');
  console.log(`pictures of job ${jobId} are in ${folder}`);
} finally {
  await desktop.close();
  await system.stop();
}
