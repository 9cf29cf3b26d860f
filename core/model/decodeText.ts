/** A text file as it was written, or why it is none, as the rest of a sentence that names the file. */
export type DecodedText = { readonly text: string } | { readonly problem: string };

function strictly(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    // The byte order mark is left out by the decoder.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The text of a file that a person wrote with any editor: UTF-8 with or without a byte order mark, or UTF-16 with one, as
 * PowerShell's `>` and Notepad write it. Anything else would be read wrongly without a word, so it is refused in words.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const [first, second] = bytes;
  const wide =
    first === 0xff && second === 0xfe ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
  if (wide) {
    const text = strictly(bytes, wide);
    return text === undefined ? { problem: 'it begins as UTF-16 text and is none; save it as UTF-8' } : { text };
  }
  if (bytes.includes(0)) return { problem: 'it holds zero bytes: save it as UTF-8 text' };
  const text = strictly(bytes, 'utf-8');
  return text === undefined ? { problem: 'it is not UTF-8 text; save it as UTF-8' } : { text };
}
