import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCertList } from '../certList.ts';
import type { CertList, LibraryPackage } from '../package.ts';
import { libraryPackageOf } from '../rpmHeader.ts';
import { readRpm } from '../RpmHeaderReader.ts';

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Whether the machine has rpm, and rpmbuild; comparisons with them are skipped where not (Windows, macOS). */
export const hasRpmTool = isThere('rpm');
export const hasRpmBuild = hasRpmTool && isThere('rpmbuild');

export const SAMPLES_FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../../../assets/packages');

/** Every sample package: path, release folder, bytes. */
export function samplePackages(): { path: string; fileName: string; folder: string; bytes: Uint8Array }[] {
  return ['release-1', 'release-2'].flatMap((folder) =>
    readdirSync(join(SAMPLES_FOLDER, folder))
      .filter((fileName) => fileName.endsWith('.rpm'))
      .map((fileName) => {
        const path = join(SAMPLES_FOLDER, folder, fileName);
        return { path, fileName, folder, bytes: new Uint8Array(readFileSync(path)) };
      }),
  );
}

/** The sample packages of a release as the library would list them. */
export function sampleLibrary(...folders: readonly string[]): LibraryPackage[] {
  return samplePackages()
    .filter((sample) => folders.includes(sample.folder))
    .map((sample) =>
      libraryPackageOf(readRpm(sample.bytes), {
        fileName: sample.fileName,
        sha256: '0'.repeat(64),
        fileBytes: sample.bytes.length,
        uploadedBy: 'test',
        uploadedAtMs: 0,
      }),
    );
}

export function sampleCertList(path: 'release-1/put-17.10.certlist' | 'release-2/put-17.20.certlist'): CertList {
  return parseCertList(readFileSync(join(SAMPLES_FOLDER, path), 'utf8'));
}

/** Runs a piece of Lua inside the installed rpm for each line (`line`), all in one process. @returns what it printed, by line. */
export function runLuaInRpm(lines: readonly string[], code: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'put-rpm-lua-'));
  try {
    const path = join(folder, 'lines');
    writeFileSync(path, `${lines.join('\n')}\n`);
    const output = execFileSync('rpm', ['--eval', `%{lua: for line in io.lines("${path}") do ${code} end}`], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    return output.split('\n').slice(0, lines.length);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
