import { useState } from 'react';

/** A line of a list that stays where it is under the pointer. */
export interface SteadyLine<T> {
  readonly key: string;
  readonly item: T;
  /** It is not in the list any more and goes when the pointer leaves; nothing can be done with it. */
  readonly gone: boolean;
}

/**
 * The lines of a list that keep their places while the pointer is over it: what is done with stays where it was, what is new comes first, since the list
 * stands on its lower end and grows upward. Once the pointer leaves, they are those of the list.
 */
export function useSteadyLines<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
): {
  readonly lines: readonly SteadyLine<T>[];
  readonly onPointerEnter: () => void;
  readonly onPointerLeave: () => void;
} {
  const [kept, setKept] = useState<readonly SteadyLine<T>[]>([]);
  const now = new Map(items.map((item) => [keyOf(item), item]));
  const known = new Set(kept.map(({ key }) => key));
  const lines = [
    ...[...now].filter(([key]) => !known.has(key)).map(([key, item]): SteadyLine<T> => ({ key, item, gone: false })),
    ...kept.map((line): SteadyLine<T> => {
      const item = now.get(line.key);
      return item === undefined ? { ...line, gone: true } : { key: line.key, item, gone: false };
    }),
  ];
  return { lines, onPointerEnter: () => setKept(lines), onPointerLeave: () => setKept([]) };
}
