import { describe, expect, it } from 'vitest';
import { diffTrees } from '../../core/replica/patch.ts';
import type { BridgePush, WorkbenchState } from '../../electron/contract/bridge.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { createPictureFeed, initialPicture, type PictureState } from './pictureSlice.ts';

const base = new MockWorkbench({ nodes: 8 }).state;
const named = (version: string): WorkbenchState => ({ ...base, app: { ...base.app, version } });
function push(number: number, from: string, to: string): BridgePush {
  return { number, base: number - 1, patch: diffTrees(named(from), named(to)) ?? {} };
}

/** A feed whose snapshots are answered by hand. */
function feedByHand() {
  let state: PictureState = initialPicture;
  const waiting: ((snapshot: { number: number; state: WorkbenchState } | undefined) => void)[] = [];
  const feed = createPictureFeed(
    () => state,
    (next) => (state = { ...state, ...next }),
    () => new Promise((resolve) => waiting.push(resolve)),
  );
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
  };
  return {
    feed,
    read: () => state,
    asked: () => waiting.length,
    async answer(index: number, snapshot: { number: number; state: WorkbenchState } | undefined) {
      waiting[index]?.(snapshot);
      await settled();
    },
  };
}

describe('the picture', () => {
  it('applies pushes that follow each other', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, { number: 4, state: named('a') });
    hand.feed.push(push(5, 'a', 'b'));
    hand.feed.push(push(6, 'b', 'c'));
    expect(hand.read().picture?.app.version).toBe('c');
    expect(hand.read().pictureNumber).toBe(6);
    expect(hand.asked()).toBe(1);
  });

  it('shares what a push did not change', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, { number: 4, state: named('a') });
    const before = hand.read().picture?.systems;
    hand.feed.push(push(5, 'a', 'b'));
    expect(hand.read().picture?.systems).toBe(before);
  });

  it('asks once for a new snapshot on a gap and takes in what came meanwhile', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, { number: 4, state: named('a') });
    hand.feed.push(push(7, 'c', 'd'));
    hand.feed.push(push(8, 'd', 'e'));
    expect(hand.read().picture?.app.version).toBe('a');
    expect(hand.asked()).toBe(2);
    await hand.answer(1, { number: 7, state: named('d') });
    expect(hand.read().picture?.app.version).toBe('e');
    expect(hand.read().pictureNumber).toBe(8);
    expect(hand.asked()).toBe(2);
  });

  it('leaves out pushes that the snapshot already holds', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    hand.feed.push(push(4, 'x', 'y'));
    await hand.answer(0, { number: 5, state: named('a') });
    expect(hand.read().picture?.app.version).toBe('a');
    expect(hand.asked()).toBe(1);
  });

  it('asks again at the next push when the snapshot failed', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, undefined);
    expect(hand.read().picture).toBeUndefined();
    hand.feed.push(push(4, 'a', 'b'));
    expect(hand.asked()).toBe(2);
  });

  it('starts anew when the workbench was started again and counts from the beginning', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, { number: 900, state: named('old') });
    void hand.feed.resnapshot();
    await hand.answer(1, { number: 1, state: named('new') });
    hand.feed.push(push(2, 'new', 'newer'));
    expect(hand.read().picture?.app.version).toBe('newer');
  });

  it('shows nothing of a change in parts before its last part, and goes on from the number of that', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, { number: 4, state: named('a') });
    hand.feed.push({ ...push(5, 'a', 'b'), more: true });
    expect(hand.read()).toMatchObject({ pictureNumber: 4, picture: { app: { version: 'a' } } });
    hand.feed.push(push(6, 'b', 'c'));
    expect(hand.read()).toMatchObject({ pictureNumber: 6, picture: { app: { version: 'c' } } });
    expect(hand.asked()).toBe(1);
  });

  it('forgets the parts of a change whose last one was lost', async () => {
    const hand = feedByHand();
    void hand.feed.resnapshot();
    await hand.answer(0, { number: 4, state: named('a') });
    hand.feed.push({ ...push(5, 'a', 'b'), more: true });
    hand.feed.push(push(7, 'c', 'd'));
    expect(hand.asked()).toBe(2);
    await hand.answer(1, { number: 7, state: named('d') });
    hand.feed.push(push(8, 'd', 'e'));
    expect(hand.read()).toMatchObject({ pictureNumber: 8, picture: { app: { version: 'e' } } });
  });
});
