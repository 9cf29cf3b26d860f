// @vitest-environment jsdom
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { News, NewsProvider } from './News.tsx';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

const region = (): HTMLElement => screen.getByRole('status');
let told = '';
/** What was said in the last ten seconds. */
const said = (): string => told;
function later(): void {
  told = '';
  for (let tenths = 0; tenths < 100; tenths += 1) {
    act(() => void vi.advanceTimersByTime(100));
    told = region().textContent || told;
  }
  expect(region().textContent).toBe('');
}

function Banner({ text, seconds, shown = true }: { text: string; seconds: number; shown?: boolean }) {
  return (
    <NewsProvider>
      {shown && (
        <News className="banner">
          <b>{text}</b>
          <span>since {seconds} s</span>
          <button type="button">Retry now</button>
        </News>
      )}
    </NewsProvider>
  );
}

it('are said when they come and when their words change; not for a time that goes on, and without the buttons', () => {
  const { rerender } = render(<Banner text="Line lost." seconds={4} />);
  later();
  expect(said()).toBe('Line lost. since 4 s');
  rerender(<Banner text="Line lost." seconds={74} />);
  later();
  expect(said()).toBe('');
  rerender(<Banner text="The port is closed." seconds={80} />);
  later();
  expect(said()).toBe('The port is closed. since 80 s');
});

it('are not said any more once they are gone, and again when they come again', () => {
  const { rerender } = render(<Banner text="Wrong." seconds={1} />);
  rerender(<Banner text="Wrong." seconds={1} shown={false} />);
  later();
  expect(said()).toBe('');
  rerender(<Banner text="Wrong." seconds={1} />);
  later();
  const first = region().firstChild;
  rerender(<Banner text="Wrong." seconds={1} shown={false} />);
  rerender(<Banner text="Wrong." seconds={1} />);
  later();
  expect(said()).toBe('Wrong. since 1 s');
  // A new piece of the region: screen readers tell what is added.
  expect(region().firstChild).not.toBe(first);
});

it('that answer a filter are said when it changes, and not at first', () => {
  const at = (find: string, shown: number) => (
    <NewsProvider>
      <News as="span" saidOn={find}>
        {shown} of 8 shown
      </News>
    </NewsProvider>
  );
  const { rerender } = render(at('', 8));
  rerender(at('', 7));
  later();
  expect(said()).toBe('');
  rerender(at('tpa', 5));
  later();
  expect(said()).toBe('5 of 8 shown');
});
