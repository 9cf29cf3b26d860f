import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { openConsolePage } from './support/consolePage.ts';
import { launchDesktop, until, type Desktop } from './support/desktop.ts';
import { PracticeSystem } from './support/practiceSystem.ts';
import type { JobHead } from '../core/model/jobParts.ts';
import { button, jobInWindow, uploadSamplesInWindow, walkThroughInputSteps } from './support/windowSteps.ts';

/*
 * `node e2e/takePictures.ts [FOLDER]`: the pictures of README.md and docs/views.md, taken from the real windows over a real practice
 * system: each view in light and dark at two sizes. `npm run build` must have run before. Where ImageMagick is there, they are
 * brought to 256 colours, which a window hardly has, and to a third of their bytes.
 */

const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/pictures', import.meta.url));
await mkdir(folder, { recursive: true });

const SIZES = { '': { width: 1280, height: 800 }, '-large': { width: 1920, height: 1080 } } as const;
const SCHEMES = { '': 'light', '-dark': 'dark' } as const;

/** Takes a view in light and dark at both sizes: NAME.png, NAME-dark.png, NAME-large.png, NAME-large-dark.png. */
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

/** Makes a practice system known to the desktop and signs in there, by its certificate. */
async function signInTo(desktop: Desktop, name: string, system: PracticeSystem): Promise<string> {
  const { systemId } = await desktop.ask('system.add', {
    name,
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
  return systemId;
}

/** Has Package Install go wrong once on a node. */
async function setFault(
  desktop: Desktop,
  systemId: string,
  nodeId: string,
  kind: 'fail' | 'unreachable',
): Promise<void> {
  const params = { requestId: crypto.randomUUID(), nodeId, stepId: 'package-install', kind, times: 1 };
  await desktop.ask('master.request', { systemId, method: 'practice.setFault', params });
}

/** The job that works at a system; at most one does. */
async function jobAt(desktop: Desktop, systemId: string): Promise<JobHead | undefined> {
  const { systems } = await desktop.state();
  return Object.values(systems[systemId]?.openJobs ?? {}).find(({ endedAtMs }) => endedAtMs === undefined);
}

/** Opens a view by its button in the bar of views. */
const view = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Views' }).getByRole('button', { name, exact: true }).click();

/** What is asked at first contact, and what is known before anybody signed in. */
async function systemsPictures({ page }: Desktop, system: PracticeSystem): Promise<void> {
  await button(page, 'Add a system…').click();
  await page.getByRole('textbox', { name: /^Name/ }).fill('practice');
  await page.getByRole('textbox', { name: /^Host name/ }).fill(system.target.host);
  await picture(page, 'system-form');
  await page.keyboard.press('Escape');
}

/** The parts of the drawer beside a node that failed. */
async function drawerPictures({ page }: Desktop): Promise<void> {
  for (const tab of ['Log', 'Versions', 'Facts']) {
    await page.getByRole('tab', { name: tab, exact: true }).click();
    await page.getByRole('tabpanel').waitFor();
    await picture(page, `drawer-${tab.toLowerCase()}`);
  }
  await page.getByRole('tab').first().click();
}

/** A job in waves, with a canary: what is asked, and what each wave has come to. */
async function wavesPictures(desktop: Desktop, systemId: string): Promise<void> {
  const { page } = desktop;
  await view(page, 'Operations');
  await button(page, 'Install/Upgrade Software').click();
  await page.getByRole('heading', { name: 'Configuration Mode' }).waitFor();
  await page.getByRole('radio', { name: /^Custom/ }).check();
  await walkThroughInputSteps(page, (title) => title === 'Waves');
  await page.getByRole('radio', { name: 'Type by type' }).check();
  await page.getByLabel(/^Canary/).fill('2');
  // What the step made of the canary, not of the form as it was before.
  await page.getByText(/canary: 2 nodes/).waitFor();
  await picture(page, 'waves-asked');
  await walkThroughInputSteps(page);
  await until('Switch Versions asks', async () => (await jobAt(desktop, systemId))?.state === 'input', 120_000);
  await page.getByRole('heading', { name: 'Switch Versions' }).waitFor();
  await picture(page, 'switch-versions');
  await button(page, 'Next').click();
  await until(
    'the second wave works',
    async () => (await jobAt(desktop, systemId))?.waves?.[1]?.state === 'running',
    120_000,
  );
  await button(page, 'Waves').click();
  await picture(page, 'waves');
}

/** Two runs beside each other, and the settings an operation can be started with. */
async function comparePictures(page: Page): Promise<void> {
  const rows = page.getByRole('region', { name: 'History' }).getByRole('row');
  await rows.nth(1).click({ modifiers: ['Control'] });
  await rows.nth(2).click({ modifiers: ['Control'] });
  await button(page, 'Compare').click();
  await page.getByRole('heading', { name: 'Two runs compared' }).waitFor();
  await picture(page, 'compare');
  await view(page, 'Operations');
  await button(page, 'Start Install/Upgrade Software with settings…').click();
  await page.getByRole('dialog').waitFor();
  await picture(page, 'start-settings');
  await page.keyboard.press('Escape');
}

/** Ten thousand nodes of another system, at work. */
async function manyNodesPictures(desktop: Desktop): Promise<void> {
  const { page } = desktop;
  const many = await PracticeSystem.start({ nodes: 10_000, speed: 60 });
  try {
    const systemId = await signInTo(desktop, 'large', many);
    await page
      .getByRole('button', { name: /^Systems/ })
      .first()
      .click();
    await picture(page, 'systems');
    await page.getByRole('row', { name: /large/ }).getByRole('button', { name: /^Open/ }).click();
    await uploadSamplesInWindow(page);
    for (let node = 1; node <= 9_000; node += 311)
      await setFault(
        desktop,
        systemId,
        `tpa-${String(node).padStart(5, '0')}`,
        node % 2 === 0 ? 'fail' : 'unreachable',
      );
    await view(page, 'Operations');
    await button(page, 'Install/Upgrade Software').click();
    await page.getByRole('heading', { name: 'Configuration Mode' }).waitFor();
    await walkThroughInputSteps(page);
    await button(page, 'Map').click();
    await until(
      'Package Install runs',
      async () => ((await jobAt(desktop, systemId))?.steps['package-install']?.counts?.ok ?? 0) > 2_000,
      240_000,
    );
    await picture(page, 'many-nodes');
    await button(page, 'Table').click();
    await picture(page, 'many-nodes-table');
  } finally {
    await many.stop();
  }
}

const system = await PracticeSystem.start({ nodes: 24, speed: 1 });
const desktop = await launchDesktop();
try {
  const { page } = desktop;
  await page.setViewportSize(SIZES['']);
  await systemsPictures(desktop, system);
  const systemId = await signInTo(desktop, 'practice', system);
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
  await setFault(desktop, systemId, 'tpa-003', 'fail');
  await setFault(desktop, systemId, 'tpa-007', 'fail');
  await setFault(desktop, systemId, 'aws-001', 'unreachable');
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
  await drawerPictures(desktop);
  await button(page, 'Packages').click();
  await page.getByRole('region', { name: 'Package results' }).waitFor();
  await picture(page, 'packages');
  await button(page, 'Table').click();
  await picture(page, 'table');
  await button(page, 'Timeline').click();
  await picture(page, 'timeline');
  await button(page, 'Logs').click();
  await page.getByRole('searchbox', { name: 'Search the logs of all nodes' }).fill('ppde');
  await page.keyboard.press('Enter');
  await page.getByRole('main').getByText('tpa-003').first().waitFor();
  await picture(page, 'log-search');
  await button(page, 'Map').click();
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').waitFor();
  await picture(page, 'palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog').waitFor();
  await picture(page, 'shortcuts');
  await page.keyboard.press('Escape');
  await button(page, 'Help').first().click();
  await picture(page, 'help');
  await button(page, 'Help').first().click();

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
    await button(web.page, 'Sign out').click();
    await web.page.getByRole('alertdialog').getByRole('button', { name: 'Sign out', exact: true }).click();
    await web.page.getByLabel('User').waitFor();
  } finally {
    await web.close();
  }

  const jobId = (await jobInWindow(desktop))?.jobId ?? '';
  const needsYou = page.getByRole('region', { name: 'Needs you' });
  for (;;) {
    const retry = needsYou.getByRole('button', { name: /^Retry/ });
    // A line that is decided goes before the next one comes: the job says whether there is one.
    if ((await retry.count()) === 0 && (await jobInWindow(desktop))?.state !== 'attention') break;
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
  await view(page, 'Nodes');
  await page.getByRole('heading', { name: 'Nodes' }).first().waitFor();
  await page.getByText('Reading…').first().waitFor({ state: 'hidden' });
  await picture(page, 'nodes');
  await wavesPictures(desktop, systemId);
  await page.getByRole('heading', { name: 'Finished!' }).waitFor({ timeout: 240_000 });
  await view(page, 'Operations');
  await page.getByRole('heading', { name: 'Operations' }).waitFor();
  await picture(page, 'operations');
  await comparePictures(page);
  await button(page, 'Settings').click();
  await picture(page, 'settings');
  await manyNodesPictures(desktop);
  console.log(`pictures of job ${jobId} are in ${folder}`);
} catch (error) {
  await desktop.page.screenshot({ path: join(folder, 'failed.png') }).catch(() => undefined);
  throw error;
} finally {
  await desktop.close();
  await system.stop();
}
