/** A number with the separators of the person's locale: `10,000`. */
export const separated = (count: number): string => count.toLocaleString();

/** The number with its word: *1 node*, *2,000 nodes*. */
export const plural = (count: number, one: string, many: string): string =>
  `${separated(count)} ${count === 1 ? one : many}`;
