import { describe, expect, it } from 'vitest';
import { TIMES } from '../protocol/limits.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { GreetingTurn } from './GreetingTurn.ts';

function setUp() {
  const clock = createFakeClock();
  const turn = new GreetingTurn(clock);
  const events: string[] = [];
  const enter = (name: string, abort = new AbortController()): AbortController => {
    void turn.enter(abort.signal, () => events.push(`${name} gives way`)).then(() => events.push(`${name} greets`));
    return abort;
  };
  return { clock, turn, events, enter };
}

describe('greetings take turns', () => {
  it('one at a time; the next when the one before failed', async () => {
    const { clock, turn, events, enter } = setUp();
    const a = enter('a');
    enter('b');
    await clock.advance(0);
    expect(events).toEqual(['a greets']);
    turn.leave(a.signal);
    await clock.advance(0);
    expect(events).toEqual(['a greets', 'b greets']);
    expect(clock.openTimers).toBe(0);
  });

  it('the owner may greet again at once', async () => {
    const { clock, events, enter } = setUp();
    const a = enter('a');
    await clock.advance(0);
    enter('a again', a);
    await clock.advance(0);
    expect(events).toEqual(['a greets', 'a again greets']);
  });

  it('one that hangs gives way before the next greets, and keeps its turn while nobody waits', async () => {
    const { clock, events, enter } = setUp();
    enter('a');
    await clock.advance(10 * TIMES.answeredMs);
    expect(events).toEqual(['a greets']);
    enter('b');
    enter('c');
    await clock.advance(0);
    expect(events).toEqual(['a greets', 'a gives way', 'b greets']);
    await clock.advance(TIMES.answeredMs - 1);
    expect(events).toHaveLength(3);
    await clock.advance(1);
    expect(events.slice(3)).toEqual(['b gives way', 'c greets']);
  });

  it('one that was given up while it waited is passed over', async () => {
    const { clock, turn, events, enter } = setUp();
    const a = enter('a');
    const b = enter('b');
    enter('c');
    b.abort();
    turn.leave(b.signal);
    turn.leave(a.signal);
    await clock.advance(0);
    expect(events).toEqual(['a greets', 'c greets']);
  });
});
