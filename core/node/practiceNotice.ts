import { rmSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PracticeReady, readReadyLine } from './practiceReady.ts';
import { makeFolder } from './makeFolder.ts';

/** Where the desktop, the console and `npm start` say which practice system they have up. */
const LAUNCHED_FILE = 'practice-running.json';
/** Holds a file for each practice system that was started by hand, named by its process. */
const BY_HAND_FOLDER = 'practice-up';

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readReady(path: string): Promise<PracticeReady | undefined> {
  return readReadyLine((await readFile(path, 'utf8').catch(() => '')).trim());
}

/**
 * Says in the user's data folder that a practice system is up, so that `--practice` finds it; no secret is in it. Answers what takes the
 * notice away. Notices of processes that are gone are removed. Throws the error of the file system.
 */
export async function announcePractice(dataFolder: string, ready: PracticeReady): Promise<() => void> {
  const folder = join(dataFolder, BY_HAND_FOLDER);
  await makeFolder(folder, 0o700);
  for (const name of await readdir(folder)) {
    const pid = Number(/^(\d+)\.json$/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid)) await rm(join(folder, name), { force: true });
  }
  const path = join(folder, `${ready.pid}.json`);
  await writeFile(path, `${JSON.stringify(ready)}\n`, { mode: 0o600 });
  return () => rmSync(path, { force: true });
}

/** The practice systems of the user that are up: the launched one alone where there is one, else those started by hand, by port. */
export async function findPractice(dataFolder: string): Promise<PracticeReady[]> {
  const launched = await readReady(join(dataFolder, LAUNCHED_FILE));
  if (launched && isAlive(launched.pid)) return [launched];
  const folder = join(dataFolder, BY_HAND_FOLDER);
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^\d+\.json$/.test(name));
  const found = await Promise.all(names.map((name) => readReady(join(folder, name))));
  return found
    .filter((one): one is PracticeReady => one !== undefined && isAlive(one.pid))
    .sort((a, b) => a.ports.negotiation - b.ports.negotiation);
}
