import { useState } from 'react';
import { useActions, useApp } from '../app/context.ts';

/** What was typed into a dialog. */
export interface Typed<T> {
  readonly value: T;
  readonly set: (value: T) => void;
  /** It was there already when the dialog opened. */
  readonly isKept: boolean;
  /** It is done, or to begin anew. */
  readonly forget: () => void;
}

/**
 * The texts of a dialog, kept in the window and for its next page: closing one, by Escape too, loses nothing that was typed, and the dialog about the same has
 * it again.
 * For no secret. `about` names the deed and what it is done to.
 */
export function useTyped<T>(about: string, atFirst: T): Typed<T> {
  const stored = useApp((state) => state.typed[about]) as T | undefined;
  const { keepTyped } = useActions();
  const [isKept, setIsKept] = useState(stored !== undefined);
  return {
    value: stored ?? atFirst,
    set: (value) => keepTyped(about, value),
    isKept: isKept && stored !== undefined,
    forget: () => {
      setIsKept(false);
      keepTyped(about, undefined);
    },
  };
}
