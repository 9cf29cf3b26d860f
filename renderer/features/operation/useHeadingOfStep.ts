import { useEffect } from 'react';
import { focusHeading } from '../../app/useFocusKeeper.ts';

/** Where the person is at something else than the step: its end must not take the focus from a message that is being written. */
const ELSEWHERE = '.side, .help, [role=dialog], [role=alertdialog], [role=menu]';

/** Puts the focus on the heading of the step whenever another one, or another attempt of it, is shown. */
export function useHeadingOfStep(step: string): void {
  useEffect(() => {
    if (document.activeElement?.closest(ELSEWHERE)) return;
    focusHeading();
  }, [step]);
}
