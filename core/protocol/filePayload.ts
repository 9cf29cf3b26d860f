import { PutError } from './errors.ts';

const TRANSFER_BYTES = 4;
const OFFSET_BYTES = 8;

/** Head of a fileData body: transfer number and offset. */
export const FILE_DATA_HEAD_BYTES = TRANSFER_BYTES + OFFSET_BYTES;

function checkLength(body: Uint8Array, least: number, what: string): void {
  if (body.length < least) throw new PutError('body-invalid', `${what} has ${body.length} bytes; ${least} are needed`);
}

function readOffset(view: DataView, at: number): number {
  const offset = view.getBigUint64(at);
  if (offset > BigInt(Number.MAX_SAFE_INTEGER))
    throw new PutError('body-invalid', `a file offset of ${offset} is beyond what this end can count`);
  return Number(offset);
}

/** Body of a fileData frame: transfer number, offset, bytes. */
export function encodeFileData(transfer: number, offset: number, bytes: Uint8Array): Uint8Array {
  const body = new Uint8Array(FILE_DATA_HEAD_BYTES + bytes.length);
  const view = new DataView(body.buffer);
  view.setUint32(0, transfer);
  view.setBigUint64(TRANSFER_BYTES, BigInt(offset));
  body.set(bytes, FILE_DATA_HEAD_BYTES);
  return body;
}

/** Reads a fileData body; `bytes` is a view of it. Throws `body-invalid`. */
export function decodeFileData(body: Uint8Array): { transfer: number; offset: number; bytes: Uint8Array } {
  checkLength(body, FILE_DATA_HEAD_BYTES, 'a frame of file bytes');
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return {
    transfer: view.getUint32(0),
    offset: readOffset(view, TRANSFER_BYTES),
    bytes: body.subarray(FILE_DATA_HEAD_BYTES),
  };
}

/** Body of a fileCredit frame: transfer number, offset stored so far, offset the sender may go up to. */
export function encodeFileCredit(transfer: number, stored: number, allowed: number): Uint8Array {
  const body = new Uint8Array(TRANSFER_BYTES + 2 * OFFSET_BYTES);
  const view = new DataView(body.buffer);
  view.setUint32(0, transfer);
  view.setBigUint64(TRANSFER_BYTES, BigInt(stored));
  view.setBigUint64(TRANSFER_BYTES + OFFSET_BYTES, BigInt(allowed));
  return body;
}

/** Reads a fileCredit body. Throws `body-invalid`. */
export function decodeFileCredit(body: Uint8Array): { transfer: number; stored: number; allowed: number } {
  checkLength(body, TRANSFER_BYTES + 2 * OFFSET_BYTES, 'a frame of file credit');
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return {
    transfer: view.getUint32(0),
    stored: readOffset(view, TRANSFER_BYTES),
    allowed: readOffset(view, TRANSFER_BYTES + OFFSET_BYTES),
  };
}
