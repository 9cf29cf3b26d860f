/** The first line of a text, as a file of a secret holds it: what a person writes below it is no part of it. */
export const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0] ?? '';
