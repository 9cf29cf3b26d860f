import { createHash } from 'node:crypto';
import type { InventoryNode, NodeService } from '../../../core/model/inventory.ts';
import type { InstalledPackage, NodeFacts, RpmFacts, ServiceState } from '../../../core/model/node.ts';
import type { PackageRelation, PackageRelations } from '../../../core/model/package.ts';
import { formatNevra, senseOfFlags } from '../../../core/model/rpmVersion.ts';
import type { FactSection } from '../NodePort.ts';
import { NodeFault } from './nodeTrouble.ts';
import { shellWords } from './shellWords.ts';

/*
 * Facts are read by one script; each part stands between lines that carry a mark, so that nothing that a program prints is taken for another part. What
 * cannot be read is missing, and said to be unknown.
 */

/** A command that hangs, as `df` does on a dead mount, must not hold up the rest. */
const PART_S = 20;

const PACKAGE = 'P\\t%{NAME}\\t%{EPOCHNUM}\\t%{VERSION}\\t%{RELEASE}\\t%{ARCH}\\t%{HEADERCOLOR}\\n';
const relation = (letter: string, tag: string): string =>
  `[${letter}\\t%{${tag}NAME}\\t%{${tag}FLAGS}\\t%{${tag}VERSION}\\n]`;
const RELATIONS = [
  relation('R', 'REQUIRE'),
  relation('V', 'PROVIDE'),
  relation('C', 'CONFLICT'),
  relation('O', 'OBSOLETE'),
].join('');

function partsOf(
  sections: readonly FactSection[],
  service: NodeService | undefined,
  knownBoot: string | undefined,
): Readonly<Record<string, string>> {
  const asked = new Set(sections);
  const query = PACKAGE + (asked.has('relations') ? RELATIONS : '');
  const parts: Record<string, string> = {};
  // A row of the nodes list is worth nothing without them; what the shell can read by itself costs no process. A kernel is the same for a whole boot.
  parts['os'] = `tell </etc/os-release
read -r boot </proc/sys/kernel/random/boot_id
[ "$boot" = '${knownBoot ?? ''}' ] || uname -rm
while read -r line; do case $line in MemTotal:*) echo "$line"; break ;; esac; done </proc/meminfo`;
  parts['boot'] = 'tell </proc/sys/kernel/random/boot_id; tell </proc/uptime';
  if (asked.has('clock')) parts['clock'] = 'date +%s%3N';
  if (asked.has('packages') || asked.has('relations')) {
    parts['packages'] = `command -v rpm >/dev/null || { echo missing; exit; }
LC_ALL=C.UTF-8 rpm -qa --qf '${query}' && echo whole`;
  }
  if (asked.has('rpm')) parts['rpm'] = 'rpm --version; rpm --showrc | grep -o "rpmlib([^)]*) = [^ ]*"';
  if (asked.has('filesystems')) {
    // A container has single files mounted from elsewhere, with the room of where they come from: nothing can be put there.
    parts['filesystems'] = `timeout ${PART_S} df -Pkl | while IFS= read -r line; do
  [ ! -d "\${line#*% }" ] || printf '%s\\n' "$line"
done`;
  }
  if (asked.has('services') && service) {
    parts['services'] = service.status
      ? `timeout ${PART_S} ${shellWords(service.status)} >/dev/null; echo status $?`
      : `timeout ${PART_S} systemctl show -p LoadState -p ActiveState ${shellWords([service.name])}`;
  }
  return parts;
}

/** `cat` of the standard input, without a process. */
const TELL = `tell() { while IFS= read -r line || [ -n "$line" ]; do printf '%s\\n' "$line"; done; }`;

/** Parts that end nothing but themselves, so that they need no shell of their own. */
const BY_THE_SHELL: ReadonlySet<string> = new Set(['os', 'boot', 'clock']);

/**
 * The script that reads facts; every part begins with a line of the mark and its name. `knownBoot`: the boot whose kernel is known.
 */
export function factsScript(
  sections: readonly FactSection[],
  service: NodeService | undefined,
  mark: string,
  knownBoot?: string,
): string {
  const lines = Object.entries(partsOf(sections, service, knownBoot)).map(([name, commands]) => {
    const [open, close] = BY_THE_SHELL.has(name) ? ['{', '}'] : ['(', ')'];
    return `echo; echo '${mark} ${name}'\n${open}\n${commands}\n${close} </dev/null`;
  });
  return `exec 2>&1\n${TELL}\n${lines.join('\n')}\necho; echo '${mark} end'\n`;
}

/** What a boot of a node runs. */
interface Booted {
  readonly bootId: string;
  readonly kernel: string;
  readonly arch: string;
}

/** Packages and their relations by the text that told them, so that equal nodes have the same objects; and the kernels of nodes. */
export class FactsCache {
  readonly #booted = new Map<string, Booted>();
  readonly #known = new Map<string, ReadPackages>();
  readonly #most: number;

  constructor(most = 64) {
    this.#most = most;
  }

  /** The kernel that a node was last seen with. */
  bootedOf(nodeId: string): Booted | undefined {
    return this.#booted.get(nodeId);
  }

  keepBooted(nodeId: string, booted: Booted): void {
    this.#booted.set(nodeId, booted);
  }

  packagesOf(text: string): ReadPackages {
    const digest = createHash('sha256').update(text).digest('base64');
    const known = this.#known.get(digest) ?? parsePackages(text);
    // The one that was not asked for the longest goes first.
    this.#known.delete(digest);
    this.#known.set(digest, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest);
    return known;
  }
}

interface ReadPackages {
  readonly packages: readonly InstalledPackage[];
  readonly relations: Readonly<Record<string, PackageRelations>>;
}

/** Lists that one package is read into. */
interface OpenPackage {
  readonly requires: PackageRelation[];
  readonly provides: PackageRelation[];
  readonly conflicts: PackageRelation[];
  readonly obsoletes: PackageRelation[];
  readonly color?: number;
}

/** Reads what `rpm -qa` answered in the form of this file. Keys that rpm keeps as packages (gpg-pubkey) are none. */
export function parsePackages(text: string): ReadPackages {
  const packages: InstalledPackage[] = [];
  const relations: Record<string, PackageRelations> = {};
  let open: OpenPackage | undefined;
  for (const line of text.split('\n')) {
    const [letter, name = '', a = '', b = '', release = '', arch = '', color = ''] = line.split('\t');
    if (letter === 'P') {
      open = undefined;
      if (name === '' || name === 'gpg-pubkey') continue;
      const one = { name, epoch: Number(a) || 0, version: b, release, arch };
      packages.push(one);
      const lists = { requires: [], provides: [], conflicts: [], obsoletes: [] };
      open = /^\d+$/.test(color) ? { ...lists, color: Number(color) } : lists;
      relations[formatNevra(one)] = open;
    } else if (open && letter !== undefined && LISTS[letter]) {
      const flags = Number(a) || 0;
      const sense = senseOfFlags(flags);
      open[LISTS[letter]].push({ name, sense, version: sense === '' ? '' : b, flags });
    }
  }
  return { packages, relations };
}

const LISTS: Readonly<Record<string, 'requires' | 'provides' | 'conflicts' | 'obsoletes'>> = {
  R: 'requires',
  V: 'provides',
  C: 'conflicts',
  O: 'obsoletes',
};

function parseService(text: string | undefined, service: NodeService | undefined): ServiceState {
  if (text === undefined || !service) return 'unknown';
  const status = /^status (\d+)$/m.exec(text)?.[1];
  // LSB, iniscrpt.html: 0 runs, 1 dead with a pid file, 2 dead with a lock file, 3 stopped.
  if (status !== undefined) return status === '0' ? 'up' : /^[123]$/.test(status) ? 'down' : 'unknown';
  if (!/^LoadState=loaded$/m.test(text)) return 'unknown';
  const active = /^ActiveState=(.*)$/m.exec(text)?.[1] ?? '';
  if (active === 'active' || active === 'reloading') return 'up';
  return active === 'inactive' || active === 'failed' ? 'down' : 'unknown';
}

/** What the inventory says of the service, and how it was found. */
function serviceOf(service: NodeService | undefined, text: string | undefined): NodeFacts['service'] {
  if (!service) return { name: '', state: 'none' };
  const { name, start, stop } = service;
  return { name, state: parseService(text, service), ...(start ? { start } : {}), ...(stop ? { stop } : {}) };
}

function parseFileSystems(text: string): NodeFacts['fileSystems'] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\S+)\s+(\d+)\s+\d+\s+(\d+)\s+\S+\s+(\/.*)$/.exec(line);
    const [, device = '', total = '0', free = '0', path = ''] = match ?? [];
    if (!match || total === '0' || /^(tmpfs|devtmpfs|udev|efivarfs|none)$/.test(device)) return [];
    return [{ path, totalBytes: Number(total) * 1024, freeBytes: Number(free) * 1024 }];
  });
}

function parseRpm(text: string): RpmFacts | undefined {
  const version = /RPM version (\S+)/i.exec(text)?.[1];
  if (version === undefined) return undefined;
  const features = [...text.matchAll(/(rpmlib\([^)]*\)) = (\S+)/g)].map(
    ([, name = '', since = '']): PackageRelation => ({ name, sense: '=', version: since, flags: 8 }),
  );
  return features.length > 0 ? { version, features } : { version };
}

/**
 * What the answer of the script says.
 * @throws NodeFault where the node has no rpm, or its database cannot be read
 */
export function factsOf(
  node: InventoryNode,
  answer: string,
  mark: string,
  sections: readonly FactSection[],
  cache: FactsCache,
  nowMs: number,
): NodeFacts {
  const { nodeId, system, service } = node;
  const parts = new Map(
    answer
      .split(`\n${mark} `)
      .slice(1)
      .map((part): [string, string] => {
        const end = part.indexOf('\n');
        return [part.slice(0, end), part.slice(end + 1)];
      }),
  );
  const os = parts.get('os') ?? '';
  const packagesText = parts.get('packages');
  if (packagesText !== undefined && !/^whole$/m.test(packagesText)) {
    if (/^missing$/m.test(packagesText)) throw new NodeFault('refused', 'rpm-missing', `${nodeId} has no rpm`);
    const last = packagesText.trim().split('\n').at(-1) ?? '';
    throw new NodeFault(
      'refused',
      'action-failed',
      `${nodeId}: rpm does not list its packages (${last.slice(0, 300)})`,
    );
  }
  const read = packagesText === undefined ? undefined : cache.packagesOf(packagesText);
  const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(os)?.[1];
  const [, bootId, uptime] = /^([0-9a-f-]{36})\n([\d.]+) [\d.]+$/m.exec(parts.get('boot') ?? '') ?? [];
  const uname = /^(\d\S+) (\S+)$/m.exec(os);
  const known = cache.bootedOf(nodeId);
  const { kernel, arch } = uname
    ? { kernel: uname[1] ?? '', arch: uname[2] ?? '' }
    : known && known.bootId === bootId
      ? known
      : { kernel: '', arch: '' };
  if (uname && bootId !== undefined) cache.keepBooted(nodeId, { bootId, kernel, arch });
  const clockMs = /^(\d+)$/m.exec(parts.get('clock') ?? '')?.[1];
  const rpm = parts.get('rpm') === undefined ? undefined : parseRpm(parts.get('rpm') ?? '');
  const workstation = node.type === 'AWS' || node.type === 'SWS';
  return {
    nodeId,
    os: name ?? 'unknown',
    arch,
    kernel,
    memoryBytes: 1024 * Number(/MemTotal:\s+(\d+)/.exec(os)?.[1] ?? 0),
    groupingKey: workstation ? `workstation-${nodeId}` : `system-${system}`,
    fileSystems: parseFileSystems(parts.get('filesystems') ?? ''),
    service: serviceOf(service, parts.get('services')),
    packages: read?.packages ?? [],
    ...(read && sections.includes('relations') ? { relations: read.relations } : {}),
    ...(rpm ? { rpm } : {}),
    ...(bootId === undefined ? {} : { boot: { id: bootId, uptimeSeconds: Number(uptime) } }),
    ...(clockMs === undefined ? {} : { clockOffsetMs: Number(clockMs) - nowMs }),
  };
}
