import { describe, expect, it } from 'vitest';
import { createLinkPair, type LinkPair } from '../testing/linkPair.ts';
import { createRandom } from '../testing/random.ts';

const SEED = 20_261_122;

/** Cuts a busy session `cuts` times at random bytes; answers what each end was told to carry and what arrived. */
async function cutWhileBusy(pair: LinkPair, cuts: number, seed: number, slowHandlers: boolean) {
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const { clock, client, server } = pair;
  const said = { client: [] as string[], server: [] as string[] };
  const talk = (): void => {
    for (const who of ['client', 'server'] as const) {
      for (let i = below(2); i > 0; i--) {
        const text = `${who} ${said[who].length} ${'x'.repeat(below(60))}`;
        said[who].push(text);
        pair[who].say(text, below(5) as 0 | 1 | 2 | 3 | 4);
      }
    }
  };
  if (slowHandlers) {
    server.on.onMessage = () =>
      random() < 0.3 ? new Promise((resolve) => clock.setTimer(below(40), resolve)) : undefined;
  }
  let cut = 0;
  while (cut < cuts) {
    const wire = pair.join({ latencyMs: below(20), pieceBytes: 1 + below(64) });
    const lostBefore = client.lost.length;
    wire.cutAfterBytes(below(1_200), { silent: random() < 0.2 });
    talk();
    for (let turn = 0; turn < 6 && client.lost.length === lostBefore; turn++) {
      await clock.advance(below(30));
      if (random() < 0.3) talk();
    }
    // Where the cut has not been heard, the session goes over to the next line while this one still seems to work.
    if (wire.isCut) cut++;
  }
  pair.join({ latencyMs: 1 });
  await clock.advance(2_000);
  return said;
}

describe('SessionLink: replay', () => {
  it.each([
    ['quick handlers', false, 1_000],
    ['handlers that take their time', true, 250],
  ])(
    'many cuts at random bytes with messages both ways: none lost, none doubled, in order (%s, %s, %i cuts)',
    { timeout: 60_000 },
    async (_name, slow, cuts) => {
      const pair = createLinkPair();
      const said = await cutWhileBusy(pair, cuts, SEED, slow);
      expect(said.client.length).toBeGreaterThan(cuts);
      expect(pair.server.texts).toEqual(said.client);
      expect(pair.client.texts).toEqual(said.server);
      expect(pair.client.link.pendingBytes).toBe(0);
      expect(pair.server.link.pendingBytes).toBe(0);
      for (const end of [pair.client, pair.server]) {
        expect(end.closed).toEqual([]);
        expect(end.lost.filter((cause) => cause.kind === 'protocol' || cause.code === 'internal')).toEqual([]);
      }
    },
  );

  it('a cut at every single byte of one exchange', async () => {
    for (let at = 0; at < 400; at++) {
      const pair = createLinkPair();
      const wire = pair.join({ latencyMs: 1 });
      wire.cutAfterBytes(at);
      for (const text of ['a', 'bb', 'ccc']) {
        pair.client.say(text);
        pair.server.say(text.toUpperCase());
        await pair.clock.advance(5);
      }
      pair.join({ latencyMs: 1 });
      await pair.clock.advance(500);
      expect(pair.server.texts).toEqual(['a', 'bb', 'ccc']);
      expect(pair.client.texts).toEqual(['A', 'BB', 'CCC']);
      expect(pair.client.link.pendingBytes + pair.server.link.pendingBytes).toBe(0);
    }
  });

  it('a cut of 24 hours: what was said meanwhile comes in order', async () => {
    const pair = createLinkPair();
    const wire = pair.join();
    await pair.clock.advance(1_000);
    wire.cut({ silent: true });
    pair.client.say('before');
    await pair.clock.advance(60_000);
    pair.clock.jump(24 * 3_600_000);
    await pair.clock.advance(10_000);
    pair.client.say('while away');
    pair.server.say('progress');
    pair.join();
    await pair.clock.advance(1_000);
    expect(pair.server.texts).toEqual(['before', 'while away']);
    expect(pair.client.texts).toEqual(['progress']);
  });
});
