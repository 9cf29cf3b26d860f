import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { PutError } from '../core/protocol/errors.ts';
import { IDLE_DIRECTION, PERFECT_LINE, sendPacket, type LineDirection, type LineProperties } from './lineModel.ts';
import { addNamespace, removeNamespace, runCommand } from './namespaces.ts';

/** What crossed a line so far, by direction: client to master, master to client. */
export interface LineCounts {
  packets: [number, number];
  bytes: [number, number];
  lost: [number, number];
  dropped: [number, number];
}

const START_DEADLINE_MS = 15_000;
/** Hosts of the line's net: the master first, then the addresses that the client has one after the other. */
const FIRST_CLIENT = 2;
const LAST_CLIENT = 6;
const NET_PREFIX = 29;
let lineNumber = 0;

/**
 * Two network namespaces joined by a slow IP line: delay, rate, loss, queue and outages, changed while it runs. Needs root,
 * iproute2 and socat (the kernels it is for may lack netem). Run programs in them with `ip netns exec NAME`.
 */
export class SlowLine {
  readonly clientNamespace: string;
  readonly masterNamespace: string;
  #clientAddress: string;
  readonly masterAddress: string;
  readonly counts: LineCounts = { packets: [0, 0], bytes: [0, 0], lost: [0, 0], dropped: [0, 0] };
  readonly #subnet: string;
  #properties: LineProperties;
  readonly #directions: [LineDirection, LineDirection] = [IDLE_DIRECTION, IDLE_DIRECTION];
  #ends: readonly ChildProcess[] = [];

  private constructor(properties: LineProperties, subnet: number) {
    const name = `put${process.pid % 100_000}x${++lineNumber}`;
    this.clientNamespace = `${name}c`;
    this.masterNamespace = `${name}m`;
    this.#subnet = `10.98.${subnet}`;
    this.#clientAddress = `${this.#subnet}.${FIRST_CLIENT}`;
    this.masterAddress = `${this.#subnet}.1`;
    this.#properties = properties;
  }

  /** Sets up namespaces and line; ready when both ends can send. */
  static async start(properties: Partial<LineProperties> = {}): Promise<SlowLine> {
    const line = new SlowLine({ ...PERFECT_LINE, ...properties }, (process.pid + lineNumber) % 250);
    try {
      await line.#start();
    } catch (error) {
      await line.stop();
      throw error;
    }
    return line;
  }

  get clientAddress(): string {
    return this.#clientAddress;
  }

  get properties(): LineProperties {
    return this.#properties;
  }

  /** Changes the line while it runs. */
  set(change: Partial<LineProperties>): void {
    this.#properties = { ...this.#properties, ...change };
  }

  /** Gives the client's end another address, as another network does; the one before is gone. Answers the new one. */
  changeClientAddress(): string {
    const host = Number(this.#clientAddress.split('.')[3]);
    const next = `${this.#subnet}.${host < LAST_CLIENT ? host + 1 : FIRST_CLIENT}`;
    const address = ['-n', this.clientNamespace, 'addr'];
    runCommand('ip', [...address, 'del', `${this.#clientAddress}/${NET_PREFIX}`, 'dev', 'slow0']);
    runCommand('ip', [...address, 'add', `${next}/${NET_PREFIX}`, 'dev', 'slow0']);
    this.#clientAddress = next;
    return next;
  }

  /** Stops both ends and removes the namespaces. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#ends.map(async (end) => {
        if (end.exitCode !== null || end.signalCode !== null) return;
        const gone = once(end, 'exit');
        end.kill('SIGTERM');
        await gone;
      }),
    );
    removeNamespace(this.clientNamespace);
    removeNamespace(this.masterNamespace);
  }

  async #start(): Promise<void> {
    addNamespace(this.clientNamespace);
    addNamespace(this.masterNamespace);
    this.#ends = [
      this.#startEnd(0, this.clientNamespace, this.#clientAddress),
      this.#startEnd(1, this.masterNamespace, this.masterAddress),
    ];
    const signal = AbortSignal.timeout(START_DEADLINE_MS);
    await Promise.all(this.#ends.map((end) => once(end, 'message', { signal })));
    for (const [end, namespace] of [this.clientNamespace, this.masterNamespace].entries()) {
      this.#waitForDevice(namespace, `slow${end}`);
      runCommand('ip', ['-n', namespace, 'link', 'set', `slow${end}`, 'txqueuelen', '50']);
    }
  }

  #waitForDevice(namespace: string, device: string): void {
    // `ip` itself blocks for a moment each time, so this is no busy loop; socat makes the device within milliseconds.
    for (const deadline = Date.now() + START_DEADLINE_MS; Date.now() < deadline;) {
      try {
        if (runCommand('ip', ['-n', namespace, 'addr', 'show', device]).includes('inet ')) return;
      } catch {
        continue;
      }
    }
    throw new PutError('internal', `the device ${device} did not appear in ${namespace}`);
  }

  #startEnd(direction: 0 | 1, namespace: string, address: string): ChildProcess {
    const end = fork(
      fileURLToPath(new URL('./tunnelEnd.ts', import.meta.url)),
      [`slow${direction}`, `${address}/${NET_PREFIX}`],
      {
        execPath: 'ip',
        execArgv: ['netns', 'exec', namespace, process.execPath],
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      },
    );
    end.on('message', (message: string) => {
      if (message !== 'ready') this.#carry(direction, message);
    });
    return end;
  }

  #carry(direction: 0 | 1, packet: string): void {
    const packetBytes = Math.floor((packet.length * 3) / 4);
    const now = performance.now();
    this.counts.packets[direction]++;
    this.counts.bytes[direction] += packetBytes;
    const sent = sendPacket(this.#directions[direction], this.#properties, packetBytes, now, Math.random);
    this.#directions[direction] = sent.direction;
    if (sent.fate.fate === 'arrives') {
      const end = this.#ends[1 - direction];
      setTimeout(() => {
        if (end?.connected === true) end.send(packet);
      }, sent.fate.atMs - now);
    } else this.counts[sent.fate.fate === 'lost' ? 'lost' : 'dropped'][direction]++;
  }
}
