import { readFileSync, readdirSync, rmSync, watch, writeFileSync, type FSWatcher } from 'node:fs';
import { join } from 'node:path';

/*
 * One running app per data folder, as Electron keeps it. The holder's process id stands in a file; another instance leaves
 * its command line beside it, which the holder finds and takes away.
 */

const LOCK = 'standin-lock';
const CALL = 'standin-call-';

export class InstanceLock {
  readonly #folder: string;
  readonly #watcher: FSWatcher;

  private constructor(folder: string, onCall: (commandLine: string[]) => void) {
    this.#folder = folder;
    this.#watcher = watch(folder, () => {
      for (const name of readdirSync(folder).filter((entry) => entry.startsWith(CALL))) {
        try {
          const commandLine = JSON.parse(readFileSync(join(folder, name), 'utf8')) as string[];
          rmSync(join(folder, name), { force: true });
          onCall(commandLine);
        } catch {
          // Half written: the next event brings it again.
        }
      }
    });
    this.#watcher.unref();
  }

  /** The lock, or undefined when another living process holds it; that one is told. */
  static take(folder: string, onCall: (commandLine: string[]) => void): InstanceLock | undefined {
    try {
      writeFileSync(join(folder, LOCK), String(process.pid), { flag: 'wx' });
    } catch {
      if (isAlive(Number(readFileSync(join(folder, LOCK), 'utf8')))) {
        writeFileSync(join(folder, `${CALL}${process.pid}`), JSON.stringify(process.argv));
        return undefined;
      }
      writeFileSync(join(folder, LOCK), String(process.pid));
    }
    return new InstanceLock(folder, onCall);
  }

  release(): void {
    this.#watcher.close();
    rmSync(join(this.#folder, LOCK), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
