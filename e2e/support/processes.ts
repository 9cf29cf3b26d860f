import { spawnSync } from 'node:child_process';

/** Process ids of every process below another, and of browsers of the stand-in that belong to nobody any more. */
export function processesBelow(pid: number): number[] {
  const table = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).stdout.trim().split('\n');
  const pairs = table.map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  const below: number[] = [];
  const visit = (parent: number): void => {
    for (const [child, itsParent] of pairs) {
      if (itsParent !== parent) continue;
      below.push(child);
      visit(child);
    }
  };
  visit(pid);
  return below;
}
