import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

const LISTEN_STATE = '0A';

function listeningInodes(port: number): Set<string> {
  const inodes = new Set<string>();
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      continue;
    }
    for (const line of text.split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      if (fields[1]?.endsWith(`:${hexPort}`) && fields[3] === LISTEN_STATE && fields[9]) inodes.add(fields[9]);
    }
  }
  return inodes;
}

/** Program and, for an interpreter, its script behind options of the form --name=value; never further arguments, which may hold secrets. */
function nameOf(pid: string): string {
  const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const name = path.basename(program) || readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  const script = /^(node|python3?|perl|bash|sh|java)$/.test(name)
    ? args.find((word) => !/^--[\w-]+=/.test(word))
    : undefined;
  return script === undefined || script === '' || script.startsWith('-') ? name : `${name} ${path.basename(script)}`;
}

/**
 * Which process listens at a port, as `name (pid N)`, from /proc; undefined where that cannot be seen (another user's
 * process, or not Linux). Synchronous: it runs once, at a start that fails anyway.
 */
export function findPortOwner(port: number): string | undefined {
  const inodes = listeningInodes(port);
  if (inodes.size === 0) return undefined;
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  for (const pid of pids) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined && inodes.has(inode)) return `${nameOf(pid)} (pid ${pid})`;
      }
    } catch {
      // Processes end while we look, and those of other users do not show their files.
      continue;
    }
  }
  return undefined;
}
