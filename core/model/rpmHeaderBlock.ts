import { PutError } from '../protocol/errors.ts';
import { TYPE } from './rpmTags.ts';

/** The error for a fault at an offset of the package file. */
export function rpmFault(offset: number, message: string): PutError {
  return new PutError('rpm-invalid', `offset ${offset}: ${message}`, { offset });
}

/** Most entries and bytes that a header may announce; rpm itself stops at 65,535 entries and 256 MiB. */
export interface HeaderBlockLimits {
  readonly entries: number;
  readonly dataBytes: number;
}

/** A header block's announced shape, read from its first 16 bytes. */
export interface HeaderBlockIntro {
  readonly entries: number;
  readonly dataBytes: number;
  /** Intro, index and data together. */
  readonly totalBytes: number;
}

export const INTRO_BYTES = 16;
const ENTRY_BYTES = 16;
const MAGIC = [0x8e, 0xad, 0xe8, 0x01] as const;

/**
 * Reads the intro of a header block: magic 8eade801, four bytes unused, number of entries, bytes of data.
 * @throws PutError rpm-invalid for a foreign magic or an announcement beyond the limits, before anything is stored for it.
 */
export function readHeaderBlockIntro(
  bytes: Uint8Array,
  at: number,
  label: string,
  limits: HeaderBlockLimits,
): HeaderBlockIntro {
  for (const [i, expected] of MAGIC.entries()) {
    if (bytes[at + i] !== expected)
      throw rpmFault(at + i, `${label} expected (8eade801), found byte ${hex(bytes[at + i] ?? 0)}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries = view.getUint32(at + 8);
  const dataBytes = view.getUint32(at + 12);
  if (entries === 0 || entries > limits.entries) {
    throw rpmFault(at + 8, `${label} announces ${entries} entries; 1 to ${limits.entries} expected`);
  }
  if (dataBytes > limits.dataBytes) {
    throw rpmFault(at + 12, `${label} announces ${dataBytes} bytes of data; at most ${limits.dataBytes} expected`);
  }
  return { entries, dataBytes, totalBytes: INTRO_BYTES + entries * ENTRY_BYTES + dataBytes };
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** In the file. */
  readonly indexOffset: number;
  readonly dataOffset: number;
}

/** Bytes of one item, by type; also the alignment that rpm demands. Strings have no fixed size. */
const ITEM_BYTES: Readonly<Record<number, number>> = {
  [TYPE.char]: 1,
  [TYPE.int8]: 1,
  [TYPE.int16]: 2,
  [TYPE.int32]: 4,
  [TYPE.int64]: 8,
  [TYPE.binary]: 1,
};

const isStringType = (type: number): boolean =>
  type === TYPE.string || type === TYPE.stringArray || type === TYPE.i18nString;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Text of header bytes: UTF-8, or Latin-1 as packages of rpm 3 times have it. */
function decodeText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    let text = '';
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  }
}

/**
 * One header block of a package, its index checked as a whole: every entry lies inside the data, none overlaps another, every text ends.
 * So reading tags afterwards costs at most one pass over the data, whatever the index claims.
 */
export class HeaderBlock {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #label: string;
  readonly #entries: ReadonlyMap<number, Entry>;

  private constructor(bytes: Uint8Array, label: string, entries: ReadonlyMap<number, Entry>) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#label = label;
    this.#entries = entries;
  }

  /**
   * @param bytes the file from its first byte on, at least up to the end of the block.
   * @param at offset of the block's magic.
   * @param label what the block is called in messages.
   * @throws PutError rpm-invalid naming offset and expectation.
   */
  static read(bytes: Uint8Array, at: number, intro: HeaderBlockIntro, label: string): HeaderBlock {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const dataStart = at + INTRO_BYTES + intro.entries * ENTRY_BYTES;
    const dataEnd = dataStart + intro.dataBytes;
    const found: Entry[] = [];
    for (let i = 0; i < intro.entries; i += 1) {
      const indexOffset = at + INTRO_BYTES + i * ENTRY_BYTES;
      const tag = view.getUint32(indexOffset);
      const type = view.getUint32(indexOffset + 4);
      const offset = view.getInt32(indexOffset + 8);
      const count = view.getUint32(indexOffset + 12);
      const name = `${label}, tag ${tag}`;
      if (type < TYPE.char || type > TYPE.i18nString) {
        throw rpmFault(indexOffset + 4, `${name}: data type ${type}; 1 to 9 expected`);
      }
      if (offset < 0 || offset > intro.dataBytes) {
        throw rpmFault(
          indexOffset + 8,
          `${name}: data at ${offset}; inside the ${intro.dataBytes} bytes of data expected`,
        );
      }
      const itemBytes = ITEM_BYTES[type] ?? 1;
      if (offset % itemBytes !== 0) {
        throw rpmFault(indexOffset + 8, `${name}: data at ${offset}; a multiple of ${itemBytes} expected`);
      }
      // Strings take one byte at least, so the same bound keeps their number below what is really there.
      if (count > (intro.dataBytes - offset) / itemBytes) {
        throw rpmFault(
          indexOffset + 12,
          `${name}: ${count} items do not fit into the ${intro.dataBytes - offset} bytes left`,
        );
      }
      if (type === TYPE.string && count !== 1)
        throw rpmFault(indexOffset + 12, `${name}: ${count} items; one text expected`);
      found.push({ tag, type, count, indexOffset, dataOffset: dataStart + offset });
    }
    return new HeaderBlock(bytes, label, checkedEntries(bytes, found, dataEnd, label));
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** Offset in the file of the tag's index entry, for messages; undefined when absent. */
  offsetOf(tag: number): number | undefined {
    return this.#entries.get(tag)?.indexOffset;
  }

  /** One text; of a translated one the first, which is the untranslated. Undefined when absent. */
  text(tag: number): string | undefined {
    const entry = this.#entries.get(tag);
    if (!entry || entry.count === 0) return undefined;
    if (entry.type !== TYPE.string && entry.type !== TYPE.i18nString && entry.type !== TYPE.stringArray)
      throw this.#wrongType(entry, 'text');
    return this.#textAt(entry.dataOffset).text;
  }

  /** Every text of an entry; [] when absent. */
  texts(tag: number, most: number): string[] {
    const entry = this.#entries.get(tag);
    if (!entry) return [];
    if (!isStringType(entry.type)) throw this.#wrongType(entry, 'text');
    this.#atMost(entry, most);
    const texts: string[] = [];
    let at = entry.dataOffset;
    for (let i = 0; i < entry.count; i += 1) {
      const { text, end } = this.#textAt(at);
      texts.push(text);
      at = end;
    }
    return texts;
  }

  /** Every number of an entry; [] when absent. */
  numbers(tag: number, most: number): number[] {
    const entry = this.#entries.get(tag);
    if (!entry) return [];
    this.#atMost(entry, most);
    const numbers: number[] = [];
    for (let i = 0; i < entry.count; i += 1) numbers.push(this.#numberAt(entry, i));
    return numbers;
  }

  /** The first number of an entry; undefined when absent. */
  number(tag: number): number | undefined {
    const entry = this.#entries.get(tag);
    return !entry || entry.count === 0 ? undefined : this.#numberAt(entry, 0);
  }

  /** A binary entry as lower-case hex; undefined when absent. */
  hexText(tag: number, mostBytes: number): string | undefined {
    const entry = this.#entries.get(tag);
    if (!entry) return undefined;
    if (entry.type !== TYPE.binary) throw this.#wrongType(entry, 'binary');
    this.#atMost(entry, mostBytes);
    let text = '';
    for (const byte of this.#bytes.subarray(entry.dataOffset, entry.dataOffset + entry.count)) text += hex(byte);
    return text;
  }

  #numberAt(entry: Entry, i: number): number {
    switch (entry.type) {
      case TYPE.char:
      case TYPE.int8:
        return this.#view.getUint8(entry.dataOffset + i);
      case TYPE.int16:
        return this.#view.getUint16(entry.dataOffset + 2 * i);
      case TYPE.int32:
        return this.#view.getUint32(entry.dataOffset + 4 * i);
      case TYPE.int64: {
        const value = this.#view.getBigUint64(entry.dataOffset + 8 * i);
        if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
          throw rpmFault(entry.dataOffset + 8 * i, `${this.#label}, tag ${entry.tag}: ${value} is beyond 2^53-1`);
        }
        return Number(value);
      }
      default:
        throw this.#wrongType(entry, 'number');
    }
  }

  #textAt(at: number): { text: string; end: number } {
    const end = this.#bytes.indexOf(0, at);
    return { text: decodeText(this.#bytes.subarray(at, end)), end: end + 1 };
  }

  #wrongType(entry: Entry, expected: string): PutError {
    return rpmFault(
      entry.indexOffset + 4,
      `${this.#label}, tag ${entry.tag}: data type ${entry.type}; ${expected} expected`,
    );
  }

  #atMost(entry: Entry, most: number): void {
    if (entry.count > most)
      throw rpmFault(
        entry.indexOffset + 12,
        `${this.#label}, tag ${entry.tag}: ${entry.count} items; at most ${most} expected`,
      );
  }
}

/** Finds where each entry ends and refuses overlaps, texts that run on, and tags that come twice. */
function checkedEntries(
  bytes: Uint8Array,
  found: readonly Entry[],
  dataEnd: number,
  label: string,
): Map<number, Entry> {
  const byPlace = [...found].sort((a, b) => a.dataOffset - b.dataOffset || a.count - b.count);
  const entries = new Map<number, Entry>();
  for (const [i, entry] of byPlace.entries()) {
    const limit = byPlace[i + 1]?.dataOffset ?? dataEnd;
    const name = `${label}, tag ${entry.tag}`;
    let end = entry.dataOffset;
    if (isStringType(entry.type)) {
      for (let k = 0; k < entry.count; k += 1) {
        const zero = bytes.indexOf(0, end);
        if (zero < 0 || zero >= limit) {
          throw rpmFault(
            entry.indexOffset + 12,
            `${name}: text ${k + 1} of ${entry.count} runs on past offset ${limit}, where the next data begins`,
          );
        }
        end = zero + 1;
      }
    } else {
      end += entry.count * (ITEM_BYTES[entry.type] ?? 1);
      if (end > limit)
        throw rpmFault(entry.indexOffset + 8, `${name}: data reaches over offset ${limit}, where the next data begins`);
    }
    if (entries.has(entry.tag)) throw rpmFault(entry.indexOffset, `${name} comes twice`);
    entries.set(entry.tag, entry);
  }
  return entries;
}
