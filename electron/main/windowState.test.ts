import { describe, expect, it } from 'vitest';
import { fittingBounds, LEAST_SIZE, placeOf, readSettings } from './windowState.ts';

const display = { x: 0, y: 0, width: 1920, height: 1040 };
const second = { x: 1920, y: 0, width: 1280, height: 1024 };

describe('what the window remembers', () => {
  it('starts in a size that fits the display', () => {
    expect(fittingBounds(undefined, [display])).toEqual({ width: 1440, height: 900 });
    expect(fittingBounds(undefined, [{ ...display, width: 1280, height: 720 }])).toEqual({ width: 1280, height: 720 });
    expect(fittingBounds(undefined, [{ ...display, width: 640, height: 480 }])).toEqual(LEAST_SIZE);
  });

  it('comes back where it was, also on a second display', () => {
    const there = { x: 2000, y: 50, width: 1000, height: 800 };
    expect(fittingBounds(there, [display, second])).toEqual(there);
  });

  it('comes back into view when that display is gone', () => {
    const there = { x: 2000, y: 50, width: 1000, height: 800 };
    expect(fittingBounds(there, [display])).toEqual({ width: 1000, height: 800 });
    expect(fittingBounds({ ...there, x: 10, y: -500 }, [display])).toEqual({ width: 1000, height: 800 });
  });

  it('leads back to a place of a system, and begins at the start from any other', () => {
    expect(placeOf('app://put/index.html#/system/s1/job/j%201/step/plan')).toBe('#/system/s1/job/j%201/step/plan');
    for (const url of ['', 'app://put/index.html', 'app://put/index.html#/systems', 'app://put/index.html#/settings'])
      expect(placeOf(url)).toBeUndefined();
    expect(readSettings('{"version":1,"theme":"dark","place":"https://elsewhere"}')).toEqual({
      ...{ version: 1, maximized: false, theme: 'dark', place: undefined },
    });
  });

  it('takes a broken or foreign file for none', () => {
    for (const text of [undefined, '', '{', '[]', '{"version":2}', '{"version":1,"bounds":{"width":-1,"height":1}}'])
      expect(readSettings(text)).toEqual({ version: 1, maximized: false, theme: 'system' });
    expect(readSettings('{"version":1,"theme":"dark"}')).toMatchObject({ theme: 'dark' });
  });
});
