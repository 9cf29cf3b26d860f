import { Buffer } from 'node:buffer';
import { TAG, TYPE } from '../rpmTags.ts';

/** One entry of a crafted header. Raw values win over what the data would give, so that broken headers can be made. */
export interface CraftedEntry {
  readonly tag: number;
  readonly type: number;
  readonly data: readonly string[] | readonly number[] | Uint8Array;
  readonly raw?: { readonly type?: number; readonly offset?: number; readonly count?: number };
}

export const text = (tag: number, value: string): CraftedEntry => ({ tag, type: TYPE.string, data: [value] });
export const texts = (tag: number, ...data: string[]): CraftedEntry => ({ tag, type: TYPE.stringArray, data });
export const int32 = (tag: number, ...data: number[]): CraftedEntry => ({ tag, type: TYPE.int32, data });
export const int16 = (tag: number, ...data: number[]): CraftedEntry => ({ tag, type: TYPE.int16, data });
export const binary = (tag: number, data: Uint8Array): CraftedEntry => ({ tag, type: TYPE.binary, data });

const SIZES: Readonly<Record<number, number>> = { [TYPE.int16]: 2, [TYPE.int32]: 4, [TYPE.int64]: 8 };

function dataOf(entry: CraftedEntry): Uint8Array {
  const { data, type } = entry;
  if (data instanceof Uint8Array) return data;
  const size = SIZES[type] ?? 1;
  const bytes = data.flatMap((item) => {
    if (typeof item === 'string') return [...Buffer.from(item, 'latin1'), 0];
    return Array.from({ length: size }, (_, i) => Number((BigInt(item) >> BigInt(8 * (size - 1 - i))) & 255n));
  });
  return Uint8Array.from(bytes);
}

/** A header block: intro, index, data. */
export function craftHeader(
  entries: readonly CraftedEntry[],
  announced: { entries?: number; dataBytes?: number } = {},
): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const size = SIZES[entry.type] ?? 1;
    const padding = (size - (offset % size)) % size;
    data.push(Buffer.alloc(padding));
    offset += padding;
    const bytes = dataOf(entry);
    const row = Buffer.alloc(16);
    row.writeUInt32BE(entry.tag, 0);
    row.writeUInt32BE(entry.raw?.type ?? entry.type, 4);
    row.writeInt32BE(entry.raw?.offset ?? offset, 8);
    row.writeUInt32BE(entry.raw?.count ?? entry.data.length, 12);
    index.push(row);
    data.push(Buffer.from(bytes));
    offset += bytes.length;
  }
  const intro = Buffer.alloc(16);
  intro.set([0x8e, 0xad, 0xe8, 0x01]);
  intro.writeUInt32BE(announced.entries ?? entries.length, 8);
  intro.writeUInt32BE(announced.dataBytes ?? offset, 12);
  return Buffer.concat([intro, ...index, ...data]);
}

/** What is wrong with the region of a crafted header. */
export interface CraftedRegion {
  readonly tag?: number;
  readonly type?: number;
  readonly count?: number;
  /** Index entries that the trailer says it spans; all when absent. */
  readonly spans?: number;
  readonly trailerTag?: number;
  readonly trailerType?: number;
  /** Bytes of data behind the trailer. */
  readonly behind?: number;
  /** Place of the region's tag in the index; first when absent. */
  readonly place?: number;
}

/** A header block that is sealed as one region, as rpm 4 writes it: the region's tag first, its trailer at the end of the data. */
export function craftSealed(
  entries: readonly CraftedEntry[],
  regionTag: number = TAG.headerImmutable,
  region: CraftedRegion = {},
): Buffer {
  const trailer = Buffer.alloc(16);
  trailer.writeUInt32BE(region.trailerTag ?? regionTag, 0);
  trailer.writeUInt32BE(region.trailerType ?? TYPE.binary, 4);
  trailer.writeInt32BE(-16 * (region.spans ?? entries.length + 1), 8);
  trailer.writeUInt32BE(16, 12);
  const behind = Buffer.alloc(region.behind ?? 0);
  const last: CraftedEntry = {
    ...{ tag: region.tag ?? regionTag, type: TYPE.binary, data: Buffer.concat([trailer, behind]) },
    raw: { type: region.type ?? TYPE.binary, count: region.count ?? 16 },
  };
  const block = craftHeader([...entries, last]);
  // The data lie in the order of the index but for the region's, which come last while its tag comes first.
  const index = Array.from({ length: entries.length + 1 }, (_, i) => block.subarray(16 + 16 * i, 32 + 16 * i));
  const rows = index.slice(0, -1);
  rows.splice(region.place ?? 0, 0, index.at(-1) ?? Buffer.alloc(16));
  return Buffer.concat([block.subarray(0, 16), ...rows, block.subarray(16 + 16 * index.length)]);
}

export interface CraftedLead {
  readonly magic?: number;
  readonly major?: number;
  readonly type?: number;
  readonly signatureType?: number;
  readonly name?: string;
}

export function craftLead(lead: CraftedLead = {}): Buffer {
  const bytes = Buffer.alloc(96);
  bytes.writeUInt32BE(lead.magic ?? 0xedabeedb, 0);
  bytes.writeUInt8(lead.major ?? 3, 4);
  bytes.writeUInt16BE(lead.type ?? 0, 6);
  bytes.writeUInt16BE(1, 8);
  bytes.write(lead.name ?? 'crafted-1-1', 10, 'latin1');
  bytes.writeUInt16BE(1, 76);
  bytes.writeUInt16BE(lead.signatureType ?? 5, 78);
  return bytes;
}

/** Lead, signature header padded to 8 bytes, main header, payload. */
export function joinRpm(
  lead: Buffer,
  signature: Buffer,
  main: Buffer,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8);
  return new Uint8Array(Buffer.concat([lead, signature, padding, main, payload]));
}
