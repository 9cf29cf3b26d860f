/** A word that a POSIX shell takes as it is. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command of words. */
export function shellWords(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
