import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { bytesOfHex, hexOfBytes } from '../testing/bytes.ts';
import { decodeBody, encodeBody } from './body.ts';
import { ERROR_CATALOGUE } from './errorCatalogue.ts';
import { envelopeSchema } from './envelope.ts';
import { decodeFileCredit, decodeFileData, encodeFileCredit, encodeFileData, type FileCredit } from './filePayload.ts';
import { Channel, encodeFrame, FrameType, maxBodyBytes, PREFACE, type Frame } from './frame.ts';
import { FrameReader } from './FrameReader.ts';
import { closeSchema, helloSchema, refusedSchema, welcomeSchema } from './handshake.ts';
import { LIMITS, RECONNECT_WAITS_MS, TIMES, UNREACHED_WAITS_MS } from './limits.ts';
import { METHODS } from './methods.ts';

const document = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** A frame as the document writes it in JSON; the body under the name of its form. */
interface WrittenFrame {
  type: keyof typeof FrameType;
  flags: number;
  channel: keyof typeof Channel;
  sequence: number;
  acknowledgement: number;
  body?: unknown;
  bytes?: string;
  file?: { transfer: number; offset: number; bytes: string };
  credit?: FileCredit;
}

const examples = [...document.matchAll(/```hex frame\n([^`]*)```\s+```json\n([^`]*)```/g)].map((match) => {
  const written = JSON.parse(match[2] ?? '') as WrittenFrame;
  const kind = (written.body as { k?: string } | undefined)?.k;
  return { name: kind === undefined ? written.type : `${written.type} ${kind}`, hex: match[1] ?? '', written };
});

const nameOf = <T extends Record<string, number>>(table: T, value: number): string | undefined =>
  Object.entries(table).find(([, one]) => one === value)?.[0];

function writtenForm(frame: Frame): WrittenFrame {
  const head = {
    type: nameOf(FrameType, frame.type) as keyof typeof FrameType,
    flags: frame.flags,
    channel: nameOf(Channel, frame.channel) as keyof typeof Channel,
    sequence: frame.sequence,
    acknowledgement: frame.acknowledgement,
  };
  if (frame.type === FrameType.fileCredit) return { ...head, credit: decodeFileCredit(frame.body) };
  if (frame.type === FrameType.fileData) {
    const { transfer, offset, bytes } = decodeFileData(frame.body);
    return { ...head, file: { transfer, offset, bytes: hexOfBytes(bytes) } };
  }
  if (frame.type === FrameType.ping || frame.type === FrameType.pong) return { ...head, bytes: hexOfBytes(frame.body) };
  return frame.body.length === 0 ? head : { ...head, body: decodeBody(frame.body) };
}

function bodyBytes(written: WrittenFrame): Uint8Array | undefined {
  const { body, bytes, file, credit } = written;
  if (body !== undefined) return encodeBody(body);
  if (bytes !== undefined) return bytesOfHex(bytes);
  if (file) return encodeFileData(file.transfer, file.offset, bytesOfHex(file.bytes));
  return credit && encodeFileCredit(credit);
}

function readFrames(bytes: Uint8Array): Frame[] {
  const frames: Frame[] = [];
  const reader = new FrameReader((frame) => frames.push(frame), { expectPreface: false });
  reader.push(bytes);
  expect(reader.heldBytes).toBe(0);
  return frames;
}

const SCHEMAS: Partial<Record<keyof typeof FrameType, z.ZodType>> = {
  hello: helloSchema,
  welcome: welcomeSchema,
  refused: refusedSchema,
  close: closeSchema,
  message: envelopeSchema,
};

/** Rows of the table that stands under a heading line with these cells. */
function tableOf(...heading: string[]): string[][] {
  const cellsOf = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const lines = document.split('\n');
  const at = lines.findIndex((line) => line.startsWith('|') && cellsOf(line).join('|') === heading.join('|'));
  expect(at, `table ${heading.join(', ')}`).toBeGreaterThan(0);
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return lines.slice(at + 2, end).map(cellsOf);
}

describe('docs/protocol.md: examples', () => {
  it('shows the preface', () => {
    const hex = /```hex preface\n([^`]*)```/.exec(document)?.[1] ?? '';
    expect(bytesOfHex(hex)).toEqual(PREFACE);
    expect(new TextDecoder().decode(PREFACE)).toBe('PUTOP1\r\n');
  });

  it('has an example of every frame type but pong, and of every kind of message', () => {
    const shown = new Set(examples.map((example) => example.name));
    const types = Object.keys(FrameType).filter((type) => type !== 'pong' && type !== 'message');
    for (const name of [...types, 'message q', 'message r', 'message e', 'message t'])
      expect(shown, name).toContain(name);
  });

  it.each(examples)('$name: decodes to the JSON beside it and encodes to the same bytes', ({ hex, written }) => {
    const bytes = bytesOfHex(hex);
    const [frame, ...more] = readFrames(bytes);
    expect(more).toEqual([]);
    if (!frame) throw new Error('no frame');
    expect(writtenForm(frame)).toEqual(written);
    const body = bodyBytes(written);
    const again = encodeFrame({
      type: FrameType[written.type],
      flags: written.flags,
      channel: Channel[written.channel],
      sequence: written.sequence,
      acknowledgement: written.acknowledgement,
      ...(body ? { body } : {}),
    });
    expect(hexOfBytes(again)).toBe(hexOfBytes(bytes));
    const schema = SCHEMAS[written.type];
    if (schema) expect(schema.parse(written.body)).toEqual(written.body);
  });

  it.each(examples)('$name: cut at every byte it is not there before its last byte, and whole after it', ({ hex }) => {
    const bytes = bytesOfHex(hex);
    for (let at = 0; at < bytes.length; at++) {
      let frames = 0;
      const reader = new FrameReader(() => frames++, { expectPreface: false });
      reader.push(bytes.slice(0, at));
      expect(frames).toBe(0);
      reader.push(bytes.slice(at));
      expect(frames).toBe(1);
    }
  });

  it.each(examples.filter((example) => example.written.body !== undefined))(
    '$name: its body cut at every byte is refused as body-invalid',
    ({ written }) => {
      const body = encodeBody(written.body);
      for (let at = 0; at < body.length; at++) {
        expect(() => decodeBody(body.slice(0, at))).toThrowError(expect.objectContaining({ code: 'body-invalid' }));
      }
    },
  );

  it('shows requests and results that fit the schemas of their method', () => {
    for (const { written } of examples) {
      const body = written.body as { k?: string; m?: keyof typeof METHODS; p?: unknown; i?: number } | undefined;
      if (body?.k === 'q' && body.m) expect(METHODS[body.m].params.safeParse(body.p).success).toBe(true);
    }
  });
});

describe('docs/protocol.md: tables', () => {
  it('has every frame type with number, channel and largest body', () => {
    const rows = tableOf('type', 'number', 'channel', 'body', 'largest body (bytes)', 'meaning').map((row) => [
      row[0],
      Number(row[1]),
      row[2],
      Number(row[4]),
    ]);
    const channel = (name: string): string =>
      name === 'message' ? 'any' : name.startsWith('file') ? 'file' : 'control';
    expect(rows).toEqual(
      Object.entries(FrameType).map(([name, type]) => [name, type, channel(name), maxBodyBytes(type)]),
    );
    for (const [name, number] of Object.entries(Channel)) expect(document).toContain(`${number} ${name}`);
  });

  it('has every request with channel, role, params and result', () => {
    const fields = (schema: z.ZodType): string => {
      const shape = (schema as unknown as { shape: Record<string, z.ZodType> }).shape;
      const names = Object.entries(shape).map(([name, member]) => `${name}${member.isOptional() ? '?' : ''}`);
      return names.join(', ') || 'none';
    };
    const rows = tableOf('method', 'channel', 'least role', 'repeat', 'params', 'result');
    expect(rows).toEqual(
      Object.entries(METHODS).map(([name, { channel, role, repeat, params, result }]) => [
        name,
        nameOf(Channel, channel),
        role,
        repeat,
        fields(params),
        fields(result),
      ]),
    );
  });

  it('has every member of hello and welcome', () => {
    const [hello, welcome] = [...document.matchAll(/\| member +\| type[^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/g)].map(
      (match) =>
        [...(match[1] ?? '').matchAll(/^\| ([A-Za-z, ]+?) *\|/gm)].flatMap((row) => (row[1] ?? '').split(', ')),
    );
    expect(hello).toEqual(Object.keys(helloSchema.shape));
    expect(welcome).toEqual(Object.keys(welcomeSchema.shape));
  });

  it('has every limit, time and wait with its figure', () => {
    const limits = tableOf('limit', 'figure', '').map(([name, figure]) => [name, Number(figure)]);
    expect(limits).toEqual(Object.entries(LIMITS));
    const times = tableOf('time', 'ms', '').map(([name, figure]) => [name, Number(figure)]);
    expect(times).toEqual(Object.entries(TIMES));
    const text = document.replace(/\s+/g, ' ');
    expect(text).toContain(`waits of ${RECONNECT_WAITS_MS.join(', ')} ms`);
    const [first, second, last] = UNREACHED_WAITS_MS;
    expect(text).toContain(`up to ${first.waitMs} ms before each further attempt in the first ${first.lostBelowMs} ms`);
    expect(text).toContain(`${second.waitMs} ms until ${second.lostBelowMs} ms, ${last.waitMs} ms after`);
  });

  it('names only error codes of the catalogue', () => {
    for (const [code] of tableOf('code', 'when'))
      expect(Object.keys(ERROR_CATALOGUE)).toContain(code?.replaceAll('`', ''));
  });
});
