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

/** What the receiver of a file says. */
export interface FileCredit {
  readonly transfer: number;
  /** Bytes that are safe on its disk. */
  readonly stored: number;
  /** Offset that the sender may go up to. */
  readonly allowed: number;
  /**
   * When the last of the stored bytes arrived, in ms of the receiver's clock modulo 2^32; 0 before the first. The sender
   * learns from it how long its bytes queue on their way, whatever the credit itself has to wait for on the way back.
   */
  readonly arrivedAtMs: number;
}

const CREDIT_BYTES = TRANSFER_BYTES + 2 * OFFSET_BYTES + 4;

/** Body of a fileCredit frame. A time of any size is cut to its 32 lower bits. */
export function encodeFileCredit({ transfer, stored, allowed, arrivedAtMs }: FileCredit): Uint8Array {
  const body = new Uint8Array(CREDIT_BYTES);
  const view = new DataView(body.buffer);
  view.setUint32(0, transfer);
  view.setBigUint64(TRANSFER_BYTES, BigInt(stored));
  view.setBigUint64(TRANSFER_BYTES + OFFSET_BYTES, BigInt(allowed));
  view.setUint32(CREDIT_BYTES - 4, arrivedAtMs % 2 ** 32);
  return body;
}

/** Reads a fileCredit body. Throws `body-invalid`. */
export function decodeFileCredit(body: Uint8Array): FileCredit {
  checkLength(body, CREDIT_BYTES, 'a frame of file credit');
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return {
    transfer: view.getUint32(0),
    stored: readOffset(view, TRANSFER_BYTES),
    allowed: readOffset(view, TRANSFER_BYTES + OFFSET_BYTES),
    arrivedAtMs: view.getUint32(CREDIT_BYTES - 4),
  };
}
