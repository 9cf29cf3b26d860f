/** Characters of one part: at most 1 MiB on the wire, far below what one message carries, so that other messages pass between. */
export const PART_CHARACTERS = 256 * 1024;

export interface TextPart {
  readonly text: string;
  /** Where the next part begins; absent at the end. */
  readonly next?: number | undefined;
}

/** The part of a text that begins at `from`. Signs of two units (emoji) are not cut in two. */
export function partOfText(text: string, from: number, most = PART_CHARACTERS): TextPart {
  let end = Math.min(text.length, from + most);
  if (end < text.length && /[\uD800-\uDBFF]/.test(text[end - 1] ?? '')) end -= 1;
  return { text: text.slice(from, end), ...(end < text.length ? { next: end } : {}) };
}

/** The whole text, asked for part by part; undefined when a part was not answered. */
export async function readTextParts(ask: (from: number) => Promise<TextPart | undefined>): Promise<string | undefined> {
  const parts: string[] = [];
  for (let from = 0; ;) {
    const part = await ask(from);
    if (!part) return undefined;
    parts.push(part.text);
    // A peer that does not move on would be asked for ever.
    if (part.next === undefined || part.next <= from) return parts.join('');
    from = part.next;
  }
}
