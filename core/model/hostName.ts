/** What is wrong with a text as the name or address of a host; `port`: it has a port or brackets, as addresses in browsers do. */
export type HostProblem = 'form' | 'port';

/** Judges the name or address of a host as a person typed it, without spaces around it: `master`, `10.4.0.1`, `fe80::1%eth0`. */
export function hostProblem(text: string): HostProblem | undefined {
  if (!/^[^\s@/-][^\s@/]*$/.test(text)) return 'form';
  // Two colons or more stand in IPv6 addresses alone; one divides a name from a port, which has a field of its own.
  return /[[\]]/.test(text) || text.split(':').length === 2 ? 'port' : undefined;
}
