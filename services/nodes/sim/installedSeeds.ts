import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { NODE_TYPES } from '../../../core/model/node.ts';
import { PutError } from '../../../core/protocol/errors.ts';
import { faultText } from '../../../core/protocol/schemaWords.ts';
import type { InstalledSeed } from './practiceInventory.ts';

const seedsSchema = z.array(
  z.object({
    name: z.string().min(1),
    epoch: z.number().int().min(0).default(0),
    version: z.string().min(1),
    release: z.string().min(1),
    arch: z.string().min(1),
    nodeTypes: z.array(z.enum(NODE_TYPES)).default([]),
  }),
);

const seed = (name: string, arch: string, nodeTypes: InstalledSeed['nodeTypes'], epoch = 0): InstalledSeed => ({
  ...{ name, epoch, version: '17.10.04.02', release: '1', arch, nodeTypes },
});

/** What fresh practice nodes have where no list is given: the first release of the sample packages. */
export const BUILT_IN_SEEDS: readonly InstalledSeed[] = [
  seed('ptbase', 'noarch', []),
  seed('ptools', 'noarch', []),
  seed('pagent', 'noarch', []),
  seed('pmonitor', 'noarch', []),
  seed('ppde', 'x86_64', ['TPA', 'HSN']),
  seed('ptdbms', 'x86_64', ['TPA', 'HSN'], 1),
  seed('pgateway', 'x86_64', ['TPA', 'HSN']),
  seed('pbackup', 'noarch', ['NONTPA']),
  seed('pconsole', 'noarch', ['AWS', 'SWS']),
];

/** Reads the list of packages that fresh practice nodes have (`installed.json`). Throws `file-unreadable` naming the place. */
export async function readInstalledSeeds(path: string): Promise<readonly InstalledSeed[]> {
  try {
    return seedsSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    const message = error instanceof z.ZodError ? faultText(error) : String(error);
    throw new PutError('file-unreadable', `${path}: ${message}`, { file: path }, { cause: error });
  }
}
