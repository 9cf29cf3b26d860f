import type { Patch } from './patchShape.ts';

/*
 * Differences that somebody has made already: by the state before, then by the state after. States are never changed in
 * place, so a difference stays true; it is forgotten with either state.
 */
const known = new WeakMap<object, WeakMap<object, Patch>>();

/** The patch that is known to make `after` of `before`; undefined where nobody made it yet. */
export function knownDifference(before: object, after: object): Patch | undefined {
  return known.get(before)?.get(after);
}

/** `patch` makes `after` of `before`, and stands alone at any place of a larger one: it has no table `x`. */
export function rememberDifference(before: object, after: object, patch: Patch): void {
  const ways = known.get(before);
  if (ways) ways.set(after, patch);
  else known.set(before, new WeakMap([[after, patch]]));
}
