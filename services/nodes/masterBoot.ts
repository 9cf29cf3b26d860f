import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The machine that putservices runs on, so that it is known among the nodes. */
export interface MasterBoot {
  /** The boot that it is in, as Linux names it. */
  readonly id: string;
  /** Whether the machine starts putservices again when it boots. */
  readonly comesBack: boolean;
}

/** Where systemd keeps what is started at boot: links in folders named after what wants them. */
const UNIT_FOLDERS = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/**
 * The boot of this machine; undefined where it is no Linux. The unit of the service tells it by `PUT_BOOT_ID`: where the machine is a container, the `/proc` that a confined
 * service sees has the boot of the machine below. `root`: a folder that stands for `/`.
 */
export async function readMasterBoot(root = '/', told = process.env['PUT_BOOT_ID']): Promise<MasterBoot | undefined> {
  const read = (path: string): Promise<string> => readFile(join(root, path), 'utf8').catch(() => '');
  const id = told === undefined ? (await read('proc/sys/kernel/random/boot_id')).trim() : withDashes(told);
  if (id === '') return undefined;
  const unit = unitOf(await read('proc/self/cgroup'));
  return { id, comesBack: unit !== undefined && (await isWanted(root, unit)) };
}

/** systemd writes it without. */
const withDashes = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

/** The unit of systemd that a process belongs to; undefined for one that a person started. */
function unitOf(cgroup: string): string | undefined {
  return /\/([^/\n]+\.service)(?:\/[^\n]*)?$/m.exec(cgroup)?.[1];
}

async function isWanted(root: string, unit: string): Promise<boolean> {
  for (const folder of UNIT_FOLDERS) {
    const names = await readdir(join(root, folder)).catch((): string[] => []);
    for (const name of names.filter((one) => /\.(wants|requires)$/.test(one))) {
      const entries = await readdir(join(root, folder, name)).catch((): string[] => []);
      if (entries.includes(unit)) return true;
    }
  }
  return false;
}
