import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { findPacketLimit, packetRequest, type PacketFinding } from './packetSizes.ts';

/** A way that loses packets above a limit, and what was sent over it. */
function way(limit: number) {
  const sent: number[] = [];
  const probe = (bytes: number): Promise<'passed' | 'lost'> => {
    sent.push(bytes);
    return Promise.resolve(bytes <= limit ? 'passed' : 'lost');
  };
  return { sent, probe };
}
const limited = (passesBytes: number, lostBytes: number): PacketFinding => ({
  kind: 'limited',
  passesBytes,
  lostBytes,
});

describe('the largest packet that passes', () => {
  it('is asked for once where full ones pass', async () => {
    const { sent, probe } = way(1500);
    expect(await findPacketLimit(probe)).toEqual({ kind: 'full-size' });
    expect(sent).toEqual([1500]);
  });

  it.each([520, 576, 1000, 1280, 1400, 1420, 1492, 1499])('is found within 16 bytes at %s', async (limit) => {
    const { sent, probe } = way(limit);
    const found = await findPacketLimit(probe);
    if (found.kind !== 'limited') throw new Error(`found ${found.kind}`);
    expect(found.passesBytes).toBeLessThanOrEqual(limit);
    expect(found.lostBytes).toBeGreaterThan(limit);
    expect(found.lostBytes - found.passesBytes).toBeLessThanOrEqual(16);
    expect(sent.length).toBeLessThanOrEqual(12);
  });

  it('one full packet lost by chance is no limit', async () => {
    let asked = 0;
    const found = await findPacketLimit(() => Promise.resolve(asked++ === 0 ? 'lost' : 'passed'));
    expect(found).toEqual({ kind: 'full-size' });
  });

  it('is unknown where small ones are lost too, or a probe fails for another reason', async () => {
    expect(await findPacketLimit(way(0).probe)).toEqual({
      kind: 'unknown',
      because: 'small packets were lost as well',
    });
    expect(await findPacketLimit(() => Promise.reject(new PutError('port-closed', 'master:9000 is closed')))).toEqual({
      kind: 'unknown',
      because: 'master:9000 is closed',
    });
  });
});

describe('what to ask the network team for', () => {
  const full: PacketFinding = { kind: 'full-size' };

  it.each<[string, PacketFinding, PacketFinding, string]>([
    ['one way', limited(1270, 1284), full, 'Packets from this machine to aws above about 1270 bytes do not pass'],
    ['the other', full, limited(1270, 1284), 'Packets from aws to this machine above about 1270 bytes do not pass'],
  ])('names the direction: %s', (_which, toMaster, toClient, words) => {
    const asked = packetRequest('aws', { port: 9000, headBytes: 40, toMaster, toClient });
    expect(asked).toContain(`${words}: MTU or MSS.`);
    expect(asked).toContain('clamp the TCP MSS on that way to 1230 bytes');
  });

  it('names both, and the MSS that fits both', () => {
    const both = { port: 9000, headBytes: 60, toMaster: limited(1400, 1415), toClient: limited(1270, 1284) };
    const asked = packetRequest('aws', both);
    expect(asked).toMatch(/to aws above about 1400 bytes, and from aws to this machine above about 1270 bytes do not/);
    expect(asked).toContain('to 1210 bytes');
  });

  it('asks for nothing where all pass or nothing is known', () => {
    const unknown: PacketFinding = { kind: 'unknown', because: 'no TLS' };
    expect(packetRequest('aws', undefined)).toBeUndefined();
    expect(packetRequest('aws', { port: 9000, headBytes: 40, toMaster: full, toClient: unknown })).toBeUndefined();
  });
});
