/** A time by the clock of the master node's place, and in UTC where that is another. */
export function timeText(atMs: number | undefined): string {
  if (atMs === undefined) return '';
  const text = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').slice(0, 19);
  const eastMinutes = -new Date(atMs).getTimezoneOffset();
  if (eastMinutes === 0) return `${text(atMs)} UTC`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const ahead = Math.abs(eastMinutes);
  const zone = `${eastMinutes < 0 ? '-' : '+'}${two(ahead / 60)}:${two(ahead % 60)}`;
  return `${text(atMs + eastMinutes * 60_000)} ${zone} (${text(atMs)} UTC)`;
}
