// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useSteadyClicks } from './useSteadyClicks.ts';

const told = vi.fn();

function Page() {
  useSteadyClicks();
  return (
    <>
      <button onClick={() => told('retry')}>retry</button>
      <button onClick={() => told('ignore')}>
        <b>ignore</b>
      </button>
    </>
  );
}

let nowMs = 0;
beforeEach(() => {
  nowMs = 10_000;
  told.mockClear();
  render(<Page />);
});
afterEach(cleanup);

/** An event as a browser tells it, at a place and a moment. */
function tell(type: string, target: Element, [clientX, clientY]: readonly [number, number], detail = 0): void {
  const event = new MouseEvent(type, { bubbles: true, cancelable: true, clientX, clientY, detail });
  Object.defineProperty(event, 'timeStamp', { value: nowMs });
  target.dispatchEvent(event);
}
const after = (ms: number): void => void (nowMs += ms);
const place = [40, 40] as const;
const elsewhere = [40, 90] as const;
function moveTo(target: Element, to: readonly [number, number]): void {
  tell('pointerover', target, to);
  tell('pointermove', target, to);
}
function click(target: Element, at: readonly [number, number]): void {
  tell('pointerdown', target, at);
  tell('click', target, at, 1);
}
const retry = (): Element => screen.getByText('retry');
const ignore = (): Element => screen.getByText('ignore');

it('a click that meets what came under the resting pointer a moment ago does nothing; the next one does', () => {
  moveTo(retry(), place);
  after(2_000);
  // The page moved by itself.
  tell('pointerover', ignore(), place);
  after(150);
  click(ignore(), place);
  expect(told).not.toHaveBeenCalled();
  after(300);
  click(ignore(), place);
  expect(told.mock.calls).toEqual([['ignore']]);
});

it('so does one that is told of what came with the click itself', () => {
  moveTo(retry(), place);
  after(2_000);
  tell('pointerover', ignore(), place);
  click(ignore(), place);
  expect(told).not.toHaveBeenCalled();
});

it.each<[string, () => void]>([
  ['the pointer was moved to', () => moveTo(ignore(), elsewhere)],
  ['has been there for long', () => (tell('pointerover', ignore(), place), after(500))],
  [
    'the person scrolled there',
    () => (tell('wheel', retry(), place), after(100), tell('pointerover', ignore(), place)),
  ],
  ['a key put there', () => (tell('keydown', retry(), place), after(100), tell('pointerover', ignore(), place))],
])('what %s is met', (_what, come) => {
  moveTo(retry(), place);
  after(2_000);
  come();
  click(ignore(), elsewhere);
  expect(told.mock.calls).toEqual([['ignore']]);
});
