import { setTimeout as wait } from 'node:timers/promises';
import type { Browser, CDPSession } from 'playwright-core';
import { rounded } from '../benchmark.ts';
import { ownSecondsOf } from './processorSeconds.ts';
import { heapAfterCollection, slope } from './windowMeasures.ts';

/* What a window costs that nobody touches. */

/** Per cent of one core, by process: those of the browser by its own names (`browser`, `renderer`, `GPU`, `utility`), and that of `putctl console`. */
export type WindowProcessor = Readonly<Record<string, number>>;

export interface Left {
  /** Of one core: the window's processes with that of `putctl console`. */
  readonly cpuPercent: number;
  readonly cpuPercentByProcess: WindowProcessor;
  readonly servicesCpuPercent: number;
  readonly heapGrowthKbPerSecond: number;
}

/** Processes of the browser by their type, as it names them. */
async function browserProcesses(browser: Browser): Promise<readonly { readonly name: string; readonly pid: number }[]> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.map(({ type, id }) => ({ name: type, pid: id }));
}

/** Answers what the processes of a browser use from now on. */
export async function watchProcessor(
  browser: Browser,
  others: Readonly<Record<string, number>> = {},
): Promise<() => WindowProcessor> {
  const processes = [
    ...(await browserProcesses(browser)),
    ...Object.entries(others).map(([name, pid]) => ({ name, pid })),
  ].map((one) => ({ ...one, fromSeconds: ownSecondsOf(one.pid) }));
  const fromMs = performance.now();
  return () => {
    const seconds = (performance.now() - fromMs) / 1000;
    const percent: Record<string, number> = {};
    for (const { name, pid, fromSeconds } of processes)
      percent[name] = (percent[name] ?? 0) + ((ownSecondsOf(pid) - fromSeconds) / seconds) * 100;
    for (const [name, value] of Object.entries(percent)) percent[name] = rounded(value, 2);
    return percent;
  };
}

export const sumOf = (processor: WindowProcessor): number =>
  rounded(
    Object.values(processor).reduce((sum, one) => sum + one, 0),
    2,
  );

/** Until code that went with the garbage is made again where it is used each second. */
const SETTLE_MS = 5_000;

/**
 * Leaves the window alone for a while and looks at what it uses meanwhile. The heap is looked at before, after, and every `lookEverySeconds`: each look collects
 * garbage, which is the benchmark's own work and not counted; nothing else is done to the window.
 */
export async function leaveAlone(
  forSeconds: number,
  lookEverySeconds: number,
  window: { browser: Browser; session: CDPSession; consolePid: number; servicesPid: number },
): Promise<Left> {
  const { browser, session, consolePid, servicesPid } = window;
  const points: { seconds: number; bytes: number }[] = [];
  const from = performance.now();
  const look = async (): Promise<void> => {
    points.push({ bytes: await heapAfterCollection(session), seconds: (performance.now() - from) / 1000 });
    await wait(SETTLE_MS);
  };
  const stretches = Math.max(1, Math.round(forSeconds / lookEverySeconds));
  const percent: Record<string, number> = {};
  await look();
  for (let i = 0; i < stretches; i += 1) {
    const used = await watchProcessor(browser, { console: consolePid, services: servicesPid });
    await wait((forSeconds / stretches) * 1000);
    for (const [name, one] of Object.entries(used())) percent[name] = (percent[name] ?? 0) + one / stretches;
    await look();
  }
  const { services = 0, ...own } = Object.fromEntries(
    Object.entries(percent).map(([name, one]) => [name, rounded(one, 2)]),
  );
  return {
    ...{ cpuPercent: sumOf(own), cpuPercentByProcess: own, servicesCpuPercent: services },
    heapGrowthKbPerSecond: rounded(slope(points) / 1000, 2),
  };
}
