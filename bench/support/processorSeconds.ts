import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Seconds of a processor: on the nodes of a lab, and beside them in its network (master, client, the tools that reach nodes). */
export interface ProcessorSeconds {
  readonly nodes: number;
  readonly beside: number;
}

/** `USER_HZ` of proc(5): what a tick of `/proc/PID/stat` is. */
const TICKS_PER_SECOND = 100;

interface Counted {
  readonly parent: number;
  readonly ticks: number;
}

/**
 * A process with those that it waited for (utime, stime, cutime, cstime of proc(5)): the sum over all that live counts those that ended too, since whoever
 * ends is waited for by its parent or by the first process of its namespace.
 */
export function countedOf(stat: string): Counted {
  // The name of the program may have spaces and brackets in it.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = words.slice(11, 15).reduce((sum, word) => sum + Number(word), 0);
  return { parent: Number(words[1]), ticks };
}

function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}

/** What the processes of a lab took up to now; `labPid` is the process that holds its network. Two of these are subtracted. */
export function processorSecondsOf(labPid: number): ProcessorSeconds {
  const network = readlinkSync(`/proc/${labPid}/ns/net`);
  const all = new Map<number, Counted>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(() => readFileSync(`/proc/${name}/stat`, 'utf8')) : undefined;
    if (stat !== undefined) all.set(Number(name), countedOf(stat));
  }
  const isOfLab = (pid: number): boolean => {
    for (let at = pid; at > 1; at = all.get(at)?.parent ?? 0) if (at === labPid) return true;
    return false;
  };
  let [nodes, beside] = [0, 0];
  for (const [pid, { ticks }] of all) {
    if (isOfLab(pid)) nodes += ticks;
    else if (read(() => readlinkSync(`/proc/${pid}/ns/net`)) === network) beside += ticks;
  }
  return { nodes: nodes / TICKS_PER_SECOND, beside: beside / TICKS_PER_SECOND };
}

/** Processor time that one process of this machine has used by itself, in s; 0 for one that is gone. */
export function ownSecondsOf(pid: number): number {
  const stat = read(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return 0;
  const [user = 0, system = 0] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
    .map(Number);
  return (user + system) / TICKS_PER_SECOND;
}

/** Memory of a process of this machine that is its own, in MB. */
export function residentMb(pid: number): number {
  const kb = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1000;
}
