import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { until } from './desktop.ts';
import type { JobHead, JobPart, JobPartName } from '../../core/model/jobParts.ts';
import type { Desktop } from './desktop.ts';
import type { PracticeSystem } from './practiceSystem.ts';

const STEP_TIMEOUT_MS = 60_000;
const NEXT = /^(Next|Start on [\d,]+ nodes?)$/;

/** A button by its whole name. */
export function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true });
}

/** The title of the step on screen. */
export function stepTitle(page: Page): Promise<string> {
  return page.locator('h1').first().innerText();
}

/** Adds a system and signs in: first contact shows the fingerprint, a person compares and accepts. */
export async function signInAsNewSystem(page: Page, system: PracticeSystem): Promise<void> {
  await button(page, 'Add a system…').click();
  await page.getByRole('textbox', { name: /^Name/ }).fill('prod-east');
  await page.getByRole('textbox', { name: /^Host name/ }).fill(system.target.host);
  await page.getByLabel(/^CCPORT/).fill(String(system.target.ccPort));
  await button(page, 'Save').click();
  await page
    .getByRole('button', { name: /^Sign in to / })
    .first()
    .click();
  await giveAccount(page, system);
  await page.getByText('First contact with prod-east').waitFor();
  expect((await page.locator('main').innerText()).replaceAll(/[\s:]/g, '')).toContain(
    system.target.fingerprint.replaceAll(':', ''),
  );
  await button(page, 'It is the same: accept').click();
}

/** Fills the fields of a sign-in in and sends them. */
export async function giveAccount(page: Page, { user, password }: PracticeSystem): Promise<void> {
  await page.getByRole('textbox', { name: /^User/ }).fill(user);
  await page.getByLabel(/^Password/).fill(password);
  await button(page, 'Sign in').last().click();
}

/** Starts the operation, which stands at its first step then. */
export async function startInstall(page: Page): Promise<void> {
  await button(page, 'Operations').click();
  await button(page, 'Install/Upgrade Software').click();
  await page.getByRole('heading', { name: 'Configuration Mode' }).waitFor();
}

/** Uploads the sample packages through the transfers view and waits until every one of them is in the library. */
export async function uploadSamplesInWindow(page: Page): Promise<void> {
  await button(page, 'Packages and transfers').click();
  await button(page, 'Sample packages').click();
  const upload = page.getByRole('button', { name: /^Upload \d+ files$/ });
  const count = Number(/\d+/.exec(await upload.innerText())?.[0]);
  await upload.click();
  await untilUploaded(page, count);
}

/** Whether so many transfers are there and the queue has nothing before it, for a page to say: of the rows only those in sight exist. */
export const uploadedIn = (files: number): string =>
  `document.querySelector('section[aria-label="Transfers"] [aria-rowcount]')?.getAttribute('aria-rowcount') === '${files + 1}'
    && document.querySelector('.queue-bar > .num')?.textContent === ''`;

/** Waits until every one of so many files is in the library. A few go up at once, the others wait for their turn. */
export async function untilUploaded(page: Page, files: number): Promise<void> {
  await until(`${files} files are uploaded`, () => page.evaluate<boolean>(uploadedIn(files)), STEP_TIMEOUT_MS);
}

/**
 * Presses Next at every input step with what the screen proposes, until the operation needs no more input or `until` says so.
 * Answers the titles seen, in order.
 */
export async function walkThroughInputSteps(
  page: Page,
  until: (title: string) => boolean = () => false,
): Promise<string[]> {
  const seen: string[] = [];
  for (;;) {
    const title = await stepTitle(page);
    if (seen.at(-1) !== title) seen.push(title);
    if (until(title)) return seen;
    if (title === 'Plan') await page.getByRole('checkbox', { name: /I read the plan/ }).check();
    // At the last one the button names what it does.
    const next = page.getByRole('button', { name: NEXT });
    await page.waitForFunction(
      ([before, name]) => {
        const nextName = new RegExp(name ?? '');
        const now = document.querySelector('h1')?.textContent;
        const nextButton = [...document.querySelectorAll('button')].find((candidate) =>
          nextName.test(candidate.textContent ?? ''),
        );
        return now !== before || (nextButton !== undefined && !nextButton.disabled);
      },
      [title, NEXT.source],
      { timeout: STEP_TIMEOUT_MS },
    );
    if ((await stepTitle(page)) !== title) continue;
    await next.click();
    await page.waitForFunction((before) => document.querySelector('h1')?.textContent !== before, title, {
      timeout: STEP_TIMEOUT_MS,
    });
    if (title === 'Plan') {
      seen.push(await stepTitle(page));
      return seen;
    }
  }
}

/** The head of the one job of the first system, as the window has it. */
export async function jobInWindow(desktop: Desktop): Promise<JobHead | undefined> {
  const { systems } = await desktop.state();
  return Object.values(systems).flatMap((system) => Object.values(system.openJobs))[0];
}

/** A part of the one job of the first system, as the window gets it. */
export async function partInWindow<P extends JobPartName>(desktop: Desktop, part: P): Promise<JobPart<P>> {
  const { systems } = await desktop.state();
  const [systemId = '', system] = Object.entries(systems)[0] ?? [];
  const jobId = Object.keys(system?.openJobs ?? {})[0] ?? '';
  const shown = async (): Promise<object | undefined> =>
    (await desktop.state()).systems[systemId]?.jobParts[`${jobId}/${part}`];
  await desktop.ask('job.open', { systemId, jobId, part });
  await until(`the part ${part} of the job`, async () => (await shown()) !== undefined);
  const state = (await shown()) as JobPart<P>;
  await desktop.ask('job.close', { systemId, jobId, part });
  return state;
}
