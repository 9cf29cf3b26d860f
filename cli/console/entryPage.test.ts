import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { browserArguments } from './browser.ts';
import { writeEntryFile } from './entryPage.ts';

it('hands the code over in a file of its user alone, and never in arguments', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'put-entry-'));
  try {
    const inner = join(folder, 'new');
    const entry = await writeEntryFile(inner, 'http://127.0.0.1:4711', 'the-code');
    expect((await stat(entry.path)).mode & 0o777).toBe(0o600);
    expect((await stat(inner)).mode & 0o777).toBe(0o700);
    const page = await readFile(entry.path, 'utf8');
    expect(page).toContain('action="http://127.0.0.1:4711/enter"');
    expect(page).toContain('value="the-code"');
    const args = browserArguments(entry.address, { profileFolder: inner, asRoot: false });
    expect(args.join(' ')).not.toContain('the-code');
    await entry.remove();
    await entry.remove();
    // Something that was put in its place is not written through.
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, 'mine');
    await symlink(elsewhere, entry.path);
    await writeEntryFile(inner, 'http://127.0.0.1:4711', 'the-code');
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
