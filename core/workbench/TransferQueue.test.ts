import { describe, expect, it } from 'vitest';
import type { FileClient, FileSource, Upload } from '../client/FileClient.ts';
import { PutError } from '../protocol/errors.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import type { ChosenFile } from './ports.ts';
import type { TransferView } from './state.ts';
import { TransferQueue } from './TransferQueue.ts';

/** A queue over files that open when a test says so; what an upload was asked is kept. */
class Bench {
  readonly views = new Map<string, TransferView>();
  readonly opening: ((source: FileSource) => void)[] = [];
  readonly asked: string[] = [];
  readonly uploads: { settle: () => void; refuse: (error: PutError) => void }[] = [];
  readonly queue: TransferQueue;

  constructor() {
    let id = 0;
    this.queue = new TransferQueue({
      clock: createFakeClock(),
      random: () => ((id += 7) % 97) / 97,
      onView: (transferId, view) => (view ? this.views.set(transferId, view) : this.views.delete(transferId)),
    });
    this.queue.useClient({ upload: () => this.#upload() } as unknown as FileClient);
  }

  #upload(): Upload {
    let settle = (): void => {};
    let refuse: (error: PutError) => void = () => {};
    const done = new Promise<{ name: string; sha256: string }>((resolve, reject) => {
      settle = () => resolve({ name: '', sha256: '' });
      refuse = reject;
    });
    this.uploads.push({ settle, refuse });
    const ask = (what: string) => () => void this.asked.push(what);
    return { done, pause: ask('pause'), resume: ask('resume'), cancel: ask('cancel') };
  }

  files(count: number, word: string): ChosenFile[] {
    const open = (): Promise<FileSource> => new Promise((resolve) => this.opening.push(resolve));
    return Array.from({ length: count }, (_, i) => ({ key: `/x/${word}${i}.rpm`, name: `${word}${i}.rpm`, open }));
  }

  async openAll(): Promise<void> {
    for (const resolve of this.opening.splice(0)) resolve({ sizeBytes: 10 } as FileSource);
    await settled();
  }

  count(state: TransferView['state']): number {
    return [...this.views.values()].filter((view) => view.state === state).length;
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TransferQueue', () => {
  it('runs three at once, however the files come and however long they take to open', async () => {
    const bench = new Bench();
    for (let i = 0; i < 5; i++) bench.queue.add(bench.files(4, `f${i}-`));
    expect(bench.opening).toHaveLength(3);
    await bench.openAll();
    expect(bench.uploads).toHaveLength(3);
    for (let ended = 0; ended < 20; ended++) {
      bench.uploads[ended]?.settle();
      await settled();
      expect(bench.opening.length + bench.uploads.length - ended - 1).toBeLessThanOrEqual(3);
      await bench.openAll();
    }
    expect(bench.count('done')).toBe(20);
  });

  it('what a person says while the file is opened holds', async () => {
    const bench = new Bench();
    const [held = '', dropped = '', freed = ''] = bench.queue.add(bench.files(3, 'f'));
    bench.queue.pause(held);
    bench.queue.cancel(dropped);
    bench.queue.pause(freed);
    bench.queue.resume(freed);
    await bench.openAll();
    expect(bench.asked).toEqual(['pause', 'cancel']);
  });

  it('a failed one is tried again when asked, in its turn', async () => {
    const bench = new Bench();
    const [id = ''] = bench.queue.add(bench.files(1, 'f'));
    await bench.openAll();
    bench.uploads[0]?.refuse(new PutError('library-full', 'full'));
    await settled();
    expect(bench.views.get(id)).toMatchObject({ state: 'failed', cause: { code: 'library-full' } });
    bench.queue.resume(id);
    await bench.openAll();
    expect(bench.uploads).toHaveLength(2);
  });
});
