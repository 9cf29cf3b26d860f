import { readFile } from 'node:fs/promises';

/** What tells a process from a later one with the same number. Empty texts where the operating system does not tell. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Start time in clock ticks since the boot, from /proc (Linux). */
  readonly startTicks: string;
  /** Changes with every boot (Linux). */
  readonly bootId: string;
}

/** Start time of a process; '' where /proc does not have it. */
async function startTicksOf(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses and may hold any sign; start time is field 22, the 20th after it.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

async function bootId(): Promise<string> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  } catch {
    return '';
  }
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  return { pid: process.pid, startTicks: await startTicksOf(process.pid), bootId: await bootId() };
}

/**
 * Whether that very process still runs: same number, same start time. The boot is asked only where a start time is not known: in a container the
 * processes of a confined service see another boot than the rest. In doubt it runs.
 */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const startTicks = await startTicksOf(identity.pid);
  if (startTicks !== '' && identity.startTicks !== '') return startTicks === identity.startTicks;
  const boot = await bootId();
  return boot === '' || identity.bootId === '' || boot === identity.bootId;
}
