import { describe, expect, it } from 'vitest';
import { PutError, toPutError } from '../protocol/errors.ts';
import { LIMITS } from '../protocol/limits.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { Wire } from '../testing/Wire.ts';
import { awaitHello, greet, sendRefused } from './handshake.ts';
import { answerToProbe, isAnswerToProbe, probeHello } from './packetProbe.ts';

/** Greets with a probe over a wire, and answers it as a master does; tells the bytes that each end sent. */
async function ask(helloBytes: number, answerBytes: number) {
  const clock = createFakeClock();
  const wire = new Wire(clock, { latencyMs: 5 });
  const sent = { client: 0, server: 0 };
  for (const end of ['client', 'server'] as const) {
    const send = wire[end].send.bind(wire[end]);
    wire[end].send = (bytes) => {
      sent[end] += bytes.length;
      return send(bytes);
    };
  }
  const heard = awaitHello(wire.server, clock).then(({ hello }) => {
    if (!hello.probe) throw new PutError('internal', 'no probe came');
    sendRefused(wire.server, answerToProbe(hello.probe));
  });
  const answer = greet(wire.client, probeHello('single-port', helloBytes, answerBytes), clock).catch(toPutError);
  await clock.advance(100);
  await heard;
  return { sent, answer: await answer };
}

describe('a greeting that asks which packets pass', () => {
  it.each([
    [0, 0],
    [600, 0],
    [0, 600],
    [1426, 1426],
    [3000, 3000],
  ])('is %s bytes and is answered with %s', async (helloBytes, answerBytes) => {
    const { sent, answer } = await ask(helloBytes, answerBytes);
    expect(answer).toBeInstanceOf(PutError);
    expect(isAnswerToProbe(answer as PutError)).toBe(true);
    if (helloBytes > 0) expect(sent.client).toBe(helloBytes);
    else expect(sent.client).toBeLessThan(250);
    if (answerBytes > 0) expect(sent.server).toBe(answerBytes);
    else expect(sent.server).toBeLessThan(250);
  });

  it('never misses a length by more than the head of a text, and never exceeds it', async () => {
    for (const wanted of [300, 391, 392, 393, 430, 431, 432, 433, 1000, LIMITS.probeBytes]) {
      const { sent } = await ask(wanted, wanted);
      for (const bytes of [sent.client, sent.server]) {
        expect(bytes).toBeLessThanOrEqual(wanted);
        expect(bytes).toBeGreaterThanOrEqual(wanted - 2);
      }
    }
  });

  it('is told from the refusal of a master that does not know it', () => {
    expect(isAnswerToProbe(new PutError('sign-in-required', 'no password'))).toBe(false);
    expect(isAnswerToProbe(new PutError('server-stopping', 'later', { padding: '' }))).toBe(false);
  });
});
