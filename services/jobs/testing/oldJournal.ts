import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/**
 * Writes a journal as an earlier version left it: of four practice nodes. Job 1 ended after a retry, a package that was given up and, in version 1,
 * a node that was left out; job 2 was killed in the middle of Package Install, two nodes done, one failed, one at work.
 */
export function writeOldJournal(version: 1 | 2, path: string): void {
  writeFileSync(path, gunzipSync(readFileSync(new URL(`./data/journal-v${version}.db.gz`, import.meta.url))));
}
