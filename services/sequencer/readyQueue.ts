/*
 * Nodes whose cell may begin, in order. A node may stand there although it is not ready any more (its work began, a person left it out): who
 * takes from the queue asks, so that nothing has to be looked for and taken out.
 */

export interface ReadyQueue {
  readonly lists: readonly (readonly number[])[];
  /** Place in the first list from which on it is not taken yet. */
  readonly head: number;
}

export const NOTHING_READY: ReadyQueue = { lists: [], head: 0 };

/** One list grows up to this length before the next one begins, so that adding one node copies little. */
const LIST_LENGTH = 128;

/** The queue with nodes behind those that wait already. */
export function withReady(queue: ReadyQueue, indices: readonly number[]): ReadyQueue {
  if (indices.length === 0) return queue;
  const last = queue.lists.at(-1);
  if (indices.length === 1 && last && last.length < LIST_LENGTH) {
    return { ...queue, lists: [...queue.lists.slice(0, -1), [...last, ...indices]] };
  }
  return { ...queue, lists: [...queue.lists, indices] };
}

/** Up to `most` nodes that are ready, from the front; none twice. */
export function takeReady(queue: ReadyQueue, most: number, isReady: (index: number) => boolean): readonly number[] {
  const taken = new Set<number>();
  let list = 0;
  let head = queue.head;
  while (taken.size < most && list < queue.lists.length) {
    const indices = queue.lists[list] as readonly number[];
    if (head >= indices.length) {
      list += 1;
      head = 0;
      continue;
    }
    const index = indices[head] as number;
    head += 1;
    if (!taken.has(index) && isReady(index)) taken.add(index);
  }
  return [...taken];
}

/** The queue without those at its front that are not ready. */
export function trimReady(queue: ReadyQueue, isReady: (index: number) => boolean): ReadyQueue {
  let list = 0;
  let { head } = queue;
  for (let indices = queue.lists[list]; indices; indices = queue.lists[list]) {
    while (head < indices.length && !isReady(indices[head] as number)) head += 1;
    if (head < indices.length) break;
    list += 1;
    head = 0;
  }
  return list === 0 && head === queue.head ? queue : { lists: queue.lists.slice(list), head };
}
