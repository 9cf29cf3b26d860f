import type { z } from 'zod';
import { checked, decodeBody, decodeBodyAs, encodeBody } from '../protocol/body.ts';
import { errorOf, PutError, reportOf, toPutError } from '../protocol/errors.ts';
import { encodeFrame, FrameType, maxBodyBytes, PREFACE, type Frame } from '../protocol/frame.ts';
import { FrameReader } from '../protocol/FrameReader.ts';
import {
  helloSchema,
  helloVersionsSchema,
  negotiateCapabilities,
  negotiateVersion,
  refusedSchema,
  welcomeSchema,
  type Hello,
  type Welcome,
} from '../protocol/handshake.ts';
import { TIMES } from '../protocol/limits.ts';
import type { Clock, Transport } from './ports.ts';

const GREETINGS: ReadonlySet<FrameType> = new Set([FrameType.hello]);
const ANSWERS: ReadonlySet<FrameType> = new Set([FrameType.welcome, FrameType.refused]);
const REFUSAL_TEXT_LENGTH = 1000;

/** Reads preface and first frame of a connection. Bytes behind it come back as `rest`. Rejects with a PutError. */
function readFirstFrame(
  transport: Transport,
  clock: Clock,
  allowed: ReadonlySet<FrameType>,
  signal: AbortSignal | undefined,
): Promise<{ frame: Frame; rest: Uint8Array }> {
  return new Promise((resolve, reject) => {
    let settled = false;
    const finish = (outcome: () => void): void => {
      if (settled) return;
      settled = true;
      stopTimer();
      signal?.removeEventListener('abort', onAbort);
      outcome();
    };
    const fail = (error: PutError): void => finish(() => reject(error));
    const onAbort = (): void => fail(new PutError('cancelled', `the connection to ${transport.label} was given up`));
    const stopTimer = clock.setTimer(TIMES.handshakeMs, () =>
      fail(new PutError('request-timeout', `${transport.label} did not greet within ${TIMES.handshakeMs / 1000} s`)),
    );
    const reader = new FrameReader(
      (frame) => {
        reader.stop();
        transport.pause();
        finish(() => queueMicrotask(() => resolve({ frame, rest: reader.takeRest() })));
      },
      { expectPreface: true, allowed },
    );
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    transport.setHandlers({
      onData: (bytes) => {
        try {
          reader.push(bytes);
        } catch (error) {
          fail(toPutError(error));
        }
      },
      onDrain: () => {},
      onClose: (error) =>
        fail(error ?? new PutError('line-lost', `${transport.label} closed the connection before it greeted`)),
    });
  });
}

function firstBytes(type: FrameType, body: unknown): Uint8Array {
  const frame = encodeFrame({ type, body: encodeBody(body) });
  const bytes = new Uint8Array(PREFACE.length + frame.length);
  bytes.set(PREFACE);
  bytes.set(frame, PREFACE.length);
  return bytes;
}

function decodeFirst<S extends z.ZodType>(schema: S, frame: Frame, what: string): z.output<S> {
  return decodeBodyAs(schema, frame.body, what);
}

/**
 * The connecting end greets and waits for the answer: one round trip. The welcome holds the capabilities that both ends have.
 * Rejects with what the peer refused, or with a
 * protocol, transport or timeout error; the transport is destroyed then. The transport is left paused; `attach` it to a link
 * and it resumes.
 */
export async function greet(
  transport: Transport,
  hello: Hello,
  clock: Clock,
  signal?: AbortSignal,
): Promise<{ welcome: Welcome; rest: Uint8Array }> {
  try {
    const greeting = firstBytes(FrameType.hello, hello);
    const answer = readFirstFrame(transport, clock, ANSWERS, signal);
    transport.send(greeting);
    const { frame, rest } = await answer;
    if (frame.type === FrameType.refused) {
      throw errorOf(decodeFirst(refusedSchema, frame, 'refused'));
    }
    const welcome = decodeFirst(welcomeSchema, frame, 'welcome');
    negotiateVersion([welcome.version], hello.versions);
    return {
      welcome: { ...welcome, capabilities: negotiateCapabilities(welcome.capabilities, hello.capabilities) },
      rest,
    };
  } catch (error) {
    transport.destroy();
    throw error;
  }
}

/**
 * The accepting end waits for the greeting, and judges its versions before the rest of it. Rejects like `greet`; the caller
 * refuses where the peer speaks our protocol, and destroys the transport. The transport is left paused.
 */
export async function awaitHello(transport: Transport, clock: Clock): Promise<{ hello: Hello; rest: Uint8Array }> {
  const { frame, rest } = await readFirstFrame(transport, clock, GREETINGS, undefined);
  const body = decodeBody(frame.body);
  negotiateVersion(checked(helloVersionsSchema, body, 'hello').versions);
  return { hello: checked(helloSchema, body, 'hello'), rest };
}

/** Answers a hello with yes. */
export function sendWelcome(transport: Transport, welcome: Welcome): void {
  transport.send(firstBytes(FrameType.welcome, welcome));
}

/** Answers a hello, or bytes that are none, with no and why, then closes. */
export function sendRefused(transport: Transport, error: unknown): void {
  const { code, message, details } = reportOf(error);
  const report = { code, message: message.slice(0, REFUSAL_TEXT_LENGTH), details };
  const fits = encodeBody(report).length <= maxBodyBytes(FrameType.refused);
  transport.send(firstBytes(FrameType.refused, fits ? report : { ...report, details: {} }));
  transport.end();
}
