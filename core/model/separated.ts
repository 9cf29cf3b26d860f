// Made once: a number's own toLocaleString makes one at each call.
const COUNT = new Intl.NumberFormat('en-US');

/** A number in a sentence, with its thousands apart: `10,000`. */
export const separated = (count: number): string => COUNT.format(count);
