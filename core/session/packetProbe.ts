import { encodeBody } from '../protocol/body.ts';
import { PutError } from '../protocol/errors.ts';
import { encodeFrame, FrameType, PREFACE } from '../protocol/frame.ts';
import { PROTOCOL_VERSIONS, type Hello, type PathKind } from '../protocol/handshake.ts';
import { LIMITS } from '../protocol/limits.ts';

/*
 * Which packets pass is seen by a greeting and an answer of a wanted length, each written at once, so that each is one packet:
 * a path test asks so before anybody signs in.
 */

const ANSWER = 'a path test asked for this answer; nobody signed in';

/** Padding with which `bytesWith` is `wantedBytes`, or what comes next below; none where it is longer without. */
function paddingTo(wantedBytes: number, bytesWith: (padding: string) => number): string {
  const most = Math.min(LIMITS.probeBytes, Math.max(0, wantedBytes - bytesWith('')));
  let padding = '.'.repeat(most);
  // The head of a longer text is longer too.
  while (padding !== '' && bytesWith(padding) > wantedBytes) padding = padding.slice(1);
  return padding;
}

/** Bytes of a first frame with its preface. */
const firstBytesOf = (type: FrameType, body: unknown): number =>
  PREFACE.length + encodeFrame({ type, body: encodeBody(body) }).length;

/** A greeting of `helloBytes` that asks for an answer of `answerBytes`, prefaces included; 0: as short as can be. */
export function probeHello(path: PathKind, helloBytes: number, answerBytes: number): Hello {
  const withPadding = (padding: string): Hello => ({
    versions: [...PROTOCOL_VERSIONS],
    software: 'path test',
    capabilities: [],
    purpose: 'session',
    path,
    clientSystem: 'path test',
    probe: { answerBytes, padding },
  });
  return withPadding(paddingTo(helloBytes, (padding) => firstBytesOf(FrameType.hello, withPadding(padding))));
}

/** What the master refuses such a greeting with: `sign-in-required`, with padding in its details. */
export function answerToProbe({ answerBytes }: NonNullable<Hello['probe']>): PutError {
  const bytesWith = (padding: string): number =>
    firstBytesOf(FrameType.refused, { code: 'sign-in-required', message: ANSWER, details: { padding } });
  return new PutError('sign-in-required', ANSWER, { padding: paddingTo(answerBytes, bytesWith) });
}

/** Whether a refusal is that answer; an older master gives another one, as long as it likes. */
export function isAnswerToProbe({ code, details }: PutError): boolean {
  return code === 'sign-in-required' && typeof details['padding'] === 'string';
}
