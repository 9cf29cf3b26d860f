import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { JobHarness } from './testing/jobHarness.ts';
import type { JobServiceOptions } from './JobServiceOptions.ts';

let h: JobHarness;
afterEach(() => h.dispose());

/** What happens in its order: a line of the timeline, or a piece of work that a node begins. */
function recorded(): { readonly order: string[]; readonly service: Partial<JobServiceOptions> } {
  const order: string[] = [];
  const worker: JobServiceOptions['worker'] = {
    run: (...words) => {
      order.push(`${words[0]} begins ${words[2].stepId}`);
      return h.driver.run(...words);
    },
    probe: (...words) => h.driver.probe(...words),
  };
  return {
    order,
    service: {
      worker,
      tell: (...lines) => {
        order.push(...lines.map(({ text }) => text));
        h.told.push(...lines);
      },
    },
  };
}

it('has nodes begin before the timeline, which waits for the disk, is told of it', async () => {
  h = new JobHarness();
  const { order, service } = recorded();
  await h.service.close();
  h.open(service);
  await h.startAccepted();
  await h.settle();
  const begun = ['n1', 'n2', 'n3', 'n4'].map((nodeId) => order.indexOf(`${nodeId} begins package-install`));
  expect(Math.min(...begun)).toBeGreaterThan(0);
  expect(Math.max(...begun)).toBeLessThan(order.indexOf('Package Install began'));
});

it('tells what is not told yet before putservices stops', async () => {
  h = new JobHarness();
  await h.start();
  await h.driveTo('plan');
  const before = h.told.length;
  await h.answer();
  expect(h.told).toHaveLength(before);
  await h.service.close();
  expect(h.told.slice(before).map(({ text }) => text)).toContainEqual(expect.stringMatching(/^Spooling began/));
  h.open();
});

it('goes on as soon as the last node of a step has ended', async () => {
  h = new JobHarness({ nodes: [{ nodeId: 'n1' }] });
  const waited: number[] = [];
  let endedMs: number | undefined;
  const worker: JobServiceOptions['worker'] = {
    run: async (...words) => {
      if (endedMs !== undefined) waited.push(h.clock.steadyMs() - endedMs);
      return h.driver.run(...words).finally(() => (endedMs = h.clock.steadyMs()));
    },
    probe: (...words) => h.driver.probe(...words),
  };
  await h.service.close();
  h.open({ worker });
  await h.start();
  await h.driveTo('plan');
  endedMs = undefined;
  await h.answer();
  await h.settle();
  expect(waited).toEqual([0, 0, 0, 0, 0]);
});

it('writes a job down while nodes work that tell nothing of how far they are', async () => {
  const nodes = Array.from({ length: 40 }, (_, at) => ({ nodeId: `n${at}` }));
  h = new JobHarness({ nodes });
  const snapshots: (() => number[])[] = [];
  const worker: JobServiceOptions['worker'] = {
    run: (nodeId, work, io) =>
      h.driver.run(nodeId, work, { ...io, onProgress: () => undefined, onItem: () => undefined }),
    probe: (...words) => h.driver.probe(...words),
  };
  await h.service.close();
  h.open({
    ...{ worker, concurrency: 2, snapshotEvery: 10 },
    wrapJournal: (journal) => {
      snapshots.push(() => journal.snapshots('j1').map(({ number }) => number));
      return journal;
    },
  });
  await h.startAccepted();
  await h.until(() => h.head().currentStep === 'package-install');
  const began = h.head().eventNumber;
  while (h.cells('package-install')['n30'] !== 'ok') {
    await h.clock.advance(50);
    // What is written down is compressed meanwhile, in time that no clock of a test tells.
    await setTimeout(2);
  }
  expect(snapshots.at(-1)?.()[0]).toBeGreaterThan(began + 20);
});
