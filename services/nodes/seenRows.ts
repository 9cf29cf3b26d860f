import { createHash } from 'node:crypto';
import type { InstalledPackage, NodeRow } from '../../core/model/node.ts';
import { formatNevra } from '../../core/model/rpmVersion.ts';
import type { SeenNode } from './NodePort.ts';

const rows = new WeakMap<SeenNode, NodeRow>();
const digests = new WeakMap<readonly InstalledPackage[], string>();

/** What a client gets of a node: without what grows with its packages. `place`: where it stands in the inventory. The same object for the same one. */
export function rowOfSeen(seen: SeenNode, place: number): NodeRow {
  const known = rows.get(seen);
  if (known?.place === place) return known;
  const { packages, ...rest } = seen;
  const row: NodeRow = {
    ...rest,
    place,
    packageCount: packages.length,
    ...(packages.length === 0 ? {} : { packagesDigest: digestOf(packages) }),
  };
  rows.set(seen, row);
  return row;
}

/** Equal for equal lists, whatever their order. */
function digestOf(packages: readonly InstalledPackage[]): string {
  const known = digests.get(packages);
  if (known !== undefined) return known;
  const text = packages.map(formatNevra).sort().join('\n');
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  digests.set(packages, digest);
  return digest;
}
