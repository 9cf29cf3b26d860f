import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { wsTransport } from '../node/wsTransport.ts';
import { LIMITS } from '../protocol/limits.ts';
import { awaitHello } from '../session/handshake.ts';
import { createFakeClock } from './fakeClock.ts';
import type { FuzzTarget } from './fuzz.ts';
import { MemorySocket } from './MemorySocket.ts';

const KEY = Buffer.from('0123456789abcdef').toString('base64');
/** What ws and the streams need to take everything in; a transport that is not over then hangs. */
const TURNS = 200;

/** One frame of a WebSocket client (RFC 6455, 5.2), masked with zeros. */
function clientFrame(opcode: number, payload: Uint8Array, final = true): Uint8Array {
  const { length } = payload;
  const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff];
  return Uint8Array.from([(final ? 0x80 : 0) | opcode, ...head, 0, 0, 0, 0, ...payload]);
}

function upgrade(server: WebSocketServer, socket: Duplex): Promise<WebSocket> {
  const request = Object.assign(new EventEmitter(), {
    method: 'GET',
    url: '/session',
    headers: { upgrade: 'websocket', 'sec-websocket-key': KEY, 'sec-websocket-version': '13' },
  }) as unknown as IncomingMessage;
  return new Promise((resolve) => server.handleUpgrade(request, socket, Buffer.alloc(0), resolve));
}

/**
 * The bytes of a WebSocket client behind its upgrade: frames, fragments, pings, texts, and whatever else. The greeting is
 * read or refused with a typed error, and the transport is over in any case when the client is.
 */
export function webSocketTarget(greeting: Uint8Array): FuzzTarget {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: LIMITS.webSocketMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const half = Math.floor(greeting.length / 2);
  const whole = clientFrame(2, greeting);
  const fragments = Buffer.concat([
    clientFrame(2, greeting.slice(0, half), false),
    clientFrame(9, Uint8Array.of(1, 2)),
    clientFrame(0, greeting.slice(half), true),
  ]);
  const bytewise = Buffer.concat([...greeting.slice(0, 40)].map((byte) => clientFrame(2, Uint8Array.of(byte))));
  return {
    name: 'websocket',
    samples: [
      whole,
      Uint8Array.from(fragments),
      Uint8Array.from(bytewise),
      Uint8Array.from(Buffer.concat([whole, clientFrame(8, Uint8Array.of(3, 232))])),
    ],
    async read(bytes, random) {
      const socket = new MemorySocket();
      const clock = createFakeClock();
      const transport = wsTransport(await upgrade(server, socket), { label: 'fuzz', port: 8443 });
      let fault: unknown;
      const onClose = (error?: Error): void => {
        fault ??= error;
      };
      const nobody = { onData: () => {}, onDrain: () => {}, onClose };
      const greeted = awaitHello(transport, clock).then(
        () => transport.setHandlers(nobody),
        (error: unknown) => {
          fault = error;
          transport.setHandlers(nobody);
          transport.destroy();
        },
      );
      for (let at = 0; at < bytes.length;) {
        const length = 1 + Math.floor(random() * 300);
        socket.push(bytes.subarray(at, at + length));
        at += length;
        if (random() < 0.2) await new Promise(setImmediate);
      }
      socket.push(null);
      await clock.advance(0);
      for (let turn = 0; turn < TURNS && !socket.destroyed; turn++) await new Promise(setImmediate);
      // A silent client is cut at the deadline of the greeting, not before.
      await clock.advance(60_000);
      await greeted;
      for (let turn = 0; turn < TURNS && !socket.destroyed; turn++) await new Promise(setImmediate);
      if (!socket.destroyed) {
        transport.destroy();
        throw new Error('the transport outlived its client');
      }
      if (clock.openTimers > 0) throw new Error(`${clock.openTimers} timers are left`);
      if (fault instanceof Error) throw fault;
    },
  };
}
