import { useContext, useEffect } from 'react';
import { AppContext } from './context.ts';

/** Puts the focus on the heading of what is shown: where a screen reader begins to read, and Tab goes on from. */
export function focusHeading(): void {
  const main = document.getElementById('main');
  const heading = main?.querySelector<HTMLElement>('h1') ?? main;
  if (!heading) return;
  if (!heading.hasAttribute('tabindex')) heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}

/** Puts the focus on the heading of a view that was gone to, unless a field of it took the focus by itself. */
export function focusView(): void {
  if (!document.getElementById('main')?.contains(document.activeElement)) focusHeading();
}

/** Whether the focus is nowhere: what had it is gone, or cannot be pressed any more. */
function isFocusLost(): boolean {
  const { activeElement } = document;
  if (activeElement === null || activeElement === document.body) return true;
  return activeElement instanceof HTMLButtonElement && activeElement.disabled;
}

/** A button that was switched off while it had the focus, and the heading that has it meanwhile. */
interface WaitingButton {
  readonly button: HTMLButtonElement;
  readonly heading: Element | null;
  readonly title: string | null | undefined;
}

/**
 * The focus never falls to the body: when what had it goes away, or is switched off, the heading of the view gets it. A button that was off only while
 * something was asked gets it back, unless another view came or the person went on. A window in which nothing had the focus yet is left alone.
 */
export function useFocusKeeper(): void {
  const store = useContext(AppContext)?.store;
  useEffect(() => {
    let frame = 0;
    /** What had the focus last; nothing before any had it, or after a press of the pointer. */
    let last: EventTarget | null = null;
    let waits: WaitingButton | undefined;
    const giveBack = ({ button, heading, title }: WaitingButton): void => {
      const { activeElement } = document;
      if (!button.isConnected || activeElement !== heading || heading?.textContent !== title) waits = undefined;
      else if (!button.disabled) {
        waits = undefined;
        button.focus({ preventScroll: true });
      }
    };
    const check = (): void => {
      frame = 0;
      if (!last || !document.hasFocus()) return;
      if (waits) giveBack(waits);
      if (!isFocusLost()) return;
      const button = last instanceof HTMLButtonElement && last.isConnected && last.disabled ? last : undefined;
      focusHeading();
      const { activeElement: heading } = document;
      waits = button && { button, heading, title: heading?.textContent };
    };
    // After the next drawing, and after what gives the focus back when a dialog closes.
    const soon = (): void => {
      if (frame === 0) frame = requestAnimationFrame(() => (frame = requestAnimationFrame(check)));
    };
    const onFocus = ({ target }: FocusEvent): void => {
      last = target;
    };
    // A press of the mouse beside everything takes the focus away by a person's own will.
    const onBlur = (event: FocusEvent): void => {
      const left = event.target instanceof HTMLElement ? event.target : undefined;
      if (event.relatedTarget === null && left && (!left.isConnected || !left.checkVisibility?.())) soon();
    };
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Tab') check();
    };
    const onPointer = (): void => {
      last = null;
    };
    const stop = store?.subscribe(soon);
    window.addEventListener('focusin', onFocus);
    window.addEventListener('focusout', onBlur);
    window.addEventListener('pointerdown', onPointer, true);
    window.addEventListener('keydown', onKey, true);
    return () => {
      stop?.();
      cancelAnimationFrame(frame);
      window.removeEventListener('focusin', onFocus);
      window.removeEventListener('focusout', onBlur);
      window.removeEventListener('pointerdown', onPointer, true);
      window.removeEventListener('keydown', onKey, true);
    };
  }, [store]);
}
