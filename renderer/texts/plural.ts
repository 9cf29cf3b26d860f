/** The number with its word: *1 node*, *2 nodes*. */
export const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
