import { createServer } from 'node:http';
import type { FuzzTarget } from '../../core/testing/fuzz.ts';
import { MemorySocket } from '../../core/testing/MemorySocket.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { BrowserConsole } from '../web/BrowserConsole.ts';
import { ownHosts } from '../web/ownHost.ts';
import { WebServer } from '../web/WebServer.ts';
import { createMemoryLog } from './masterRig.ts';

const signIn = '{"user":"anna","password":"x"}';

/** Turns of the loop in which a request that came whole is answered. */
const TURNS = 50;
const STATUS = /^HTTP\/1\.1 (101|200|308|400|401|403|404|405|411|413|414|415|417|421|426|431) /;

const heads = [
  'GET / HTTP/1.1\r\nHost: master:8443\r\nConnection: close\r\n\r\n',
  'HEAD /start.css HTTP/1.1\r\nHost: master:8443\r\nAccept: text/css\r\n\r\n',
  'GET /console/%2e%2e/..%2f../package.json?y=1#z HTTP/1.1\r\nHost: master:8443\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'GET /session HTTP/1.1\r\nHost: m\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nOrigin: https://m\r\n\r\n',
  `POST /console/sign-in HTTP/1.1\r\nHost: m\r\nOrigin: https://m\r\nContent-Type: application/json\r\nContent-Length: ${signIn.length}\r\n\r\n${signIn}`,
  'GET /console/session HTTP/1.1\r\nHost: m\r\nCookie: __Host-put-console=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n\r\n',
  'GET /bridge HTTP/1.1\r\nHost: m\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nOrigin: https://m\r\n\r\n',
];

/**
 * Requests to the start page as any client may send them: each is answered with a status that means the client, none reaches
 * a file of the master, and nothing is thrown or logged as a fault of ours. The console's folder is the one of this file.
 */
export function httpTarget(): FuzzTarget {
  const log = createMemoryLog();
  const web = new WebServer({
    log,
    accept: (transport) => transport.destroy(),
    facts: { systemName: 'fuzz', software: 'fuzz', practice: true, fingerprint: () => 'AA:BB' },
  });
  web.mount(
    new BrowserConsole({
      ...{ log, clock: createFakeClock(), folder: new URL('.', import.meta.url).pathname },
      ...{ systemName: 'fuzz', practice: true, software: 'fuzz' },
      ownHosts: () => ownHosts(['master', 'm', 'x'], () => false),
      openWorkbench: () => Promise.reject(new PutError('sign-in-refused', 'nobody signs in here')),
      demandSession: () => {
        throw new PutError('session-unknown', 'there is no session');
      },
    }),
  );
  const arrived = { role: 'web', port: 8443, address: 'fuzz' } as const;
  const server = createServer((request, response) => web.request(request, response, arrived));
  server.on('upgrade', (request, socket, head: Buffer) => web.upgrade(request, socket, head, arrived));
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    else socket.destroy();
  });
  return {
    name: 'http',
    samples: heads.map((head) => Uint8Array.from(Buffer.from(head, 'latin1'))),
    async read(bytes, random) {
      const socket = new MemorySocket();
      const before = log.lines.length;
      server.emit('connection', socket);
      for (let at = 0; at < bytes.length;) {
        const length = 1 + Math.floor(random() * 400);
        socket.push(bytes.subarray(at, at + length));
        at += length;
        if (random() < 0.2) await new Promise(setImmediate);
      }
      socket.push(null);
      for (let turn = 0; turn < TURNS && !socket.destroyed; turn++) await new Promise(setImmediate);
      const answer = socket.answered.toString('latin1');
      socket.destroy();
      const fault = log.lines.slice(before).find((line) => line.startsWith('error'));
      log.lines.length = 0;
      if (fault !== undefined) throw new Error(fault);
      if (answer !== '' && !STATUS.test(answer)) throw new Error(`answered ${answer.slice(0, 60)}`);
      if (answer.includes('"dependencies"')) throw new Error('package.json got out, which lies above the folder');
    },
  };
}
