import { existsSync, readFileSync } from 'node:fs';

/* What processes of this machine have used, as /proc tells. */

/** Clock ticks of the processor a second, as /proc counts (`getconf CLK_TCK`). */
const TICKS_PER_SECOND = 100;

/** Processor time that a process of this machine has used, in s; 0 for one that is gone. */
export function cpuSeconds(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory of a process of this machine that is its own, in MB. */
export function residentMb(pid: number): number {
  const kb = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kb) / 1000;
}
