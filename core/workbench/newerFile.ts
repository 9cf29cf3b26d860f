import { z } from 'zod';
import { PutError } from '../protocol/errors.ts';

const newerSchema = z.object({ version: z.number().min(2) });

/** What stands in a file as JSON; undefined where it is none. */
export function jsonIn(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** A newer version of the program wrote it. */
export function isOfNewer(text: string | undefined): boolean {
  return newerSchema.safeParse(jsonIn(text)).success;
}

/**
 * Before a file of version 1 with secrets is written over: what a newer version of the program keeps there is its own, and it goes on with it when it is
 * started again. Throws `credentials-unavailable`.
 */
export function refuseNewer(text: string | undefined, path: string): void {
  if (!isOfNewer(text)) return;
  throw new PutError(
    'credentials-unavailable',
    `${path}: a newer version of PUT Desktop wrote it, so nothing is kept in it`,
  );
}
