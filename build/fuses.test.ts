import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { executableOf, flipFuses, FUSES } from './fuses.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'put-fuses-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const packed = (electronPlatformName: string) => ({
  appOutDir: folder,
  electronPlatformName,
  packager: { appInfo: { productFilename: 'PUT Desktop' }, executableName: 'put-desktop' },
});

describe('fuses', () => {
  it('are set in the executable of the platform', () => {
    expect(executableOf(packed('linux'))).toBe(join(folder, 'put-desktop'));
    expect(executableOf(packed('win32'))).toBe(join(folder, 'PUT Desktop.exe'));
    expect(executableOf(packed('darwin'))).toBe(join(folder, 'PUT Desktop.app'));
  });

  it('are all written as said', async () => {
    // What Electron's executable holds: a sentinel, the version of the wire, its length, and a state per fuse.
    const wire = Buffer.from([1, 8, ...Buffer.from('10101010')]);
    const sentinel = Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX');
    writeFileSync(join(folder, 'put-desktop'), Buffer.concat([Buffer.alloc(100), sentinel, wire, Buffer.alloc(100)]));
    await flipFuses(packed('linux'));
    const written = await getCurrentFuseWire(join(folder, 'put-desktop'));
    for (const [fuse, on] of Object.entries(FUSES))
      expect([fuse, written[Number(fuse) as FuseV1Options]]).toEqual([fuse, on ? FuseState.ENABLE : FuseState.DISABLE]);
    expect(written[FuseV1Options.RunAsNode]).toBe(FuseState.DISABLE);

    await flipFuses(packed('linux'), 'testable');
    const testable = await getCurrentFuseWire(join(folder, 'put-desktop'));
    const open = FuseV1Options.EnableNodeCliInspectArguments;
    expect(testable).toEqual({ ...written, [open]: FuseState.ENABLE });
  });

  it('are left out for a script, and an executable without fuses is an error', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    writeFileSync(join(folder, 'put-desktop'), '#!/bin/sh\n');
    await flipFuses(packed('linux'));
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
    writeFileSync(join(folder, 'put-desktop'), 'no executable of Electron');
    await expect(flipFuses(packed('linux'))).rejects.toThrow();
  });
});
