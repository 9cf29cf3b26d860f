import { PutError } from '../protocol/errors.ts';
import { TAG, TYPE } from './rpmTags.ts';
import { isTextType, takesType } from './rpmTagTypes.ts';
import type { Sliced } from './sliced.ts';

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
/** Magic and version, then four zeros: rpm compares all eight. */
const MAGIC = [0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0] as const;

/**
 * Reads the intro of a header block: magic 8eade80100000000, number of entries, bytes of data.
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
      throw rpmFault(at + i, `${label} expected (8eade80100000000), found byte ${hex(bytes[at + i] ?? 0)}`);
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

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Characters that one call makes of bytes; more arguments would not fit on the stack. */
const LATIN1_SLICE = 8192;

/** Text of header bytes: UTF-8, or Latin-1 as packages of rpm 3 times have it. */
function decodeText(bytes: Uint8Array): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    let text = '';
    for (let at = 0; at < bytes.length; at += LATIN1_SLICE)
      text += String.fromCharCode.apply(null, bytes.subarray(at, at + LATIN1_SLICE) as unknown as number[]);
    return text;
  }
}

/** Tags below this one are regions and internal to rpm (HEADER_I18NTABLE of rpmtag.h). */
const LOWEST_TAG = TAG.i18nTable;
/** A region's tag has 16 bytes of data: its trailer, an index entry again. */
const REGION_BYTES = 16;
/** Bytes of text that are looked through, and items that are read, before others may run. */
const SLICE_BYTES = 1024 * 1024;
/** Bytes within which most texts end, and those of a long one that are looked through before others may run. */
const SHORT_TEXT_BYTES = 64;
const SEARCH_BYTES = 4 * 1024 * 1024;
/** Longest single text unless a reader says otherwise; a summary has some 100 bytes, the longest known provides below 10,000. */
const TEXT_BYTES = 64 * 1024;
const SLICE_ITEMS = 5_000;

/**
 * One header block of a package, checked as a whole by the rules of rpm (hdrblobVerifyRegion and hdrblobVerifyInfo in lib/header.c):
 * where there is a region, it comes first, its trailer is sound and it spans the block; no other tag is below 100; no entry is empty; the
 * data of the entries lie in the order of the index, inside the block, none over another; every text ends. In a sealed main header known
 * tags have their types. So reading tags afterwards costs at most one pass over the data, whatever the index claims.
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
   * @param regionTag tag of the region that the block may be sealed with.
   * @throws PutError rpm-invalid naming offset and expectation.
   */
  static *read(
    bytes: Uint8Array,
    at: number,
    intro: HeaderBlockIntro,
    label: string,
    regionTag: number,
  ): Sliced<HeaderBlock> {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const block: Block = {
      ...{ bytes, view, label, intro },
      dataStart: at + INTRO_BYTES + intro.entries * ENTRY_BYTES,
      dataEnd: at + intro.totalBytes,
    };
    const entries = new Map<number, Entry>();
    const first = entryAt(block, at + INTRO_BYTES);
    const sealed = first.tag === regionTag;
    if (sealed) {
      checkRegion(block, first, regionTag);
      entries.set(first.tag, first);
    }
    let end = block.dataStart;
    for (let i = sealed ? 1 : 0; i < intro.entries; i += 1) {
      const entry = entryAt(block, at + INTRO_BYTES + i * ENTRY_BYTES);
      const name = `${label}, tag ${entry.tag}`;
      if (entry.dataOffset < end) {
        throw rpmFault(
          entry.indexOffset + 8,
          `${name}: data at ${entry.dataOffset - block.dataStart}, before the end of the data of the entry before it (${end - block.dataStart})`,
        );
      }
      checkEntry(block, entry, sealed && regionTag === TAG.headerImmutable);
      if (entries.has(entry.tag)) throw rpmFault(entry.indexOffset, `${name} comes twice`);
      end = yield* endOfData(block, entry);
      entries.set(entry.tag, entry);
      if (i % SLICE_ITEMS === 0) yield;
    }
    return new HeaderBlock(bytes, label, entries);
  }

  has(tag: number): boolean {
    return this.#entries.has(tag);
  }

  /** Offset in the file of the tag's index entry, for messages; undefined when absent. */
  offsetOf(tag: number): number | undefined {
    return this.#entries.get(tag)?.indexOffset;
  }

  /** One text; of a translated one the first, which is the untranslated. Undefined when absent. */
  text(tag: number, mostBytes = TEXT_BYTES): string | undefined {
    const entry = this.#entries.get(tag);
    if (!entry) return undefined;
    if (!isTextType(entry.type)) throw this.#wrongType(entry, 'text');
    return this.#textAt(entry, entry.dataOffset, mostBytes).text;
  }

  /** Every text of an entry; [] when absent. */
  *texts(tag: number, most: number): Sliced<string[]> {
    const entry = this.#entries.get(tag);
    if (!entry) return [];
    if (!isTextType(entry.type)) throw this.#wrongType(entry, 'text');
    this.#atMost(entry, most);
    const texts: string[] = [];
    let at = entry.dataOffset;
    let yieldAt = at + SLICE_BYTES;
    for (let i = 0; i < entry.count; i += 1) {
      const { text, end } = this.#textAt(entry, at, TEXT_BYTES);
      texts.push(text);
      at = end;
      if ((i + 1) % SLICE_ITEMS === 0 || at > yieldAt) {
        yieldAt = at + SLICE_BYTES;
        yield;
      }
    }
    return texts;
  }

  /** Every number of an entry; [] when absent. */
  *numbers(tag: number, most: number): Sliced<number[]> {
    const entry = this.#entries.get(tag);
    if (!entry) return [];
    this.#atMost(entry, most);
    const numbers: number[] = [];
    for (let i = 0; i < entry.count; i += 1) {
      numbers.push(this.#numberAt(entry, i));
      if ((i + 1) % SLICE_ITEMS === 0) yield;
    }
    return numbers;
  }

  /** The first number of an entry; undefined when absent. */
  number(tag: number): number | undefined {
    const entry = this.#entries.get(tag);
    return entry && this.#numberAt(entry, 0);
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

  #textAt(entry: Entry, at: number, mostBytes: number): { text: string; end: number } {
    const end = this.#bytes.indexOf(0, at);
    if (end - at > mostBytes) {
      throw rpmFault(
        at,
        `${this.#label}, tag ${entry.tag}: a text of ${end - at} bytes; at most ${mostBytes} expected`,
      );
    }
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

/** A block while it is checked. */
interface Block {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly label: string;
  readonly intro: HeaderBlockIntro;
  readonly dataStart: number;
  readonly dataEnd: number;
}

function entryAt(block: Block, indexOffset: number): Entry {
  const { view, dataStart } = block;
  return {
    tag: view.getInt32(indexOffset),
    type: view.getUint32(indexOffset + 4),
    count: view.getUint32(indexOffset + 12),
    indexOffset,
    dataOffset: dataStart + view.getInt32(indexOffset + 8),
  };
}

/** The region's tag, its trailer at the end of the data, and that both span the whole block. */
function checkRegion(block: Block, region: Entry, regionTag: number): void {
  const { view, label, intro, dataStart } = block;
  const name = `${label}, region tag ${region.tag}`;
  if (region.type !== TYPE.binary || region.count !== REGION_BYTES) {
    throw rpmFault(
      region.indexOffset + 4,
      `${name}: data type ${region.type}, ${region.count} items; type ${TYPE.binary} (binary) and ${REGION_BYTES} expected`,
    );
  }
  const offset = region.dataOffset - dataStart;
  const lastPlace = intro.dataBytes - REGION_BYTES;
  // What signs a package may have put its entries behind the region of a signature header; a main header is sealed as a whole.
  const whole = regionTag === TAG.headerImmutable;
  if (offset < 0 || offset > lastPlace || (whole && offset !== lastPlace)) {
    throw rpmFault(
      region.indexOffset + 8,
      `${name}: trailer at ${offset}; the last ${REGION_BYTES} of ${intro.dataBytes} bytes of data expected`,
    );
  }
  const trailer = entryAt(block, region.dataOffset);
  // Some old packages end their signature region with the tag of a main header of that time.
  const known = trailer.tag === regionTag || (regionTag === TAG.headerSignatures && trailer.tag === TAG.headerImage);
  if (!known || trailer.type !== TYPE.binary || trailer.count !== REGION_BYTES) {
    throw rpmFault(
      trailer.indexOffset,
      `${name}: its trailer says tag ${trailer.tag}, data type ${trailer.type}, ${trailer.count} items; ${regionTag}, ${TYPE.binary} and ${REGION_BYTES} expected`,
    );
  }
  const spanBytes = -view.getInt32(trailer.indexOffset + 8);
  const wholeBytes = intro.entries * ENTRY_BYTES;
  if (spanBytes < 0 || spanBytes > wholeBytes || spanBytes % ENTRY_BYTES !== 0 || (whole && spanBytes !== wholeBytes)) {
    throw rpmFault(trailer.indexOffset + 8, `${name}: it spans ${spanBytes} bytes of index; ${wholeBytes} expected`);
  }
}

/** Tag, type, place and number of items of one entry. */
function checkEntry(block: Block, entry: Entry, typesKnown: boolean): void {
  const { label, intro, dataStart } = block;
  const { tag, type, count, indexOffset } = entry;
  const name = `${label}, tag ${tag}`;
  if (tag < LOWEST_TAG) throw rpmFault(indexOffset, `${name}: ${LOWEST_TAG} or more expected here`);
  if (type < TYPE.char || type > TYPE.i18nString) {
    throw rpmFault(indexOffset + 4, `${name}: data type ${type}; 1 to 9 expected`);
  }
  if (typesKnown && !takesType(tag, type)) {
    throw rpmFault(indexOffset + 4, `${name}: data type ${type}, which this tag never has`);
  }
  const offset = entry.dataOffset - dataStart;
  if (offset > intro.dataBytes) {
    throw rpmFault(indexOffset + 8, `${name}: data at ${offset}; inside the ${intro.dataBytes} bytes of data expected`);
  }
  const itemBytes = ITEM_BYTES[type] ?? 1;
  if (offset % itemBytes !== 0) {
    throw rpmFault(indexOffset + 8, `${name}: data at ${offset}; a multiple of ${itemBytes} expected`);
  }
  if (count === 0) throw rpmFault(indexOffset + 12, `${name}: no items; at least one expected`);
  // Strings take one byte at least, so the same bound keeps their number below what is really there.
  if (count > (intro.dataBytes - offset) / itemBytes) {
    throw rpmFault(
      indexOffset + 12,
      `${name}: ${count} items do not fit into the ${intro.dataBytes - offset} bytes left`,
    );
  }
  if (type === TYPE.string && count !== 1) {
    throw rpmFault(indexOffset + 12, `${name}: ${count} items; one text expected`);
  }
}

/** Where the data of an entry ends; its texts are looked through for their ends. */
function* endOfData(block: Block, entry: Entry): Sliced<number> {
  const { bytes, label, dataEnd } = block;
  if (!isTextType(entry.type)) return entry.dataOffset + entry.count * (ITEM_BYTES[entry.type] ?? 1);
  let end = entry.dataOffset;
  let yieldAt = end + SLICE_BYTES;
  for (let k = 0; k < entry.count; k += 1) {
    const near = Math.min(dataEnd, end + SHORT_TEXT_BYTES);
    let zero = end;
    while (zero < near && bytes[zero] !== 0) zero += 1;
    if (zero === near) zero = yield* endOfText(bytes, zero, dataEnd);
    if (zero < 0) {
      throw rpmFault(
        entry.indexOffset + 12,
        `${label}, tag ${entry.tag}: text ${k + 1} of ${entry.count} runs on past offset ${dataEnd}, where the data end`,
      );
    }
    end = zero + 1;
    if ((k + 1) % SLICE_ITEMS === 0 || end > yieldAt) {
      yieldAt = end + SLICE_BYTES;
      yield;
    }
  }
  return end;
}

/** Offset of the zero that ends a text, from `at` on; -1 where there is none before `limit`. */
function* endOfText(bytes: Uint8Array, at: number, limit: number): Sliced<number> {
  for (let from = at; from < limit; from += SEARCH_BYTES) {
    const found = bytes.subarray(from, Math.min(limit, from + SEARCH_BYTES)).indexOf(0);
    if (found >= 0) return from + found;
    yield;
  }
  return -1;
}
