import { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Addresses of this machine as one text; temporary IPv6 addresses come and go and do not count. */
export function networkSignature(interfaces: Interfaces): string {
  return Object.entries(interfaces)
    .flatMap(([name, addresses]) => (addresses ?? []).map((entry) => ({ name, ...entry })))
    .filter((entry) => !entry.internal && (entry.family === 'IPv4' || entry.address.startsWith('fe80')))
    .map((entry) => `${entry.name} ${entry.address}/${entry.netmask}`)
    .sort()
    .join('\n');
}

/**
 * Calls back when the addresses of this machine change: another network, a VPN that came up, a cable pulled. Electron tells
 * nothing of it, so the addresses are looked at every `intervalMs`: often enough to be back within two seconds. Answers what
 * stops it.
 */
export function watchNetwork(
  onChange: () => void,
  intervalMs = 1000,
  read: () => Interfaces = networkInterfaces,
): () => void {
  let last = networkSignature(read());
  const timer = setInterval(() => {
    const now = networkSignature(read());
    if (now === last) return;
    last = now;
    onChange();
  }, intervalMs);
  return () => clearInterval(timer);
}
