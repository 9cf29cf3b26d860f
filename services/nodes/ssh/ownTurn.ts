/**
 * A turn of the event loop of one's own. What is made for many nodes at the same time goes out to each at the end of its turn, so that the first of them work while
 * the others' is made; all in one turn, the nodes would wait for the master, and then the master for the nodes.
 */
export function ownTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
