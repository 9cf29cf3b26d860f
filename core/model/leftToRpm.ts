import type { NodeKind } from './nodeKinds.ts';
import type { PackageRelation } from './package.ts';
import { formatRelation } from './rpmVersion.ts';
import { someOf } from './selectionRules.ts';

/** Why the answer to a requirement is not known here. */
type Reason = 'file' | 'conditional' | 'account' | 'rpm' | 'unread';

const REASONS: Readonly<Record<Reason, string>> = {
  file: 'files of installed packages are not read',
  conditional: 'conditions are judged there',
  account: 'users and groups of the node are not read',
  rpm: 'the features of its rpm were not read',
  unread: 'what some installed packages provide was not read',
};

/** Collects what only rpm on the nodes can tell, and says it in few words. */
export class LeftToRpm {
  readonly #nodeCount: number;
  readonly #asked = new Map<Reason, { readonly relations: Set<string>; readonly kinds: Set<NodeKind> }>();
  readonly #unread = new Set<NodeKind>();

  constructor(nodeCount: number) {
    this.#nodeCount = nodeCount;
  }

  /** A requirement whose provider is not known. */
  asked(kind: NodeKind, reason: Reason, relation: PackageRelation): void {
    const known = this.#asked.get(reason) ?? { relations: new Set<string>(), kinds: new Set<NodeKind>() };
    known.relations.add(formatRelation(relation));
    known.kinds.add(kind);
    this.#asked.set(reason, known);
  }

  /** Packages are replaced on nodes where it is not known what all others require. */
  unread(kind: NodeKind): void {
    this.#unread.add(kind);
  }

  inWords(): string[] {
    const lines = [...this.#asked].map(
      ([reason, { relations, kinds }]) =>
        `Left to rpm on the node: ${someOf([...relations].sort())} (${REASONS[reason]})${this.#places(kinds)}.`,
    );
    if (this.#unread.size > 0) {
      const most = Math.max(...[...this.#unread].map((kind) => kind.unknown));
      lines.push(
        `Left to rpm on the node: whether ${most} installed ${most === 1 ? 'package loses' : 'packages lose'} something, ` +
          `since what they require was not read${this.#places(this.#unread)}.`,
      );
    }
    return lines;
  }

  #places(kinds: ReadonlySet<NodeKind>): string {
    const nodeIds = [...kinds].flatMap((kind) => kind.nodeIds);
    return nodeIds.length === this.#nodeCount ? '' : ` on ${someOf(nodeIds)}`;
  }
}
