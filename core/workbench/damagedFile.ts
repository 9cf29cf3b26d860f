/** What a file that cannot be read is called once it is set aside: beside itself, with the time in UTC. */
export function asideName(path: string, nowMs: number): string {
  return `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(/\D/g, '').slice(0, 14)}`;
}
