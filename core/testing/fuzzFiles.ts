import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hexOfBytes } from './bytes.ts';
import type { FuzzFinding } from './fuzz.ts';

const packagesFolder = fileURLToPath(new URL('../../assets/packages', import.meta.url));
const seedsFolder = fileURLToPath(new URL('./seeds', import.meta.url));
/** The head of a package is what is read; more only makes runs slow. */
const SAMPLE_BYTES = 16 * 1024;
const SAMPLES = 4;

/** Sample packages and cert lists of the project, as good input to spoil. */
export function sampleFiles(): { rpm: Uint8Array[]; certList: Uint8Array[] } {
  const names = existsSync(packagesFolder)
    ? readdirSync(packagesFolder, { recursive: true, encoding: 'utf8' }).sort()
    : [];
  const read = (ending: string): Uint8Array[] =>
    names
      .filter((name) => name.endsWith(ending))
      .slice(0, SAMPLES)
      .map((name) => Uint8Array.from(readFileSync(join(packagesFolder, name)).subarray(0, SAMPLE_BYTES)));
  return { rpm: read('.rpm'), certList: read('.certlist') };
}

/** Inputs that were findings once, or are worth reading each time: files `<target>-<name>.bin` in core/testing/seeds. */
export function keptSeeds(): { target: string; name: string; bytes: Uint8Array }[] {
  const names = existsSync(seedsFolder) ? readdirSync(seedsFolder).sort() : [];
  return names
    .filter((name) => name.endsWith('.bin'))
    .map((name) => ({
      target: name.split('-')[0] ?? '',
      name,
      bytes: Uint8Array.from(readFileSync(join(seedsFolder, name))),
    }));
}

/** Keeps the input of a finding, so that the test run reads it from now on; answers the file's name. */
export function keepSeed(finding: FuzzFinding): string {
  mkdirSync(seedsFolder, { recursive: true });
  const digest = createHash('sha256').update(hexOfBytes(finding.bytes)).digest('hex').slice(0, 12);
  const name = `${finding.target}-${digest}.bin`;
  writeFileSync(join(seedsFolder, name), finding.bytes);
  return name;
}
