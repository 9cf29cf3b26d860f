/** A package to be put in order, and what must come before it: `before` all requirements, `strongBefore` those of its scriptlets. */
export interface OrderNode {
  readonly key: string;
  readonly before: readonly string[];
  readonly strongBefore: readonly string[];
}

/**
 * Order of installation: whatever is required comes first. Packages that require each other in a circle are put in order by the
 * requirements of their scriptlets, as rpm does, and by key where those form a circle, too. The same input gives the same order.
 */
export function orderByRequirements(nodes: readonly OrderNode[]): string[] {
  const sorted = [...nodes].sort((a, b) => (a.key < b.key ? -1 : 1));
  const strong = new Map(sorted.map((node) => [node.key, node.strongBefore]));
  return circles(new Map(sorted.map((node) => [node.key, node.before]))).flatMap((circle) => {
    if (circle.length === 1) return circle;
    const members = new Set(circle);
    const inside = new Map(
      [...circle].sort().map((key) => [key, (strong.get(key) ?? []).filter((other) => members.has(other))]),
    );
    return circles(inside).flatMap((part) => part.sort());
  });
}

interface Visit {
  readonly key: string;
  readonly edges: readonly string[];
  next: number;
}

/**
 * Groups of keys that reach each other, each group after all groups that it points to (Tarjan's algorithm, without recursion so that
 * a long chain cannot exhaust the stack).
 */
function circles(edgesOf: ReadonlyMap<string, readonly string[]>): string[][] {
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const groups: string[][] = [];
  const visits: Visit[] = [];
  const enter = (key: string): void => {
    number.set(key, number.size);
    lowest.set(key, number.size - 1);
    open.push(key);
    isOpen.add(key);
    const edges = [...new Set(edgesOf.get(key))].filter((other) => edgesOf.has(other)).sort();
    visits.push({ key, edges, next: 0 });
  };
  const lower = (key: string, to: number | undefined): void => {
    if (to !== undefined && to < (lowest.get(key) ?? Infinity)) lowest.set(key, to);
  };
  for (const start of edgesOf.keys()) {
    if (number.has(start)) continue;
    enter(start);
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const other = visit.edges[visit.next];
      if (other !== undefined) {
        visit.next += 1;
        if (!number.has(other)) enter(other);
        else if (isOpen.has(other)) lower(visit.key, number.get(other));
        continue;
      }
      visits.pop();
      const above = visits.at(-1);
      if (above) lower(above.key, lowest.get(visit.key));
      if (lowest.get(visit.key) !== number.get(visit.key)) continue;
      const group = open.splice(open.lastIndexOf(visit.key));
      for (const key of group) isOpen.delete(key);
      groups.push(group);
    }
  }
  return groups;
}
