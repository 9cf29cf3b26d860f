import { createHash } from 'node:crypto';
import { FileClient, type Upload, type UploadProgress } from '../../core/client/FileClient.ts';
import type { Dial } from '../../core/client/paths.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { Random } from '../../core/session/ports.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import type { FileCaller } from '../../services/service.ts';
import { ANNA } from '../../services/testing/clients.ts';
import { createMasterRig, settle, type MasterRig } from '../../services/testing/masterRig.ts';

const STEP_MS = 10;
/** When a system sends the first packet of a dial again, in ms after the one before (RFC 6298: doubled each time). */
const SYN_WAITS_MS = [1_000, 2_000, 4_000, 8_000, 5_000];
/** Bytes of a resumed TLS handshake in the heavier direction. */
const TLS_BYTES = 700;
const CREDIT_AHEAD_BYTES = 256 * 1024;

/** A line of the bars: one way in ms, and bytes a ms. */
export interface VirtualLineKind {
  readonly name: string;
  readonly latencyMs: number;
  readonly bytesPerMs?: number | undefined;
}

export const VIRTUAL_LINES = {
  office: { name: '10 Mbit/s, 25 ms', latencyMs: 25, bytesPerMs: 1_250 },
  modem: { name: '56 kbit/s, 150 ms', latencyMs: 150, bytesPerMs: 7 },
  slow: { name: '9,600 bit/s, 300 ms', latencyMs: 300, bytesPerMs: 1.2 },
} as const satisfies Record<string, VirtualLineKind>;

interface Said {
  readonly messageId: string;
}

/**
 * A client and portmgmt in one process over wires in memory, on a clock that is moved; the line between can be cut. A dial
 * costs what TCP and a resumed TLS handshake cost, and into a dead line it hangs as they do.
 */
export class VirtualLine {
  readonly rig: MasterRig = createMasterRig();
  readonly #random: Random;
  readonly #kind: VirtualLineKind;
  client: PutClient;
  /** `silent`: nothing answers. `refused`: something on the way says no at once, as a machine without a network does. */
  state: 'up' | 'silent' | 'refused' = 'up';
  /** Numbers of timeline entries as the client's watch told them. */
  readonly seen: number[] = [];
  /** How often the master was asked to say each message. */
  readonly asked = new Map<string, number>();
  /** First packets of dials, the repeated ones included. */
  synPackets = 0;
  dials = 0;
  #wire: Wire | undefined;
  #sent = 0;
  readonly #stored = new Map<number, { name: string; bytes: number; sizeBytes: number }>();
  #transfers = 0;

  constructor(random: Random, kind: VirtualLineKind = { name: '', latencyMs: 50 }) {
    this.#random = random;
    this.#kind = kind;
    const { handlers } = this.rig.service;
    const say = handlers['chat.say'];
    Object.assign(handlers, {
      'chat.say': (params: Said & { text: string }, caller: never) => {
        this.asked.set(params.messageId, (this.asked.get(params.messageId) ?? 0) + 1);
        return say?.(params, caller);
      },
      'file.begin': (params: { name: string; sizeBytes: number }, caller: FileCaller) => this.#begin(params, caller),
      'file.finish': ({ transfer }: { transfer: number }) => ({
        name: this.#stored.get(transfer)?.name ?? '',
        sha256: '0'.repeat(64),
      }),
    });
    Object.assign(this.rig.service, {
      fileData: (caller: FileCaller, transfer: number, offset: number, bytes: Uint8Array) =>
        this.#store(caller, transfer, offset, bytes),
    });
    this.client = this.createClient();
  }

  get wire(): Wire | undefined {
    return this.#wire;
  }

  get sent(): number {
    return this.#sent;
  }

  /** Another network: what was under way on the line before is lost without a word; the next dials reach the master. */
  changeNetwork(): void {
    this.#wire?.cut({ silent: true });
  }

  createClient(clientSystem = 'laptop'): PutClient {
    return new PutClient({
      target: { host: 'rig', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111, fingerprint: 'x' },
      pathOrder: ['single-port'],
      dial: this.#dial,
      clock: this.rig.clock,
      random: this.#random,
      software: 'bench',
      clientSystem,
      compression: deflateCompression,
      onChange: () => {},
    });
  }

  async signIn(): Promise<void> {
    await settle(this.rig.clock, this.client.signIn(ANNA), 10_000);
    this.client.watchLog<{ number: number }>('timeline', 0, (entries) => {
      for (const { number } of entries) this.seen.push(number);
    });
    await this.rig.clock.advance(5_000);
  }

  /** The client says something; the master's timeline tells it to everyone, the client included. */
  say(): void {
    const messageId = `m${++this.#sent}`;
    void this.client
      .request('chat.say', { messageId, text: `message number ${this.#sent}` }, 3_600_000)
      .catch(() => {});
  }

  upload(sizeBytes: number, onProgress: (progress: UploadProgress) => void = () => {}): Upload {
    const source = {
      name: 'upload.rpm',
      sizeBytes,
      read: (_offset: number, bytes: number) => Promise.resolve(new Uint8Array(bytes)),
      sha256: () => Promise.resolve(createHash('sha256').update(String(sizeBytes)).digest('hex')),
      close: () => Promise.resolve(),
    };
    const upload = new FileClient(this.client, this.rig.clock).upload(source, onProgress);
    upload.done.catch(() => {});
    return upload;
  }

  /** Moves time until the client is online by another line than `before`; answers the seconds, at most `limitS`. */
  async untilOnline(limitS: number, before: unknown = undefined): Promise<number> {
    for (let ms = 0; ms < limitS * 1000; ms += STEP_MS) {
      if (this.client.state.kind === 'online' && (before === undefined || this.client.welcome !== before))
        return ms / 1000;
      await this.rig.clock.advance(STEP_MS);
    }
    return Infinity;
  }

  async advance(ms: number): Promise<void> {
    await this.rig.clock.advance(ms);
    this.rig.wires.length = 0;
    this.rig.log.lines.length = 0;
  }

  /** Messages that did not arrive at the master, or not back; and those that arrived more than once. */
  losses(): { lost: number; doubled: number } {
    let lost = 0;
    let doubled = 0;
    for (let number = 1; number <= this.#sent; number++) {
      const asked = this.asked.get(`m${number}`) ?? 0;
      if (asked === 0) lost++;
      if (asked > 1) doubled++;
    }
    const told = new Set(this.seen);
    lost += this.#sent - told.size;
    doubled += this.seen.length - told.size;
    return { lost, doubled };
  }

  readonly #dial: Dial = async (target, signal) => {
    const { latencyMs, bytesPerMs } = this.#kind;
    this.dials++;
    await this.#answered(signal);
    target.onAnswered?.();
    const tlsMs = 2 * latencyMs + (bytesPerMs === undefined ? 0 : TLS_BYTES / bytesPerMs);
    await this.#pass(tlsMs, signal);
    // The handshake's packets are sent again until the line carries them.
    while (this.state === 'silent') await this.#pass(1_000, signal);
    const { transport, wire } = this.rig.dial('negotiation', 9000, { latencyMs, bytesPerMs });
    this.#wire = wire;
    return transport;
  };

  async #answered(signal: AbortSignal): Promise<void> {
    for (const waitMs of SYN_WAITS_MS) {
      if (this.state === 'refused') throw new PutError('dial-failed', 'no route to the host');
      this.synPackets++;
      const carried = this.state === 'up';
      await this.#pass(carried ? 2 * this.#kind.latencyMs : waitMs, signal);
      if (carried) return;
    }
    throw new PutError('dial-timeout', 'the line is down');
  }

  async #pass(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = this.rig.clock.setTimer(ms, resolve);
      signal.addEventListener('abort', () => (stop(), resolve()), { once: true });
    });
    if (signal.aborted) throw new PutError('cancelled', 'the dial was given up');
  }

  #begin(
    { name, sizeBytes }: { name: string; sizeBytes: number },
    caller: FileCaller,
  ): { transfer: number; offset: number; complete: boolean } {
    const before = [...this.#stored.values()].find((one) => one.name === name);
    const transfer = ++this.#transfers;
    this.#stored.clear();
    const bytes = before?.bytes ?? 0;
    this.#stored.set(transfer, { name, bytes, sizeBytes });
    this.rig.clock.setTimer(0, () => this.#credit(caller, transfer, bytes));
    return { transfer, offset: bytes, complete: false };
  }

  #store(caller: FileCaller, transfer: number, offset: number, bytes: Uint8Array): Promise<void> {
    const stored = this.#stored.get(transfer);
    if (!stored) return Promise.reject(new PutError('transfer-unknown', `transfer ${transfer} is not open`));
    if (offset !== stored.bytes)
      return Promise.reject(new PutError('message-invalid', `bytes came at ${offset}, not ${stored.bytes}`));
    stored.bytes += bytes.length;
    this.#credit(caller, transfer, stored.bytes);
    return Promise.resolve();
  }

  #credit(caller: FileCaller, transfer: number, stored: number): void {
    caller.sendFileCredit(transfer, stored, stored + CREDIT_AHEAD_BYTES, this.rig.clock.steadyMs() % 2 ** 32);
  }
}
