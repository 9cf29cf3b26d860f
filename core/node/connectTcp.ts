import { connect as netConnect, isIP, type Socket } from 'node:net';
import { PutError } from '../protocol/errors.ts';
import type { ErrorCode } from '../protocol/errorCatalogue.ts';
import { TIMES } from '../protocol/limits.ts';
import { dialError, withinDial } from './dialDeadline.ts';
import { HostAddresses } from './hostAddress.ts';

/**
 * An address that has not answered yet is joined by the next one after this (RFC 8305, section 5). It goes on beside it: on a
 * line of 600 ms a round trip, the first address still answers first.
 */
const NEXT_ADDRESS_MS = 250;

/** Which failure of several addresses tells most, first. */
const MOST_TELLING: readonly ErrorCode[] = [
  'port-closed',
  'dial-timeout',
  'host-unreachable',
  'dial-failed',
  'dial-forbidden',
  'network-unreachable',
];

/** Names looked up by every dialler of this process. */
export const hostAddresses = new HostAddresses();

/** Where to connect to. */
export interface TcpEnd {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** What it is called in messages; absent: host and port. */
  readonly label?: string | undefined;
}

export interface TcpOptions {
  /** For the name, and every address of it together. */
  readonly timeoutMs?: number | undefined;
  readonly addresses?: HostAddresses | undefined;
  /** For tests. */
  readonly connect?: ((address: string, port: number) => Socket) | undefined;
}

/** Why an address took no connection. */
export interface AddressFailure {
  readonly address: string;
  readonly error: PutError;
}

export interface TcpConnection {
  /** Connected; errors of it are the caller's from now on. */
  readonly socket: Socket;
  readonly address: string;
  /** Time of the TCP handshake: one round trip, in ms. */
  readonly roundTripMs: number;
  /** Addresses that had failed before this one answered. */
  readonly failed: readonly AddressFailure[];
}

const connectTo = (address: string, port: number): Socket => netConnect({ host: address, port });

/** `host:port`, with the brackets that an IPv6 address needs (RFC 3986, section 3.2.2). */
export function hostAndPort(host: string, port: number): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

/** One error for all addresses: the code of the most telling one, the words of each. */
function failureOf(end: TcpEnd, where: string, failed: readonly AddressFailure[]): PutError {
  const { host, port } = end;
  const telling = failed.toSorted((a, b) => MOST_TELLING.indexOf(a.error.code) - MOST_TELLING.indexOf(b.error.code))[0];
  if (!telling) return new PutError('dial-failed', `${where}: no address to connect to`, { host, port });
  const { code, details } = telling.error;
  const words =
    failed.length === 1
      ? telling.error.message
      : `${where}: no address took the connection (${failed.map(({ error }) => error.message).join('; ')})`;
  return new PutError(code, words, { ...details, host, port }, { cause: telling.error });
}

/**
 * Connects to the first address of a host that answers: the next one is tried as soon as one fails, or beside it when it is
 * slow. Rejects with `host-unknown`, `name-server-silent`, `port-closed`, `dial-timeout`, `host-unreachable`,
 * `network-unreachable`, `dial-forbidden`, `dial-failed`, each with `host` and `port` in its details and what every address
 * said in its message, or with `cancelled`.
 */
export function reachTcp(end: TcpEnd, signal: AbortSignal, options: TcpOptions = {}): Promise<TcpConnection> {
  const { host, port } = end;
  const { timeoutMs = TIMES.dialMs, addresses: names = hostAddresses, connect = connectTo } = options;
  const where = end.label ?? hostAndPort(host, port);
  const running = new Map<string, Socket>();
  const failed: AddressFailure[] = [];
  let stagger: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearTimeout(stagger);
    for (const socket of running.values()) socket.destroy();
    running.clear();
  };
  const timedOut = (): PutError => {
    const silent = [...running.keys()].map((address): AddressFailure => {
      const at = address === host ? where : hostAndPort(address, port);
      return { address, error: new PutError('dial-timeout', `${at} did not answer within ${timeoutMs / 1000} s`) };
    });
    if (silent.length > 0 || failed.length > 0) return failureOf(end, where, [...failed, ...silent]);
    return new PutError('name-server-silent', `${host}: no name server answered within ${timeoutMs / 1000} s`, {
      host,
    });
  };
  const race = (addresses: readonly string[]): Promise<TcpConnection> =>
    new Promise((resolve, reject) => {
      const waiting = [...addresses];
      const tryNext = (): void => {
        clearTimeout(stagger);
        const address = waiting.shift();
        if (address === undefined) return;
        const beganAtMs = performance.now();
        const socket = connect(address, port);
        running.set(address, socket);
        socket.on('error', (error) => {
          if (!running.delete(address)) return;
          failed.push({
            address,
            error: dialError(addresses.length === 1 ? where : hostAndPort(address, port), error),
          });
          if (waiting.length > 0) tryNext();
          else if (running.size === 0) reject(failureOf(end, where, failed));
        });
        socket.once('connect', () => {
          if (!running.delete(address)) return;
          stop();
          names.worked(host, address);
          socket.removeAllListeners('error');
          const roundTripMs = Math.round((performance.now() - beganAtMs) * 10) / 10;
          resolve({ socket, address, roundTripMs, failed });
        });
        if (waiting.length > 0) stagger = setTimeout(tryNext, NEXT_ADDRESS_MS);
      };
      tryNext();
    });
  return withinDial(
    where,
    signal,
    () => {
      let given = false;
      const done = names.of(host).then(
        (addresses) => (given ? new Promise<never>(() => {}) : race(addresses)),
        (error: unknown) => {
          const { code, message, details, cause } = dialError(host, error as Error);
          throw new PutError(code, message, { ...details, host }, { cause });
        },
      );
      const giveUp = (): void => {
        given = true;
        stop();
      };
      return { done, giveUp };
    },
    { timeoutMs, timedOut },
  );
}

/** As `reachTcp`, for who needs the connected socket only; `onAnswered` is called when a machine took the connection. */
export async function connectTcp(
  end: TcpEnd,
  signal: AbortSignal,
  onAnswered: () => void = () => {},
  options: TcpOptions = {},
): Promise<Socket> {
  const { socket } = await reachTcp(end, signal, options);
  onAnswered();
  return socket;
}
