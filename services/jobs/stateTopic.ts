import type { ChangeListener, StateTopic } from '../service.ts';

/** A topic of a state whose changes are told to a set of listeners. */
export function stateTopic(state: () => object, number: () => number, listeners: Set<ChangeListener>): StateTopic {
  return {
    kind: 'state',
    state,
    number,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
