import type { NodeRow } from '../../../core/model/node.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ErrorNote } from '../../components/ErrorNote.tsx';
import { selectError } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.inventory;

/** What can be done with one node of the inventory, beside what is known of it; the dialogs stand in the inventory panel. */
export function NodeActions({ nodeId, online }: { readonly nodeId: string; readonly online: boolean }) {
  const { showInventoryDialog } = useActions();
  return (
    <div className="row-buttons node-actions" role="group" aria-label={words.actionsOf(nodeId)}>
      {(['change', 'hostKeys', 'authorize', 'remove'] as const).map((kind) => (
        <button
          key={kind}
          type="button"
          className="btn small"
          disabled={!online}
          onClick={() => showInventoryDialog({ kind, names: [nodeId] })}
        >
          {words.ofNode[kind]}
        </button>
      ))}
    </div>
  );
}

/** Why the node was not reached at the last look, unless the look of just now says it already. */
export function NotReached({ nodeId, cause }: Pick<NodeRow, 'nodeId' | 'cause'>) {
  const asked = useApp(selectError(`facts:${nodeId}`));
  return cause && asked?.code !== cause.code ? <ErrorNote error={cause} /> : null;
}
