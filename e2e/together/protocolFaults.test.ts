import { describe, expect, it } from 'vitest';
import { PutClient } from '../../core/client/PutClient.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { decodeBody, encodeBody } from '../../core/protocol/body.ts';
import { encodeFrame, FLAG_COMPRESSED, FrameType, PREFACE, type Frame } from '../../core/protocol/frame.ts';
import { PROTOCOL_VERSIONS } from '../../core/protocol/handshake.ts';
import { LIMITS } from '../../core/protocol/limits.ts';
import type { PutError } from '../../core/protocol/errors.ts';
import type { Transport } from '../../core/session/ports.ts';
import { bytesOfHex, joinBytes } from '../../core/testing/bytes.ts';
import { createFakeClock } from '../../core/testing/fakeClock.ts';
import { createScriptedPeer, type PeerAnswer, type PeerScript } from '../../core/testing/scriptedPeer.ts';
import { Wire } from '../../core/testing/Wire.ts';
import { ANNA } from '../../services/testing/clients.ts';
import { createMasterRig } from '../../services/testing/masterRig.ts';
import { helloOf } from '../../services/testing/TestClient.ts';

/*
 * The table of section 10 of docs/protocol.md, played by a scripted peer against the whole client and the whole of portmgmt:
 * each fault ends the line by its code, the peer is told, and the session goes on over the next line.
 */

const message = (sequence: number, body: unknown, flags = 0): Uint8Array =>
  encodeFrame({ type: FrameType.message, flags, sequence, body: encodeBody(body) });
const raw = (sequence: number, body: Uint8Array, flags = 0): Uint8Array =>
  encodeFrame({ type: FrameType.message, flags, sequence, body });
const compressed = (body: Uint8Array): Uint8Array => new Uint8Array(deflateCompression.compress(body));

/** Faults that both ends must find in a session whose lanes are at their beginning. */
const SESSION_FAULTS: readonly (readonly [code: string, what: string, bytes: Uint8Array])[] = [
  ['frame-type-unknown', 'a type of tomorrow', bytesOfHex('99000000 00000000 00000000 00000000')],
  ['frame-type-unknown', 'a flag of tomorrow', bytesOfHex('10800000 00000001 00000000 00000000')],
  ['frame-type-unknown', 'a flag on a frame that has none', bytesOfHex('11010000 00000000 00000000 00000000')],
  ['frame-type-unknown', 'a second hello', encodeFrame({ type: FrameType.hello, body: encodeBody({}) })],
  ['frame-type-unknown', 'a second welcome', encodeFrame({ type: FrameType.welcome, body: encodeBody({}) })],
  ['frame-type-unknown', 'a late refusal', encodeFrame({ type: FrameType.refused, body: encodeBody({}) })],
  ['channel-unknown', 'channel 99', bytesOfHex('10000063 00000001 00000000 00000000')],
  ['channel-unknown', 'a ping on the job channel', bytesOfHex('14000002 00000000 00000000 00000008 0000000000000000')],
  ['channel-unknown', 'file bytes on the control channel', bytesOfHex('20000000 00000000 00000000 0000000c')],
  ['frame-too-large', 'a message beyond the limit', bytesOfHex('10000000 00000001 00000000 00400001')],
  ['frame-too-large', 'file bytes beyond the limit', bytesOfHex('20000003 00000000 00000000 00010001')],
  ['frame-too-large', 'a close beyond the limit', bytesOfHex('13000000 00000000 00000000 00000401')],
  ['frame-too-large', 'an acknowledgement with a body', bytesOfHex('11000000 00000000 00000000 00000001 00')],
  ['frame-out-of-order', 'a gap in the numbers', message(2, {})],
  ['frame-out-of-order', 'a message without a number', bytesOfHex('10000000 00000000 00000000 00000000')],
  ['frame-out-of-order', 'a number on a keep-alive', bytesOfHex('12000000 00000001 00000000 00000000')],
  ['frame-out-of-order', 'an acknowledgement of nothing', bytesOfHex('11000000 00000000 00000063 00000000')],
  ['body-invalid', 'a message that is no CBOR', raw(1, bytesOfHex('ff'))],
  ['body-invalid', 'two items in one body', raw(1, bytesOfHex('a0a0'))],
  ['body-invalid', 'a key twice', raw(1, bytesOfHex('a2616b0161 6b02'.replace(' ', '')))],
  ['body-invalid', 'a body nested without end', raw(1, new Uint8Array(LIMITS.bodyDepth + 2).fill(0x81))],
  ['body-invalid', 'compressed bytes that do not unpack', raw(1, bytesOfHex('ffffff'), FLAG_COMPRESSED)],
  [
    'body-invalid',
    'a body that unpacks beyond the limit',
    raw(1, compressed(new Uint8Array(LIMITS.messageBodyBytes + 1)), FLAG_COMPRESSED),
  ],
  ['body-invalid', 'a ping that is too short', bytesOfHex('14000000 00000000 00000000 00000001 00')],
  ['body-invalid', 'a short credit', bytesOfHex('21000003 00000000 00000000 00000001 00')],
  ['message-invalid', 'a message of no kind', message(1, { k: 'z' })],
  ['message-invalid', 'a list instead of a message', message(1, [1, 2])],
  ['message-invalid', 'a close without a reason', encodeFrame({ type: FrameType.close, body: encodeBody({}) })],
];

const codeIn = (frame: Frame | undefined): unknown =>
  frame === undefined ? undefined : (decodeBody(frame.body) as { code: unknown }).code;
const lastOf = (frames: readonly Frame[], type: FrameType): Frame | undefined =>
  frames.findLast((frame) => frame.type === type);

const SESSION = { sessionId: 's-1', sessionToken: 'kX9mQ2vB7nL4pR8sT1wZ6c', user: 'anna', role: 'admin' };
const welcomeOf = (more: object = {}): Uint8Array =>
  joinBytes(
    PREFACE,
    encodeFrame({
      type: FrameType.welcome,
      body: encodeBody({
        ...{
          version: PROTOCOL_VERSIONS[0],
          software: 'script',
          capabilities: ['deflate-1'],
          resumed: false,
          received: 0,
          graceMs: 60_000,
        },
        ...{ ...SESSION, systemName: 'script', practice: true, serverTimeMs: 1, ...more },
      }),
    }),
  );

/** A client whose first line meets the script, and each later one a master that keeps the rules. */
function clientAgainst(script: PeerScript) {
  const clock = createFakeClock();
  const peers: ReturnType<typeof createScriptedPeer>[] = [];
  const resumed = joinBytes(welcomeOf({ resumed: true }));
  const client = new PutClient({
    target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
    pathOrder: ['single-port'],
    dial: (): Promise<Transport> => {
      const wire = new Wire(clock, { latencyMs: 1 });
      const good: PeerScript = { hello: [resumed] };
      peers.push(createScriptedPeer(wire.server, peers.length === 0 ? script : good, { expectPreface: true }));
      return Promise.resolve(wire.client);
    },
    clock,
    random: () => 0.5,
    software: 'test',
    clientSystem: 'laptop',
    compression: deflateCompression,
    onChange: () => {},
  });
  return { clock, client, peers };
}

describe('the client against a master that breaks the rules', () => {
  it.each([
    ...SESSION_FAULTS,
    ['message-invalid', 'a request to the client', message(1, { k: 'q', i: 1, m: 'job.start', p: {} })] as const,
    [
      'channel-unknown',
      'file bytes that nobody asked for',
      bytesOfHex('20000003 00000000 00000000 0000000d 00000001 0000000000000000 00'.replaceAll(' ', '')),
    ] as const,
  ])('%s: %s', async (code, _what, bytes) => {
    const { clock, client, peers } = clientAgainst({ hello: [welcomeOf()], ping: [bytes] });
    const signedIn = client.signIn(ANNA);
    await clock.advance(3);
    await signedIn;
    await clock.advance(50);
    expect(codeIn(lastOf(peers[0]?.frames ?? [], FrameType.close))).toBe(code);
    await clock.advance(10_000);
    expect(peers[0]?.closed).toBe(true);
    expect(peers.length).toBeGreaterThan(1);
    expect(client.state.kind).toBe('online');
    expect(client.welcome?.resumed).toBe(true);
    const closed = client.close({ endSession: false });
    await clock.advance(5_000);
    await closed;
    expect(clock.openTimers).toBe(0);
  });

  it.each<[string, string, PeerScript]>([
    ['preface-foreign', 'a web server', { hello: [new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n')] }],
    ['handshake-expected', 'a message before its welcome', { hello: [joinBytes(PREFACE, message(1, {}))] }],
    ['version-unsupported', 'a version that was not offered', { hello: [welcomeOf({ version: 7 })] }],
    ['frame-out-of-order', 'more received than was ever sent', { hello: [welcomeOf({ received: 5 })] }],
    [
      'body-invalid',
      'a welcome that is no CBOR',
      { hello: [PREFACE, bytesOfHex('02000000 00000000 00000000 00000001 ff')] },
    ],
    ['message-invalid', 'a welcome without a session', { hello: [welcomeOf({ sessionId: undefined })] }],
  ])('%s instead of a welcome: %s', async (code, _what, script) => {
    const { clock, client, peers } = clientAgainst(script);
    const refused: Promise<PutError> = client.signIn(ANNA).then(
      () => Promise.reject(new Error('it signed in')),
      (error: unknown) => error as PutError,
    );
    await clock.advance(200);
    expect((await refused).code).toBe(code);
    await clock.advance(5_000);
    expect(peers[0]?.closed).toBe(true);
    expect(clock.openTimers).toBe(0);
  });
});

/** A scripted client of a whole portmgmt; `signedIn`: what it says once it is welcomed. */
async function masterAgainst(opening: readonly PeerAnswer[], signedIn: readonly PeerAnswer[]) {
  const rig = createMasterRig();
  const { transport } = rig.dial('negotiation', 9000);
  const peer = createScriptedPeer(transport, { open: opening, welcome: signedIn }, { expectPreface: true });
  await rig.clock.advance(1_000);
  return { rig, peer };
}

const goodHello = joinBytes(
  PREFACE,
  encodeFrame({
    type: FrameType.hello,
    body: encodeBody(helloOf({ password: ANNA, capabilities: ['deflate-1'] })),
  }),
);

describe('portmgmt against a client that breaks the rules', () => {
  it.each([
    ...SESSION_FAULTS,
    ['message-invalid', 'an answer that nobody asked for', message(1, { k: 'r', i: 1, v: {} })] as const,
    ['message-invalid', 'news to the master', message(1, { k: 't', w: 1, n: 1, v: {} })] as const,
  ])('%s: %s', async (code, _what, bytes) => {
    const { rig, peer } = await masterAgainst([goodHello], [bytes]);
    expect(codeIn(lastOf(peer.frames, FrameType.close))).toBe(code);
    await rig.clock.advance(5_000);
    expect(peer.closed).toBe(true);
    const { sessionToken } = decodeBody(lastOf(peer.frames, FrameType.welcome)?.body ?? new Uint8Array(0)) as {
      sessionToken: string;
    };
    // The session waits for its client, which comes back on the next line.
    const next = rig.dial('negotiation', 9000);
    const again = createScriptedPeer(
      next.transport,
      {
        open: [
          joinBytes(
            PREFACE,
            encodeFrame({ type: FrameType.hello, body: encodeBody(helloOf({ sessionToken, received: 0 })) }),
          ),
        ],
      },
      { expectPreface: true },
    );
    await rig.clock.advance(1_000);
    expect(decodeBody(lastOf(again.frames, FrameType.welcome)?.body ?? new Uint8Array(0))).toMatchObject({
      resumed: true,
    });
    expect(rig.log.lines.filter((line) => line.startsWith('error'))).toEqual([]);
  });

  it.each<[string, string, Uint8Array]>([
    ['handshake-expected', 'a message before its hello', joinBytes(PREFACE, message(1, {}))],
    ['handshake-expected', 'a welcome', welcomeOf()],
    ['frame-type-unknown', 'a type of tomorrow', joinBytes(PREFACE, bytesOfHex('99000000 00000000 00000000 00000000'))],
    [
      'frame-too-large',
      'a hello beyond the limit',
      joinBytes(PREFACE, bytesOfHex('01000000 00000000 00000000 00004001')),
    ],
    [
      'body-invalid',
      'a hello that is no CBOR',
      joinBytes(PREFACE, encodeFrame({ type: FrameType.hello, body: bytesOfHex('ff') })),
    ],
    [
      'message-invalid',
      'a hello that says nothing',
      joinBytes(PREFACE, encodeFrame({ type: FrameType.hello, body: encodeBody({}) })),
    ],
    [
      'version-unsupported',
      'a version of tomorrow',
      joinBytes(PREFACE, encodeFrame({ type: FrameType.hello, body: encodeBody({ versions: [9] }) })),
    ],
  ])('%s instead of a hello: %s', async (code, _what, bytes) => {
    const { rig, peer } = await masterAgainst([bytes], []);
    expect(codeIn(lastOf(peer.frames, FrameType.refused))).toBe(code);
    await rig.clock.advance(30_000);
    expect(peer.closed).toBe(true);
    expect(rig.master.sessions.sessions).toHaveLength(0);
  });

  it('preface-foreign: another protocol gets no answer in ours', async () => {
    const { rig, peer } = await masterAgainst([new TextEncoder().encode('SSH-2.0-OpenSSH_9.2\r\n')], []);
    await rig.clock.advance(1_000);
    expect(peer.closed).toBe(true);
    expect(peer.frames).toEqual([]);
    expect(rig.log.lines.join()).toContain('foreign bytes');
  });

  it('answers by code, and keeps the line, where only a request is wrong', async () => {
    const { rig, peer } = await masterAgainst(
      [goodHello],
      [
        message(1, { k: 'q', i: 1, m: 'job.conquer', p: {} }),
        message(2, { k: 'q', i: 2, m: 'topic.watch', p: { topic: 7 } }),
        message(3, { k: 'q', i: 3, m: 'topic.watch', p: { topic: 'weather' } }),
      ],
    );
    await rig.clock.advance(1_000);
    const answers = peer.frames
      .filter(({ type }) => type === FrameType.message)
      .map(({ body }) => decodeBody(body) as { i: number; e: { code: string } })
      .map(({ i, e }) => [i, e.code]);
    expect(answers).toEqual([
      [1, 'method-unknown'],
      [2, 'request-invalid'],
      [3, 'input-invalid'],
    ]);
    expect(peer.closed).toBe(false);
  });
});
