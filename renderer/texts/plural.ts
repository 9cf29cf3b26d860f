// Made once: a number's own toLocaleString makes one at each call, which takes longer than all else in a long list.
const COUNT = new Intl.NumberFormat();

/** A number with the separators of the person's locale: `10,000`. */
export const separated = (count: number): string => COUNT.format(count);

/** The number with its word: *1 node*, *2,000 nodes*. */
export const plural = (count: number, one: string, many: string): string =>
  `${separated(count)} ${count === 1 ? one : many}`;
