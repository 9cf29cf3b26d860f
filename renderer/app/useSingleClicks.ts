import { useEffect } from 'react';

/** Where a second click has a meaning of its own: a word is chosen in a text. */
const TEXT =
  'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]';

/**
 * The clicks of a double click after the first do nothing, whatever stands under the pointer by then: the deed of the first may have put another button,
 * a dialog or another line there. What listens for a double click itself still hears of it.
 */
export function useSingleClicks(): void {
  useEffect(() => {
    const onClick = (event: MouseEvent): void => {
      // How many clicks follow each other at one place as the operating system counts them; 0 of the keyboard.
      if (event.detail <= 1 || (event.target instanceof Element && event.target.closest(TEXT))) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    window.addEventListener('click', onClick, { capture: true });
    return () => window.removeEventListener('click', onClick, { capture: true });
  }, []);
}
