import { connect } from 'node:net';
import ssh2 from 'ssh2';
import { algorithmsFor, HOST_KEY_TYPES } from '../../../core/node/ssh/sshAlgorithms.ts';
import { keyTypeOf } from '../../../core/node/ssh/sshAgent.ts';
import { sshFingerprintOf } from '../../../core/node/ssh/sshHostKey.ts';

/** Addresses that are asked at the same time. */
const AT_ONCE = 128;
/** A machine of the same network answers within milliseconds; a silent one is given this. */
const ANSWER_MS = 1_500;
/** From the banner to the host key. */
const KEY_MS = 4_000;
const LONGEST_BANNER = 255;

/** What speaks SSH at an address. */
export interface SshGreeting {
  readonly address: string;
  readonly port: number;
  readonly banner: string;
  /** As in known_hosts; absent where none of the types known here was shown. */
  readonly key?: string | undefined;
  readonly fingerprint?: string | undefined;
}

export interface ProbeOutcome {
  readonly found: readonly SshGreeting[];
  readonly asked: number;
  readonly unfinished: number;
}

/** Asks every address for SSH, a bounded number at a time, until the signal ends it. Nobody signs in. */
export async function probeSubnet(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
  greet: typeof readGreeting = readGreeting,
): Promise<ProbeOutcome> {
  const found = new Map<string, SshGreeting>();
  let [next, finished] = [0, 0];
  const ask = async (): Promise<void> => {
    while (next < addresses.length && !signal.aborted) {
      const address = addresses[next] ?? '';
      next += 1;
      const greeting = await greet(address, port, signal);
      if (greeting) found.set(address, greeting);
      // An answer that the end of the time cut off is none.
      if (greeting || !signal.aborted) finished += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, addresses.length) }, ask));
  return {
    found: addresses.flatMap((address) => found.get(address) ?? []),
    ...{ asked: addresses.length, unfinished: addresses.length - finished },
  };
}

/** The banner and the host key of what listens there; undefined where nothing does that speaks SSH. Never throws. */
export function readGreeting(address: string, port: number, signal: AbortSignal): Promise<SshGreeting | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const client = new ssh2.Client();
    let [banner, key]: [string | undefined, Buffer | undefined] = [undefined, undefined];
    let head = Buffer.alloc(0);
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      client.destroy();
      socket.destroy();
      if (banner === undefined) return resolve(undefined);
      const text = key && `${keyTypeOf(key)} ${key.toString('base64')}`;
      resolve({ address, port, banner, ...(key && text ? { key: text, fingerprint: sshFingerprintOf(key) } : {}) });
    };
    let timer = setTimeout(end, ANSWER_MS);
    signal.addEventListener('abort', end);
    if (signal.aborted) return end();
    const onData = (bytes: Buffer): void => {
      head = Buffer.concat([head, bytes]);
      const line = /^SSH-[^\r\n]*(?=\r?\n)/m.exec(head.subarray(0, 4096).toString('latin1'))?.[0];
      if (line === undefined) {
        if (head.length > 4096) end();
        return;
      }
      socket.off('data', onData);
      banner = line.slice(0, LONGEST_BANNER).replace(/[^\x20-\x7e]/g, '?');
      clearTimeout(timer);
      timer = setTimeout(end, KEY_MS);
    };
    socket.once('error', end).once('close', end);
    socket.once('connect', () => {
      socket.on('data', onData);
      client.on('error', end).on('close', end);
      client.connect({
        sock: socket,
        username: 'probe',
        algorithms: algorithmsFor(HOST_KEY_TYPES),
        readyTimeout: 0,
        hostVerifier: (shown: Buffer) => {
          key = shown;
          setImmediate(end);
          return false;
        },
      });
    });
  });
}
