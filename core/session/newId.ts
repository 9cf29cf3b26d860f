import type { Random } from './ports.ts';

/** An identifier of 16 signs from a-z and 0-9. */
export function newId(random: Random): string {
  let id = '';
  while (id.length < 16) id += 'abcdefghijklmnopqrstuvwxyz0123456789'[Math.floor(random() * 36)] ?? '';
  return id;
}
