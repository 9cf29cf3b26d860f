/** A source of numbers from 0 (included) to 1 (excluded). */
export type RandomSource = () => number;

/** Hash of a text to 32 bits (FNV-1a with a final mix); equal texts give equal numbers on every machine. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * Numbers drawn from a seed and what they are for, so that one node's luck does not depend on how many others there are
 * (mulberry32, period 2^32; for practice only, never for secrets).
 */
export function seededRandom(seed: number, ...purpose: readonly (string | number)[]): RandomSource {
  let state = hashText(`${seed}\u0000${purpose.join('\u0000')}`);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `least` to `most`, both included. */
export function between(random: RandomSource, least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}
