import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { PageFiles, type ReadPageFile } from './PageFiles.ts';

const SIZE = 300_000;
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) % 251);
const offer = { file: 'file-key-0123456789', name: 'A-1-1.x86_64.RPM', sizeBytes: SIZE, sha256: 'a'.repeat(64) };

/** A page whose answers come as a test lets them. */
class Page {
  readonly asked: { offset: number; length: number }[] = [];
  lostFrom = Infinity;
  readonly read: ReadPageFile = (_file, offset, length) => {
    this.asked.push({ offset, length });
    if (offset >= this.lostFrom) return Promise.reject(new PutError('line-lost', 'gone'));
    return Promise.resolve(content.subarray(offset, offset + length));
  };
}

async function opened(files: PageFiles, page: Page) {
  const [chosen] = files.offer(page, page.read, [offer]);
  if (!chosen) throw new Error('nothing was taken');
  return { chosen, source: await chosen.open() };
}

describe('files of a page', () => {
  it('are read in blocks, asked ahead and each once, from any offset', async () => {
    const page = new Page();
    const { chosen, source } = await opened(new PageFiles(createFakeClock()), page);
    expect([chosen.name, source.name, source.sizeBytes]).toEqual(['A-1-1.x86_64.RPM', 'A-1-1.x86_64.rpm', SIZE]);
    const parts: Uint8Array[] = [];
    for (let at = 100_001; at < SIZE; at += 10_000) parts.push(await source.read(at, Math.min(10_000, SIZE - at)));
    expect(Buffer.concat(parts).equals(content.subarray(100_001))).toBe(true);
    let next = 100_001;
    for (const { offset, length } of page.asked) {
      expect(offset).toBe(next);
      next += length;
    }
    expect(next).toBe(SIZE);
  });

  it('wait for their page when its line is lost, and go on where it offers them again', async () => {
    const files = new PageFiles(createFakeClock());
    const page = new Page();
    const { chosen, source } = await opened(files, page);
    page.lostFrom = 100_000;
    await source.read(0, 50_000);
    const waiting = source.read(50_000, 250_000);
    files.windowGone(page, false);
    const back = new Page();
    const [again] = files.offer(back, back.read, [offer]);
    expect(again?.key).toBe(chosen.key);
    expect(Buffer.from(await waiting).equals(content.subarray(50_000))).toBe(true);
    expect(back.asked[0]?.offset).toBeGreaterThanOrEqual(50_000);
    expect(back.asked.at(-1)?.offset).toBeLessThan(SIZE);
  });

  it('are out of reach when nobody offers them again: soon where their page said that it goes, at once when another one says so', async () => {
    for (const how of ['left', 'lost', 'withdrawn'] as const) {
      const clock = createFakeClock();
      const files = new PageFiles(clock);
      const page = new Page();
      const { source } = await opened(files, page);
      page.lostFrom = 0;
      let ended = '';
      const waiting = source.read(0, 10).catch((error: PutError) => (ended = error.code));
      if (how === 'withdrawn') files.withdraw([offer.file, 'another-0123456789']);
      else {
        files.windowGone(page, how === 'left');
        await clock.advance(how === 'left' ? 9_999 : 59_999);
        expect(ended).toBe('');
        await clock.advance(1);
      }
      await waiting;
      expect([how, ended]).toEqual([how, 'file-out-of-reach']);
      // Whoever comes with them later is welcome: what is tried again goes on.
      expect(files.known([offer.file, 'another-0123456789'])).toEqual([offer.file]);
      const [again] = files.offer({}, new Page().read, [offer]);
      const reopened = await again?.open();
      expect(Buffer.from((await reopened?.read(100, 10)) ?? []).equals(content.subarray(100, 110))).toBe(true);
    }
  });

  it('go on at the page that was loaded in place of theirs, also while the line of before only seems to live', async () => {
    const files = new PageFiles(createFakeClock());
    const silent: ReadPageFile = () => new Promise(() => {});
    const [chosen] = files.offer({}, silent, [offer]);
    const source = await chosen?.open();
    const waiting = source?.read(50_000, 100_000);
    const next = new Page();
    files.offer(next, next.read, [offer]);
    expect(Buffer.from((await waiting) ?? []).equals(content.subarray(50_000, 150_000))).toBe(true);
    expect(next.asked[0]?.offset).toBe(50_000);
  });

  it('end an upload with what the page says of a file that changed, and take no other one under its name', async () => {
    const files = new PageFiles(createFakeClock());
    const changed: ReadPageFile = () => Promise.reject(new PutError('file-changed', 'moved'));
    const [chosen] = files.offer({}, changed, [offer]);
    const source = await chosen?.open();
    await expect(source?.read(0, 10)).rejects.toMatchObject({ code: 'file-changed' });
    expect(() => files.offer({}, changed, [{ ...offer, sha256: 'b'.repeat(64) }])).toThrow(/another file/);
    expect(() => files.offer({}, changed, [{ ...offer, name: '../x.rpm' }])).toThrow(/not allowed|\.\./);
  });
});
