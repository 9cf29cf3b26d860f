import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeBody } from '../../core/protocol/body.ts';
import { encodeFrame, FrameType, PREFACE } from '../../core/protocol/frame.ts';
import { PROTOCOL_VERSIONS } from '../../core/protocol/handshake.ts';
import { joinBytes } from '../../core/testing/bytes.ts';
import { CONNECTION_LIMITS } from '../../services/portmgmt/ConnectionGuard.ts';
import {
  ConnectionFlood,
  connectFrom,
  connectTlsFrom,
  drip,
  greetFrom,
  residentMiB,
  signInFrom,
  upgradeOf,
  whenClosed,
} from '../support/floods.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';

const FLOOD = '127.0.0.2';
const ENGINEER = '127.0.0.3';
/** Longest that putservices bears a client which does not greet, and a margin for a busy machine. */
const CUT_OFF_MS = 30_000;

describe('floods', () => {
  let system: PracticeSystem;
  beforeAll(async () => {
    system = await PracticeSystem.start({ nodes: 1 });
  });
  afterAll(() => system.stop());

  const credentials = (): { user: string; password: string } => ({ user: system.user, password: system.password });
  const signIn = (from: string): Promise<unknown> =>
    signInFrom(from, system.target.ccPort, { user: system.user, password: system.password });

  it('connections from one address: bounded, others get in, and the address too when they are gone', async () => {
    const flood = new ConnectionFlood([FLOOD], system.target.ccPort, 300);
    try {
      while (flood.cutOff < 300) await signIn(ENGINEER);
      await expect(signIn(ENGINEER)).resolves.toBeDefined();
    } finally {
      flood.stop();
    }
    await expect(signIn(FLOOD)).resolves.toBeDefined();
  });

  it('connections from twelve addresses, more than are taken in all: another address gets in', async () => {
    const addresses = Array.from({ length: 12 }, (_, i) => `127.0.0.${20 + i}`);
    const flood = new ConnectionFlood(addresses, system.target.ccPort, 40);
    try {
      while (flood.cutOff < 300) await signIn(ENGINEER);
      await expect(signIn(ENGINEER)).resolves.toBeDefined();
    } finally {
      flood.stop();
    }
  });

  it('web requests that keep their connections: another address gets in', async () => {
    const addresses = Array.from({ length: 10 }, (_, i) => `127.0.0.${40 + i}`);
    const open: Socket[] = [];
    const asking = addresses.flatMap((address) =>
      Array.from({ length: 40 }, async () => {
        const socket = await connectTlsFrom(address, system.target.sslPort).catch(() => undefined);
        if (!socket) return;
        open.push(socket.on('end', () => socket.destroy()));
        socket.resume();
        drip(socket, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), 20);
      }),
    );
    try {
      await Promise.all(asking);
      expect(open.length).toBeGreaterThan(100);
      const stillOpen = (): number => open.filter(({ destroyed }) => !destroyed).length;
      while (stillOpen() > CONNECTION_LIMITS.freshInAll) await signIn(ENGINEER);
      await expect(signIn(ENGINEER)).resolves.toBeDefined();
      const page = await connectTlsFrom(ENGINEER, system.target.sslPort);
      page.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      expect(String((await once(page, 'data'))[0])).toContain('200 OK');
      page.destroy();
    } finally {
      for (const socket of open) socket.destroy();
    }
  });

  it('wrong passwords: the address that guesses is slowed, others sign in', async () => {
    let over = false;
    const codes = new Map<string, number>();
    const guessing = Array.from({ length: 20 }, async (_, worker) => {
      for (let guess = 0; !over; guess++) {
        const password = { user: `guess-${worker}-${guess}`, password: 'not the password' };
        await signInFrom(FLOOD, system.target.ccPort, password).catch((error: { code: string }) =>
          codes.set(error.code, (codes.get(error.code) ?? 0) + 1),
        );
      }
    });
    try {
      while (!codes.has('sign-in-slowed')) await signIn(ENGINEER);
      await expect(signIn(ENGINEER)).resolves.toBeDefined();
    } finally {
      over = true;
      await Promise.all(guessing);
    }
    expect(codes.get('sign-in-refused')).toBeLessThanOrEqual(25);
  });

  it('many engineers at once: all are in, although not all passwords can be checked in time at first', async () => {
    const clients = Array.from({ length: 30 }, (_, i) => system.createClient({ clientSystem: `laptop-${i}` }));
    try {
      await Promise.all(clients.map((client) => client.signIn({ user: system.user, password: system.password })));
      expect(new Set(clients.map(({ state }) => state.kind))).toEqual(new Set(['online']));
    } finally {
      await Promise.all(clients.map((client) => client.close()));
    }
  });

  it('a session whose line was cut comes back with its token while eight addresses hold all they can get', async () => {
    const { welcome, socket } = await greetFrom(ENGINEER, system.target.ccPort, { password: credentials() });
    socket.destroy();
    const addresses = Array.from({ length: 8 }, (_, i) => `127.0.0.${60 + i}`);
    const flood = new ConnectionFlood(addresses, system.target.ccPort, 60);
    const upgrades = addresses.flatMap((address) =>
      Array.from({ length: 30 }, async () => {
        const held = await connectTlsFrom(address, system.target.sslPort).catch(() => undefined);
        held?.write(upgradeOf('/no'));
        return held;
      }),
    );
    try {
      while (flood.cutOff < 300) await signIn('127.0.0.5');
      const back = await greetFrom(ENGINEER, system.target.ccPort, { sessionToken: welcome.sessionToken ?? '' });
      expect(back.welcome.sessionId).toBe(welcome.sessionId);
      back.socket.destroy();
    } finally {
      flood.stop();
      for (const held of await Promise.all(upgrades)) held?.destroy();
    }
  });

  it('messages larger than a greeting before the sign-in end their WebSocket, and cost no memory', async () => {
    const before = await residentMiB(system.process.pid ?? 0);
    const closed = Array.from({ length: 40 }, async () => {
      const socket = await connectTlsFrom(FLOOD, system.target.sslPort);
      socket.write(upgradeOf('/session'));
      await once(socket, 'data');
      // The head of a masked message of 4 MiB, and all of it but the last byte.
      socket.write(Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0));
      socket.write(Buffer.alloc(4 * 1024 * 1024 - 1));
      socket.resume();
      await whenClosed(socket);
    });
    await Promise.all(closed);
    // 40 times 4 MiB would be 160.
    expect((await residentMiB(system.process.pid ?? 0)) - before).toBeLessThan(120);
    await expect(signIn(ENGINEER)).resolves.toBeDefined();
  });

  it('what was refused is let go although its peer ignores the end and goes on speaking', async () => {
    const { sslPort, chatPort, ccPort } = system.target;
    const cases: readonly (readonly [number, Buffer])[] = [
      [sslPort, Buffer.from(upgradeOf('/no'))],
      [chatPort, Buffer.from(upgradeOf('/no'))],
      [sslPort, Buffer.from('SSH-2.0-x\r\n\r\n')],
      [sslPort, Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
      [
        ccPort,
        Buffer.from(
          joinBytes(PREFACE, encodeFrame({ type: FrameType.hello, body: encodeBody({ versions: PROTOCOL_VERSIONS }) })),
        ),
      ],
      [ccPort, Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ];
    const ended = cases.map(async ([port, bytes]) => {
      const socket = await connectTlsFrom(FLOOD, port);
      socket.allowHalfOpen = true;
      socket.resume();
      socket.write(bytes);
      drip(socket, Uint8Array.of(0x78), 200);
      await whenClosed(socket);
    });
    const deadline = AbortSignal.timeout(CUT_OFF_MS);
    await expect(Promise.race([Promise.all(ended), once(deadline, 'abort')])).resolves.toHaveLength(cases.length);
  });

  it('slow ones are cut off, whatever they say slowly, and keep nobody out meanwhile', async () => {
    const { ccPort, sslPort, chatPort } = system.target;
    const hello = joinBytes(
      PREFACE,
      encodeFrame({ type: FrameType.hello, body: encodeBody({ versions: PROTOCOL_VERSIONS }) }),
    );
    const request = 'GET /session HTTP/1.1\r\nHost: x\r\n';
    const upgrade = upgradeOf('/session');
    const cases: Record<string, () => Promise<Socket> | Socket> = {
      'TCP alone': () => connectFrom(FLOOD, ccPort),
      'half a TLS greeting': () => {
        const socket = connectFrom(FLOOD, ccPort);
        socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00, 0x01));
        return socket;
      },
      'a TLS greeting byte by byte': () => {
        const socket = connectFrom(FLOOD, ccPort);
        drip(socket, Buffer.concat([Uint8Array.of(0x16, 0x03, 0x01, 0x02, 0x00), Buffer.alloc(512, 1)]), 250);
        return socket;
      },
      'TLS, then silence': () => connectTlsFrom(FLOOD, ccPort),
      'a hello byte by byte': async () => {
        const socket = await connectTlsFrom(FLOOD, ccPort);
        drip(socket, hello.subarray(0, -1), 250);
        return socket;
      },
      'the head of a hello that does not come': async () => {
        const socket = await connectTlsFrom(FLOOD, ccPort);
        socket.write(hello.subarray(0, 30));
        return socket;
      },
      'silence on the web port': () => connectTlsFrom(FLOOD, sslPort),
    };
    for (const [name, port] of [
      ['web', sslPort],
      ['chat', chatPort],
    ] as const) {
      cases[`half an upgrade on the ${name} port`] = async () => {
        const socket = await connectTlsFrom(FLOOD, port);
        socket.write(request);
        return socket;
      };
      cases[`headers without end on the ${name} port`] = async () => {
        const socket = await connectTlsFrom(FLOOD, port);
        socket.write(request);
        drip(socket, Buffer.from('X-More: yes\r\n'), 250);
        return socket;
      };
      cases[`a WebSocket without a hello on the ${name} port`] = async () => {
        const socket = await connectTlsFrom(FLOOD, port);
        socket.write(upgrade);
        return socket;
      };
      cases[`a WebSocket that only pings on the ${name} port`] = async () => {
        const socket = await connectTlsFrom(FLOOD, port);
        socket.write(upgrade);
        drip(socket, Uint8Array.of(0x89, 0x80, 1, 2, 3, 4), 100);
        return socket;
      };
    }
    const left = new Set(Object.keys(cases));
    const sockets: Socket[] = [];
    const all = Promise.all(
      Object.entries(cases).map(async ([name, open]) => {
        const socket = await open();
        sockets.push(socket);
        socket.resume();
        socket.on('end', () => socket.destroy());
        await whenClosed(socket);
        left.delete(name);
      }),
    );
    try {
      const deadline = AbortSignal.timeout(CUT_OFF_MS);
      await Promise.race([all, once(deadline, 'abort')]);
      await expect(signIn(ENGINEER)).resolves.toBeDefined();
      expect([...left]).toEqual([]);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
