import { useLayoutEffect, useState, type RefObject } from 'react';

/** How wide an element is within its bars, once it is there. */
export function useWidthPx(of: RefObject<HTMLElement | null>): number | undefined {
  const [widthPx, setWidthPx] = useState<number | undefined>();
  // Before the first paint, so that nothing is seen that is folded at once.
  useLayoutEffect(() => {
    const element = of.current;
    if (!element) return;
    const read = (): void => setWidthPx(element.clientWidth);
    read();
    const measure = new ResizeObserver(read);
    measure.observe(element);
    return () => measure.disconnect();
  }, [of]);
  return widthPx;
}
