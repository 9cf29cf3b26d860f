import { PutClient } from '../../core/client/PutClient.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import type { Random } from '../../core/session/ports.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import { ANNA } from '../../services/testing/clients.ts';
import { createMasterRig, settle, type MasterRig } from '../../services/testing/masterRig.ts';

const LATENCY_MS = 50;
const STEP_MS = 10;
const SYN_WAITS_MS = [1_000, 2_000, 4_000, 8_000, 5_000];

interface Said {
  readonly messageId: string;
}

/** A client and portmgmt in one process over wires in memory, on a clock that is moved; the line between can be cut. */
export class VirtualLine {
  readonly rig: MasterRig = createMasterRig();
  readonly #random: Random;
  client: PutClient;
  /** False: nothing answers. */
  up = true;
  /** Numbers of timeline entries as the client's watch told them. */
  readonly seen: number[] = [];
  /** How often the master was asked to say each message. */
  readonly asked = new Map<string, number>();
  #wire: Wire | undefined;
  #sent = 0;

  constructor(random: Random) {
    this.#random = random;
    const say = this.rig.service.handlers['chat.say'];
    Object.assign(this.rig.service.handlers, {
      'chat.say': (params: Said & { text: string }, caller: never) => {
        this.asked.set(params.messageId, (this.asked.get(params.messageId) ?? 0) + 1);
        return say?.(params, caller);
      },
    });
    this.client = this.createClient();
  }

  get wire(): Wire | undefined {
    return this.#wire;
  }

  get sent(): number {
    return this.#sent;
  }

  createClient(): PutClient {
    return new PutClient({
      target: { host: 'rig', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111, fingerprint: 'x' },
      pathOrder: ['single-port'],
      dial: async (_target, signal) => {
        // TCP asks a silent line again after 1, 2, 4 and 8 s; the dialler then gives up.
        for (const waitMs of SYN_WAITS_MS) {
          if (this.up) break;
          await new Promise<void>((resolve) => {
            const stop = this.rig.clock.setTimer(waitMs, resolve);
            signal.addEventListener('abort', () => (stop(), resolve()));
          });
        }
        if (!this.up || signal.aborted) throw new PutError('dial-timeout', 'the line is down');
        const { transport, wire } = this.rig.dial('negotiation', 9000, { latencyMs: LATENCY_MS });
        this.#wire = wire;
        return Promise.resolve(transport);
      },
      clock: this.rig.clock,
      random: this.#random,
      software: 'bench',
      clientSystem: 'laptop',
      compression: deflateCompression,
      onChange: () => {},
    });
  }

  async signIn(): Promise<void> {
    await settle(this.rig.clock, this.client.signIn(ANNA));
    this.client.watchLog<{ number: number }>('timeline', 0, (entries) => {
      for (const { number } of entries) this.seen.push(number);
    });
    await this.rig.clock.advance(1_000);
  }

  /** The client says something; the master's timeline tells it to everyone, the client included. */
  say(): void {
    const messageId = `m${++this.#sent}`;
    void this.client
      .request('chat.say', { messageId, text: `message number ${this.#sent}` }, 3_600_000)
      .catch(() => {});
  }

  /** Moves time until the client is online; answers the seconds, at most `limitS`. */
  async untilOnline(limitS: number): Promise<number> {
    for (let ms = 0; ms < limitS * 1000; ms += STEP_MS) {
      if (this.client.state.kind === 'online') return ms / 1000;
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
}
