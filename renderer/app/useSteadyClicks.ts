import { useEffect } from 'react';

/** So long what came under a resting pointer by itself is not acted on: a person who was about to click sees it only then. */
const UNSEEN_MS = 400;
/** What comes so soon after a deed of the person came by it. */
const BY_DEED_MS = 500;

const ACTS = 'button, a, input, select, label, summary, [role=option], [role=menuitem], [role=row], [data-line]';

/** What a click there acts on. */
const actsOn = (target: EventTarget | null): Element | null =>
  target instanceof Element ? (target.closest(ACTS) ?? target) : null;

/**
 * A click that meets something else than what the pointer rested on does nothing: a banner, a line or another order of rows put it there in the moment
 * before. Whatever the person moved, turned or opened there is met.
 */
export function useSteadyClicks(): void {
  useEffect(() => {
    let at: { readonly x: number; readonly y: number; readonly on: Element | null } | undefined;
    let deedAtMs = -Infinity;
    let came: { readonly on: Element; readonly atMs: number } | undefined;
    let refused = false;

    const onDeed = ({ timeStamp }: Event): void => {
      deedAtMs = timeStamp;
    };
    const onOver = ({ clientX: x, clientY: y, target, timeStamp }: PointerEvent): void => {
      const on = actsOn(target);
      const rested = at?.x === x && at.y === y;
      // One that is told without a move was moved under the pointer.
      if (!rested) came = undefined;
      else if (on && on !== at?.on && timeStamp - deedAtMs > BY_DEED_MS) came = { on, atMs: timeStamp };
      at = { x, y, on };
    };
    const onMove = ({ clientX: x, clientY: y, target }: PointerEvent): void => {
      at = { x, y, on: actsOn(target) };
    };
    const onDown = (event: PointerEvent): void => {
      refused = came !== undefined && came.on === actsOn(event.target) && event.timeStamp - came.atMs < UNSEEN_MS;
      onDeed(event);
    };
    const onClick = (event: MouseEvent): void => {
      if (!refused || event.detail === 0) return;
      refused = false;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const ended = new AbortController();
    const { signal } = ended;
    const capture = { capture: true, signal };
    window.addEventListener('pointerover', onOver, capture);
    window.addEventListener('pointermove', onMove, capture);
    window.addEventListener('pointerdown', onDown, capture);
    window.addEventListener('click', onClick, capture);
    window.addEventListener('keydown', onDeed, capture);
    window.addEventListener('wheel', onDeed, { ...capture, passive: true });
    return () => ended.abort();
  }, []);
}
