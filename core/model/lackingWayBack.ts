interface GroupGoingBack {
  readonly nodes: number;
  readonly packages: readonly { readonly wayBack: boolean }[];
}

/** On how many nodes of a preview not every version can be brought back: the same for windows and putctl. */
export function lackingWayBack(groups: readonly GroupGoingBack[]): number {
  return groups.reduce((sum, { nodes, packages }) => (packages.every(({ wayBack }) => wayBack) ? sum : sum + nodes), 0);
}
