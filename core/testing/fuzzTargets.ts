import { diffTrees, applyPatch, patchOf } from '../replica/patch.ts';
import { parseCertList } from '../model/certList.ts';
import { readOperationSpec } from '../model/operationFile.ts';
import { INSTALL_UPGRADE_SOFTWARE } from '../model/operations/installUpgradeSoftware.ts';
import { readRpm } from '../model/RpmHeaderReader.ts';
import { decodeBody, decodeBodyAs, encodeBody } from '../protocol/body.ts';
import { envelopeSchema } from '../protocol/envelope.ts';
import { PutError } from '../protocol/errors.ts';
import { decodeFileCredit, decodeFileData, encodeFileCredit, encodeFileData } from '../protocol/filePayload.ts';
import { Channel, encodeFrame, FrameType, PREFACE } from '../protocol/frame.ts';
import { FrameReader } from '../protocol/FrameReader.ts';
import { closeSchema, helloSchema, PROTOCOL_VERSIONS, refusedSchema, welcomeSchema } from '../protocol/handshake.ts';
import type { Random } from '../session/ports.ts';
import { joinBytes } from './bytes.ts';
import type { FuzzTarget } from './fuzz.ts';
import { inventoryTargets } from './fuzzInventoryTargets.ts';
import { compressionTarget, linkTarget } from './fuzzLinkTargets.ts';
import { webSocketTarget } from './fuzzWebSocketTarget.ts';

const token = 'kX9mQ2vB7nL4pR8sT1wZ6c';
const HELLO = {
  versions: [...PROTOCOL_VERSIONS],
  software: 'fuzz',
  capabilities: ['deflate-1'],
  purpose: 'session',
  path: 'single-port',
  clientSystem: 'laptop',
  password: { user: 'engineer', password: 'secret' },
};
const WELCOME = {
  version: PROTOCOL_VERSIONS[0],
  software: 'fuzz',
  capabilities: [],
  sessionId: 's-1',
  sessionToken: token,
  resumed: true,
  received: 7,
  graceMs: 1_000,
  user: 'engineer',
  role: 'operator',
  systemName: 'practice',
  practice: true,
  serverTimeMs: 1_795_340_100_000,
  lease: { port: 9002, leaseToken: token, useWithinMs: 10_000 },
};
const REPORT = { code: 'baton-needed', message: 'ada drives', details: { driver: 'ada', since: 5, asked: true } };
const ENVELOPES = [
  { k: 'q', i: 1, m: 'job.start', p: { jobId: 'j-1', operationId: 'install-upgrade-software' } },
  { k: 'r', i: 1, v: { jobId: 'j-1', jobNumber: 12 } },
  { k: 'e', i: 1, e: REPORT },
  { k: 't', w: 1, n: 8, b: 7, v: { c: { nodes: { c: { n1: { s: { state: 'ok' } } } } }, d: ['note'] } },
];

const FRAMES = [
  encodeFrame({ type: FrameType.hello, body: encodeBody(HELLO) }),
  encodeFrame({ type: FrameType.message, channel: Channel.job, sequence: 1, body: encodeBody(ENVELOPES[0]) }),
  encodeFrame({ type: FrameType.acknowledge, acknowledgement: 3 }),
  encodeFrame({ type: FrameType.ping, body: new Uint8Array(8) }),
  encodeFrame({
    type: FrameType.fileData,
    channel: Channel.file,
    body: encodeFileData(1, 2 ** 33, Uint8Array.of(1, 2)),
  }),
  encodeFrame({
    type: FrameType.fileCredit,
    channel: Channel.file,
    body: encodeFileCredit({ transfer: 1, stored: 5, allowed: 9, arrivedAtMs: 7 }),
  }),
  encodeFrame({ type: FrameType.close, body: encodeBody(REPORT) }),
];

const OPERATION_FILES = [
  JSON.stringify(INSTALL_UPGRADE_SOFTWARE, undefined, 1),
  `id: disks
version: 1
title: &t Disks
purpose: *t
phases:
  - id: look
    title: Look
    steps:
      - { id: a, title: *t, help: A., use: choice, when: settings.x == 3, policy: { deadlineMs: 0 } }
      - <<: { id: a }
`,
];

/** Frames read in random pieces, bodies decoded as their type asks, must equal those read in one piece. */
function readStream(bytes: Uint8Array, random: Random): void {
  const read = (pieces: readonly Uint8Array[]): { seen: string[]; error: Error | undefined } => {
    const seen: string[] = [];
    const reader = new FrameReader((frame) => seen.push(`${frame.type} ${frame.sequence} ${frame.body.length}`), {
      expectPreface: true,
    });
    try {
      for (const piece of pieces) reader.push(piece);
    } catch (error) {
      return { seen, error: error instanceof Error ? error : new Error(String(error)) };
    }
    return { seen, error: undefined };
  };
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 1 + Math.floor(random() * 24);
    pieces.push(bytes.subarray(at, end));
    at = end;
  }
  const whole = read([bytes]);
  const cut = read(pieces);
  const codeOf = (error: unknown): unknown => (error instanceof PutError ? error.code : error);
  if (whole.seen.join() !== cut.seen.join() || codeOf(whole.error) !== codeOf(cut.error)) {
    throw new Error(`in one piece ${whole.seen.join()}, cut ${cut.seen.join()}`);
  }
  if (whole.error) throw whole.error;
}

/** Every reader of bytes from outside in core; `packages` are sample files for those that read files. */
export function fuzzTargets(packages: { rpm: readonly Uint8Array[]; certList: readonly Uint8Array[] }): FuzzTarget[] {
  return [
    {
      name: 'frame',
      samples: [
        ...FRAMES.map((frame) => joinBytes(PREFACE, frame)),
        joinBytes(PREFACE, ...FRAMES),
        joinBytes(PREFACE, ...[...FRAMES].reverse()),
      ],
      read: readStream,
    },
    {
      name: 'body',
      samples: [HELLO, WELCOME, REPORT, ...ENVELOPES, [1, -1, 1.5, 2 ** 40, null, true, 'x'.repeat(300)]].map(
        encodeBody,
      ),
      read(bytes) {
        // What was read must be writable and read again alike.
        const value = decodeBody(bytes);
        const again = encodeBody(value);
        if (encodeBody(decodeBody(again)).join() !== again.join()) throw new Error('the second reading differs');
      },
    },
    {
      name: 'handshake',
      samples: [HELLO, WELCOME, REPORT].map(encodeBody),
      read(bytes, random) {
        const schemas = [helloSchema, welcomeSchema, refusedSchema, closeSchema];
        decodeBodyAs(schemas[Math.floor(random() * schemas.length)] ?? helloSchema, bytes, 'fuzz');
      },
    },
    {
      name: 'envelope',
      samples: ENVELOPES.map(encodeBody),
      read: (bytes) => void decodeBodyAs(envelopeSchema, bytes, 'fuzz'),
    },
    {
      name: 'patch',
      samples: [{ s: { a: 1 }, d: ['b'], c: { n: { s: { x: {} }, c: { m: { d: ['q'] } } } } }, { c: {} }].map(
        encodeBody,
      ),
      read(bytes) {
        const before = { a: 0, b: 1, n: { m: { q: 1 } } };
        const after = applyPatch(before, patchOf(decodeBody(bytes)));
        if (Object.getPrototypeOf(after) !== Object.prototype) throw new Error('the prototype changed');
        diffTrees(before, after);
      },
    },
    {
      name: 'file',
      samples: [
        encodeFileData(1, 2 ** 40, Uint8Array.of(1, 2, 3)),
        encodeFileCredit({ transfer: 1, stored: 2, allowed: 3, arrivedAtMs: 4 }),
      ],
      read(bytes, random) {
        if (random() < 0.5) decodeFileData(bytes);
        else decodeFileCredit(bytes);
      },
    },
    { name: 'rpm', samples: packages.rpm, read: (bytes) => void readRpm(bytes) },
    {
      name: 'certlist',
      samples: packages.certList,
      read: (bytes) => void parseCertList(new TextDecoder().decode(bytes)),
    },
    {
      name: 'operation',
      samples: OPERATION_FILES.map((text) => new TextEncoder().encode(text)),
      read: (bytes) => void readOperationSpec(new TextDecoder().decode(bytes), 'operation.yaml'),
    },
    ...inventoryTargets(),
    compressionTarget(ENVELOPES.map(encodeBody)),
    linkTarget(FRAMES),
    webSocketTarget(joinBytes(PREFACE, ...FRAMES)),
  ];
}
