/** More nodes than this are not offered to be left out with one decision. */
const MOST_LEFT_OUT = 1_000;

/** Nodes that stand in the way of a step, where the others can go on without them: fewer than the half of all. Else none. */
export function leavable(nodeIds: readonly string[], inAll: number): readonly string[] {
  return nodeIds.length <= MOST_LEFT_OUT && nodeIds.length * 2 < inAll ? nodeIds : [];
}
