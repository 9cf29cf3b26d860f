import { createHash } from 'node:crypto';
import type { InventoryNode, NodeService } from '../../../core/model/inventory.ts';
import type { NodeFacts, ServiceState } from '../../../core/model/node.ts';
import type { MasterBoot } from '../masterBoot.ts';
import type { FactSection } from '../NodePort.ts';
import { NodeFault } from './nodeTrouble.ts';
import {
  changeOf,
  keepRpm,
  parseRpm,
  parseRpmAs,
  rpmParts,
  rpmQuestion,
  RpmMemory,
  type RpmQuestion,
} from './rpmFacts.ts';
import { READ_BOOT, type ScriptParts } from './questions.ts';
import { shellWords } from '../../../core/model/shellWords.ts';

/* Facts are read by parts of one script. What cannot be read is missing, and said to be unknown. */

/** A command that hangs, as `df` does on a dead mount, must not hold up the rest. `systemctl` has a deadline of its own (25 s for the bus). */
const PART_S = 20;

/** Parts of a script that reads facts; `files`: what is looked at by the program that looks at the files of rpm, where one does, as words of the shell. */
export function factsParts(
  sections: readonly FactSection[],
  service: NodeService | undefined,
  { bootId: knownBoot, rpm }: FactsQuestion,
  files: readonly string[] = [],
): ScriptParts {
  const asked = new Set(sections);
  const parts: Record<string, string> = {};
  // A row of the nodes list is worth nothing without them; what the shell can read by itself costs no process. A kernel is the same for a whole boot. The
  // shell reads a byte at a time: no line is read that is not needed.
  parts['os'] = `${lineOf('/etc/os-release', 'PRETTY_NAME=*')}
${READ_BOOT}
[ "$put_boot" = '${knownBoot ?? ''}' ] || put_add "$(uname -rm)"
${lineOf('/proc/meminfo', 'MemTotal:*')}`;
  parts['boot'] = `put_add "$put_boot"
for put_f in /proc/uptime /etc/machine-id; do
  put_line=
  [ ! -r $put_f ] || read -r put_line <$put_f
  put_add "$put_line"
done`;
  const packages = asked.has('packages') || asked.has('relations');
  const looks = packages || asked.has('rpm');
  if (looks) Object.assign(parts, rpmParts(rpm, { packages, rpm: asked.has('rpm') }, files));
  // The program that looks at the files of rpm tells the time too.
  if (asked.has('clock')) parts['clock'] = looks ? 'put_add "$put_now"' : 'put_add "$(date +%s%3N)"';
  if (asked.has('filesystems')) {
    // A container has single files mounted from elsewhere, with the room of where they come from: nothing can be put there.
    parts['filesystems'] = `set -f
IFS=$put_end
for put_line in $(timeout ${PART_S} df -Pkl 2>/dev/null); do
  [ ! -d "\${put_line#*% }" ] || put_add "$put_line"
done
unset IFS
set +f`;
  }
  if (asked.has('services') && service) {
    parts['services'] = service.status
      ? `timeout ${PART_S} ${shellWords(service.status)} >/dev/null 2>&1\nput_add "status $?"`
      : `put_add "$(systemctl show -p LoadState -p ActiveState ${shellWords([service.name])} 2>&1)"`;
  }
  return parts;
}

/** Tells the first line of a file that fits a pattern. */
const lineOf = (file: string, pattern: string): string => `put_line=
while IFS= read -r put_line || [ -n "$put_line" ]; do
  case $put_line in ${pattern})
    put_add "$put_line"
    break
    ;;
  esac
done 2>/dev/null <${file}`;

/** What the asker knows already; a node says that it is still so, instead of finding it out anew. */
export interface FactsQuestion {
  /** The boot whose kernel is known. */
  readonly bootId?: string | undefined;
  readonly rpm: RpmQuestion;
}

/** A question to a node, with what is known of it now; the answer is read with the same one. */
export function factsQuestion(cache: FactsCache, nodeId: string, sections: readonly FactSection[]): FactsQuestion {
  const rpm = rpmQuestion(cache.rpm, nodeId, sections.includes('relations'));
  return { bootId: cache.bootedOf(nodeId)?.bootId, rpm };
}

/** What a boot of a node runs. */
interface Booted {
  readonly bootId: string;
  readonly kernel: string;
  readonly arch: string;
}

/** Which nodes are one machine, by what was last seen of each. */
class Machines {
  readonly #machineOf = new Map<string, string>();
  readonly #namesOf = new Map<string, Set<string>>();

  /** What a node is now; answers the other names of that machine. */
  keep(nodeId: string, machine: string): string[] {
    this.forget(nodeId);
    const names = this.#namesOf.get(machine) ?? new Set();
    const others = [...names].sort();
    this.#machineOf.set(nodeId, machine);
    this.#namesOf.set(machine, names.add(nodeId));
    return others;
  }

  forget(nodeId: string): void {
    const machine = this.#machineOf.get(nodeId);
    if (machine === undefined) return;
    this.#machineOf.delete(nodeId);
    const names = this.#namesOf.get(machine);
    names?.delete(nodeId);
    if (names?.size === 0) this.#namesOf.delete(machine);
  }
}

/** Kernels of nodes, what rpm said there, and which are one machine. */
export class FactsCache {
  /** The machine that putservices runs on; undefined where that is not known. */
  readonly masterBoot: MasterBoot | undefined;
  readonly rpm = new RpmMemory();
  readonly machines = new Machines();
  readonly #booted = new Map<string, Booted>();

  constructor(masterBoot?: MasterBoot) {
    this.masterBoot = masterBoot;
  }

  /** The kernel that a node was last seen with. */
  bootedOf(nodeId: string): Booted | undefined {
    return this.#booted.get(nodeId);
  }

  keepBooted(nodeId: string, booted: Booted): void {
    this.#booted.set(nodeId, booted);
  }
}

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

/**
 * Equal for names of one machine. The boot alone does not tell a machine from another: containers see the boot of the machine below. Nor do the other two: images that are copied have
 * the same machine id and the same host keys.
 */
function machineOf(bootId: string, machineId: string | undefined, hostKeys: readonly string[]): string {
  const mark = createHash('sha256').update([bootId, machineId ?? [...hostKeys].sort().join()].join('\n'));
  return mark.digest('hex').slice(0, 16);
}

function bootOf({ nodeId, hostKeys }: InventoryNode, text: string, cache: FactsCache): NodeFacts['boot'] | undefined {
  const [, id, uptime] = /^([0-9a-f-]{36})\n([\d.]+) [\d.]+$/m.exec(text) ?? [];
  if (id === undefined) return undefined;
  const machineId = /^[0-9a-f]{32}$/m.exec(text)?.[0];
  const alsoNamed = cache.machines.keep(nodeId, machineOf(id, machineId, hostKeys));
  const master = cache.masterBoot;
  const ofMaster = master?.id === id ? ({ ofMaster: master.comesBack ? 'comes-back' : 'by-hand' } as const) : {};
  return { id, uptimeSeconds: Number(uptime), ...(alsoNamed.length > 0 ? { alsoNamed } : {}), ...ofMaster };
}

/**
 * What a node says to each part.
 * @throws NodeFault where the node has no rpm, or its database cannot be read
 */
export function factsOf(
  node: InventoryNode,
  parts: ReadonlyMap<string, string>,
  question: FactsQuestion,
  cache: FactsCache,
  nowMs: number,
): NodeFacts {
  const { nodeId, system, service } = node;
  const os = parts.get('os') ?? '';
  const packagesText = parts.get('packages');
  const { list, seen, relations } = question.rpm;
  const isSame = packagesText?.trim() === 'same' && list !== undefined;
  if (packagesText !== undefined && !isSame && !/^whole$/m.test(packagesText)) {
    if (/^missing$/m.test(packagesText)) throw new NodeFault('refused', 'rpm-missing', `${nodeId} has no rpm`);
    const last = packagesText.trim().split('\n').at(-1) ?? '';
    throw new NodeFault(
      'refused',
      'action-failed',
      `${nodeId}: rpm does not list its packages (${last.slice(0, 300)})`,
    );
  }
  const told = packagesText === undefined || isSame ? undefined : cache.rpm.packagesOf(packagesText);
  const read = isSame ? list : told;
  const name = /^PRETTY_NAME="?(.*?)"?$/m.exec(os)?.[1];
  const boot = bootOf(node, parts.get('boot') ?? '', cache);
  const bootId = boot?.id;
  const uname = /^(\d\S+) (\S+)$/m.exec(os);
  const known = cache.bootedOf(nodeId);
  const { kernel, arch } = uname
    ? { kernel: uname[1] ?? '', arch: uname[2] ?? '' }
    : known && known.bootId === bootId
      ? known
      : { kernel: '', arch: '' };
  if (uname && bootId !== undefined) cache.keepBooted(nodeId, { bootId, kernel, arch });
  const clock = parts.get('clock') ?? '';
  const clockMs = /^\d+$/m.exec(clock)?.[0] ?? changeOf(clock)?.atMs;
  const rpmText = parts.get('rpm');
  const rpm = rpmText?.trim() === 'same' ? seen?.rpm : rpmText === undefined ? undefined : parseRpm(rpmText);
  keepRpm(cache.rpm, nodeId, question.rpm, { as: parseRpmAs(parts.get('rpm-as') ?? ''), rpm, read: told });
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
    ...(read && relations ? { relations: read.relations } : {}),
    ...(rpm ? { rpm } : {}),
    ...(boot ? { boot } : {}),
    ...(clockMs === undefined ? {} : { clockOffsetMs: Number(clockMs) - nowMs }),
  };
}
