import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createSampleFiles } from './sampleFiles.ts';

const FOLDER = fileURLToPath(new URL('../../assets/packages', import.meta.url));

describe('sample packages for pages', () => {
  it('are called by release and name, with nothing of where they stand, and are read like chosen files', async () => {
    const files = createSampleFiles(FOLDER);
    const names = await files.samples();
    expect(names).toContain('release-2/put-17.20.certlist');
    expect(names.every((name) => /^release-[12]\/[\w.-]+$/.test(name))).toBe(true);
    const [rpm = ''] = names.filter((name) => name.endsWith('.rpm'));
    const [found] = await files.inspect([rpm]);
    expect(found).toMatchObject({ path: rpm, identity: expect.stringContaining('-') as string });
    expect(found?.error).toBeUndefined();
    const source = await files.open(rpm);
    expect((await source.read(0, 4)).length).toBe(4);
    await source.close();
  });

  it('are all that is read', async () => {
    const files = createSampleFiles(FOLDER);
    const [sample = ''] = await files.samples();
    for (const name of [
      '/etc/passwd',
      '../icons/icon.svg',
      'README.md',
      `x/../${sample}x`,
      join(FOLDER, sample),
      dirname(sample),
    ]) {
      await expect(files.open(name)).rejects.toMatchObject({ code: 'bridge-refused' });
      await expect(files.inspect([name])).rejects.toMatchObject({ code: 'bridge-refused' });
    }
  });
});
