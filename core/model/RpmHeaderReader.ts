import { PutError } from '../protocol/errors.ts';
import {
  assembleRpmHeader,
  checkLeadMagic,
  LEAD_BYTES,
  readLead,
  RPM_LIMITS,
  type RpmHeader,
  type RpmLead,
} from './rpmHeader.ts';
import { HeaderBlock, type HeaderBlockIntro, INTRO_BYTES, readHeaderBlockIntro, rpmFault } from './rpmHeaderBlock.ts';
import { TAG } from './rpmTags.ts';
import { inOneGo, type Sliced } from './sliced.ts';

type Stage =
  | { readonly kind: 'lead' }
  | { readonly kind: 'signature-intro'; readonly lead: RpmLead }
  | { readonly kind: 'signature'; readonly lead: RpmLead; readonly intro: HeaderBlockIntro }
  | {
      readonly kind: 'header-intro';
      readonly lead: RpmLead;
      readonly signature: HeaderBlock;
      readonly headerOffset: number;
    }
  | {
      readonly kind: 'header';
      readonly lead: RpmLead;
      readonly signature: HeaderBlock;
      readonly headerOffset: number;
      readonly intro: HeaderBlockIntro;
    }
  | { readonly kind: 'done'; readonly header: RpmHeader }
  | { readonly kind: 'failed'; readonly error: unknown };

const STAGE_NAMES: Readonly<Record<Stage['kind'], string>> = {
  lead: 'the lead',
  'signature-intro': 'the signature header',
  signature: 'the signature header',
  'header-intro': 'the main header',
  header: 'the main header',
  done: 'the payload',
  failed: 'the head',
};

/** Bytes that are moved before others may run. */
const COPY_SLICE_BYTES = 4 * 1024 * 1024;

/**
 * Reads the head of an RPM package file from its bytes as they come, so that a large file need not be there as a whole.
 * Keeps the bytes of the head only; what it allocates follows what arrived, never what a header announces. Pure.
 */
export class RpmHeaderReader {
  #stored = new Uint8Array(0);
  #length = 0;
  #stage: Stage = { kind: 'lead' };
  #needed = LEAD_BYTES;

  /** Bytes from the beginning of the file that must be there before the next step; the length of the head once it is done. */
  get bytesNeeded(): number {
    return this.#needed;
  }

  get isDone(): boolean {
    return this.#stage.kind === 'done';
  }

  /** The result. @throws PutError rpm-invalid while the head is not complete, or the fault that was found. */
  get header(): RpmHeader {
    if (this.#stage.kind === 'done') return this.#stage.header;
    if (this.#stage.kind === 'failed') throw this.#stage.error;
    if (this.#length === 0) throw rpmFault(0, 'the file is empty');
    if (this.#stage.kind === 'lead') checkLeadMagic(this.#stored.subarray(0, this.#length));
    throw rpmFault(
      this.#length,
      `the file ends in ${STAGE_NAMES[this.#stage.kind]}; ${this.#needed} bytes expected at least`,
    );
  }

  /** The main header's own bytes, over which its digests are made. Only when done. */
  get headerBytes(): Uint8Array {
    const { headerOffset, payloadOffset } = this.header;
    return this.#stored.subarray(headerOffset, payloadOffset);
  }

  /**
   * Takes the next bytes of the file. Bytes of the payload are ignored.
   * @returns true when the head is complete and `header` can be read.
   * @throws PutError rpm-invalid naming offset and expectation; every later call throws the same.
   */
  push(bytes: Uint8Array): boolean {
    return inOneGo(this.pushSliced(bytes));
  }

  /** `push` in slices, for heads that may be large. */
  *pushSliced(bytes: Uint8Array): Sliced<boolean> {
    if (this.#stage.kind === 'failed') throw this.#stage.error;
    let taken = 0;
    try {
      while (this.#stage.kind !== 'done') {
        const missing = this.#needed - this.#length;
        const chunk = bytes.subarray(taken, taken + missing);
        yield* this.#store(chunk);
        taken += chunk.length;
        if (chunk.length < missing) return false;
        yield* this.#advance();
      }
      return true;
    } catch (error) {
      this.#stage = { kind: 'failed', error };
      this.#stored = new Uint8Array(0);
      throw error;
    }
  }

  /** Says that the file has ended. @returns the header. @throws PutError rpm-invalid when the head is not complete. */
  end(): RpmHeader {
    return this.header;
  }

  *#store(chunk: Uint8Array): Sliced<void> {
    const length = this.#length + chunk.length;
    if (length > this.#stored.length) {
      const grown = new Uint8Array(Math.max(length, Math.min(this.#needed, 2 * this.#stored.length)));
      for (let at = 0; at < this.#length; at += COPY_SLICE_BYTES) {
        grown.set(this.#stored.subarray(at, Math.min(at + COPY_SLICE_BYTES, this.#length)), at);
        if (at > 0) yield;
      }
      this.#stored = grown;
    }
    this.#stored.set(chunk, this.#length);
    this.#length = length;
  }

  /** One step, once `#needed` bytes are there. */
  *#advance(): Sliced<void> {
    const stage = this.#stage;
    const at = this.#length;
    switch (stage.kind) {
      case 'lead':
        this.#goOn({ kind: 'signature-intro', lead: readLead(this.#stored) }, INTRO_BYTES);
        return;
      case 'signature-intro': {
        const intro = readHeaderBlockIntro(
          this.#stored,
          at - INTRO_BYTES,
          'signature header',
          RPM_LIMITS.signatureHeader,
        );
        // The main header begins at a multiple of 8.
        const padding = (8 - (intro.totalBytes % 8)) % 8;
        this.#goOn({ kind: 'signature', lead: stage.lead, intro }, intro.totalBytes - INTRO_BYTES + padding);
        return;
      }
      case 'signature': {
        const signature = yield* HeaderBlock.read(
          this.#stored,
          LEAD_BYTES,
          stage.intro,
          'signature header',
          TAG.headerSignatures,
        );
        this.#goOn({ kind: 'header-intro', lead: stage.lead, signature, headerOffset: at }, INTRO_BYTES);
        return;
      }
      case 'header-intro': {
        const intro = readHeaderBlockIntro(this.#stored, stage.headerOffset, 'main header', RPM_LIMITS.mainHeader);
        this.#goOn({ ...stage, kind: 'header', intro }, intro.totalBytes - INTRO_BYTES);
        return;
      }
      case 'header': {
        const main = yield* HeaderBlock.read(
          this.#stored,
          stage.headerOffset,
          stage.intro,
          'main header',
          TAG.headerImmutable,
        );
        const places = { headerOffset: stage.headerOffset, payloadOffset: at };
        const header = yield* assembleRpmHeader(stage.lead, stage.signature, main, places);
        this.#goOn({ kind: 'done', header }, 0);
        return;
      }
      default:
        throw new PutError('internal', `RPM reader asked to go on when ${stage.kind}`);
    }
  }

  #goOn(stage: Stage, moreBytes: number): void {
    this.#stage = stage;
    this.#needed += moreBytes;
  }
}

/**
 * Reads the head of a package file whose first bytes are all there (the payload may be missing).
 * @throws PutError rpm-invalid naming offset and expectation.
 */
export function readRpm(bytes: Uint8Array): RpmHeader {
  const reader = new RpmHeaderReader();
  reader.push(bytes);
  return reader.end();
}
