import type { CDPSession, Page } from 'playwright-core';
import { percentile } from '../benchmark.ts';

/* What is measured inside of a window. */

/** Tasks that blocked the page for longer than 50 ms, as the browser tells them, and how long inputs waited until the next frame. */
export interface Blocked {
  /** The longest; 0 where none was above 50 ms. */
  readonly longestTaskMs: number;
  readonly longestInputMs: number;
}

/** What is run in the page, as text: this room knows nothing of browsers. */
const WATCH = `(() => {
  const seen = (window.benchSeen = { longestTaskMs: 0, longestInputMs: 0 });
  const watch = (name, options) =>
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen[name] = Math.max(seen[name], duration);
    }).observe(options);
  watch('longestTaskMs', { type: 'longtask' });
  watch('longestInputMs', { type: 'event', durationThreshold: 16 });
})()`;
const READ = `(() => {
  const read = { ...window.benchSeen };
  Object.assign(window.benchSeen, { longestTaskMs: 0, longestInputMs: 0 });
  return read;
})()`;

export interface WatchedTasks {
  readonly read: () => Promise<Blocked>;
}

/** Begins to look at long tasks; `read` answers the longest since the last reading. */
export async function watchTasks(page: Page): Promise<WatchedTasks> {
  await page.evaluate(WATCH);
  return { read: () => page.evaluate<Blocked>(READ) };
}

const OPEN_WITHIN_MS = 60_000;

/** Presses the button of that text that is seen, or of that step in the table of contents, and answers how long it took until `selector` stood in a frame, in ms. */
export function clickUntil(page: Page, button: string, selector: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve, reject) => {
    const buttons = [...document.querySelectorAll('button')].filter((one) => one.checkVisibility());
    const found =
      buttons.find((one) => one.textContent === ${JSON.stringify(button)}) ??
      buttons.find((one) => one.querySelector('.toc-title')?.textContent === ${JSON.stringify(button)});
    if (!found) return reject(new Error('no button'));
    const from = performance.now();
    const isThere = () => document.querySelector(${JSON.stringify(selector)}) !== null;
    const look = () => {
      // The frame after it stands there is when it is seen.
      if (isThere()) requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - from)));
      else if (performance.now() - from > ${OPEN_WITHIN_MS}) reject(new Error('it did not open'));
      else requestAnimationFrame(look);
    };
    found.click();
    look();
  })`);
}

/** Scrolls an element for a while, so many px a frame and back from its end, and answers the times between frames, in ms. */
export function scrollFrames(page: Page, selector: string, px: number, forMs: number): Promise<number[]> {
  return page.evaluate<number[]>(`new Promise((resolve, reject) => {
    const area = document.querySelector(${JSON.stringify(selector)});
    if (!area) return reject(new Error('nothing to scroll'));
    const frames = [];
    const from = performance.now();
    let last = from;
    let way = ${px};
    const frame = (at) => {
      if (at > last) frames.push(at - last);
      last = at;
      if (area.scrollTop + area.clientHeight >= area.scrollHeight - 1) way = -${px};
      else if (area.scrollTop <= 0) way = ${px};
      area.scrollTop += way;
      if (performance.now() - from < ${forMs}) requestAnimationFrame(frame);
      else resolve(frames.slice(1));
    };
    requestAnimationFrame(frame);
  })`);
}

export const frameP95 = (frames: readonly number[]): number => percentile(frames, 0.95);

/** Bytes of the page's heap that are in use after everything that can go is gone. */
export async function heapAfterCollection(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

/** Bytes a second by which a line through the points rises. */
export function slope(points: readonly { readonly seconds: number; readonly bytes: number }[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const x = mean(points.map(({ seconds }) => seconds));
  const y = mean(points.map(({ bytes }) => bytes));
  const above = points.reduce((sum, { seconds, bytes }) => sum + (seconds - x) * (bytes - y), 0);
  const below = points.reduce((sum, { seconds }) => sum + (seconds - x) ** 2, 0);
  return below === 0 ? 0 : above / below;
}
