// Made once, since a number's own toLocaleString makes one at each call, and when it is first needed: that takes milliseconds.
let made: Intl.NumberFormat | undefined;

/** A number in a sentence, with its thousands apart: `10,000`. */
export const separated = (count: number): string => (made ??= new Intl.NumberFormat('en-US')).format(count);
