import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { longTasks, type TraceEvent } from './longTasks.ts';

/** What a window does in a part of a measurement, for who looks for what takes its time. */
export interface WindowProfile {
  start(): Promise<void>;
  /** Writes `<name>.trace.json` (for the browser's own tools), `<name>.tasks.json` (the long tasks) and `<name>.messages.json` since the start. */
  end(name: string): Promise<void>;
}

const NO_PROFILE: WindowProfile = { start: () => Promise.resolve(), end: () => Promise.resolve() };
const CATEGORIES = ['toplevel', 'devtools.timeline', 'v8.execute', 'v8'];
/** Costs as much again. */
const FUNCTIONS = 'disabled-by-default-v8.cpu_profiler';
/** Tasks from here on are listed. */
const LISTED_MS = 25;

/** Does nothing where no folder is given. `functions`: which functions of the scripts ran is in the trace too. */
export function windowProfile(
  { browser, page, session }: { browser: Browser; page: Page; session: CDPSession },
  { folder, functions }: { readonly folder: string | undefined; readonly functions: boolean },
): WindowProfile {
  if (folder === undefined) return NO_PROFILE;
  mkdirSync(folder, { recursive: true });
  let messages: { readonly seconds: number; readonly chars: number; readonly begin: string }[] = [];
  session.on('Network.webSocketFrameReceived', ({ timestamp, response: { payloadData } }) => {
    messages.push({ seconds: timestamp, chars: payloadData.length, begin: payloadData.slice(0, 200) });
  });
  return {
    async start() {
      messages = [];
      await session.send('Network.enable');
      await browser.startTracing(page, { categories: functions ? [...CATEGORIES, FUNCTIONS] : CATEGORIES });
    },
    async end(name) {
      const trace = await browser.stopTracing();
      await session.send('Network.disable');
      writeFileSync(join(folder, `${name}.trace.json`), trace);
      const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
      writeFileSync(
        join(folder, `${name}.tasks.json`),
        JSON.stringify(longTasks(traceEvents, LISTED_MS), undefined, 1),
      );
      writeFileSync(join(folder, `${name}.messages.json`), JSON.stringify(messages, undefined, 1));
    },
  };
}

/** What a measurement waited for in vain is best seen: a picture of the window in the folder of the profile, where there are both. */
export async function pictureFailure(page: Page | undefined, folder: string | undefined): Promise<void> {
  if (folder !== undefined) await page?.screenshot({ path: join(folder, 'failed.png') }).catch(() => undefined);
}
