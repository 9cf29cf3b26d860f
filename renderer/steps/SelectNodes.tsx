import { useMemo, useState } from 'react';
import { NODE_TYPES } from '../../core/model/node.ts';
import { foldNames } from '../../core/model/nodeNames.ts';
import { byName, formatCount } from '../components/format.ts';
import { StateMark } from '../components/StateMark.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;
type FoundNode = ScreenProps<'select-nodes'>['screen']['nodes'][number];

const nameOf = ({ nodeId }: FoundNode): string => nodeId;
const COLUMNS: readonly TableColumn<FoundNode>[] = [
  { id: 'node', title: t.nodes.columns.node, kind: 'name', widthPx: 160, grows: true, value: nameOf },
  { id: 'type', title: t.nodes.columns.type, widthPx: 120, folds: 4, value: ({ type }) => t.nodeTypes[type] },
  { id: 'clique', title: t.nodes.columns.clique, kind: 'number', widthPx: 84, folds: 2, value: ({ clique }) => clique },
  { id: 'system', title: t.nodes.columns.system, kind: 'number', widthPx: 84, folds: 1, value: ({ system }) => system },
  {
    id: 'address',
    title: t.nodes.columns.address,
    kind: 'name',
    widthPx: 180,
    folds: 3,
    grows: true,
    value: (node) => node.address,
  },
];

function SelectNodesScreen({ screen, draft = { nodeIds: [] }, locked, onChange }: ScreenProps<'select-nodes'>) {
  const [find, setFind] = useState('');
  const selected = useMemo(() => new Set(draft.nodeIds), [draft.nodeIds]);
  const nodes = useMemo(() => [...screen.nodes].sort((a, b) => byName(a.nodeId, b.nodeId)), [screen.nodes]);
  const wanted = find.trim().toLowerCase();
  const shown = useMemo(
    () => nodes.filter((node) => `${node.nodeId} ${node.address} ${node.type}`.toLowerCase().includes(wanted)),
    [nodes, wanted],
  );

  // The order of the list is kept, so equal selections are equal answers.
  const choose = (keep: (nodeId: string) => boolean): void =>
    onChange({
      nodeIds: nodes.filter((node) => keep(node.nodeId)).map((node) => node.nodeId),
    });
  const types = NODE_TYPES.filter((type) => nodes.some((node) => node.type === type));
  const tpaMissing = nodes.filter(
    (node) => (node.type === 'TPA' || node.type === 'HSN') && !selected.has(node.nodeId),
  ).length;
  const hidden = selected.size - shown.filter((node) => selected.has(node.nodeId)).length;

  return (
    <section className="panel select-nodes" aria-label={t.nodes.title}>
      <div className="tools">
        <button type="button" className="btn small" disabled={locked} onClick={() => choose(() => true)}>
          {words.selectAll}
        </button>
        <button type="button" className="btn small" disabled={locked} onClick={() => choose(() => false)}>
          {words.selectNone}
        </button>
        <div className="tools" role="group" aria-label={words.typesLabel}>
          {types.map((type) => (
            <button
              key={type}
              type="button"
              className="btn small"
              disabled={locked}
              onClick={() => {
                const ofType = new Set(nodes.filter((node) => node.type === type).map((node) => node.nodeId));
                choose((nodeId) => selected.has(nodeId) || ofType.has(nodeId));
              }}
            >
              {words.selectType(t.nodeTypes[type])}
            </button>
          ))}
        </div>
        <input
          type="search"
          aria-label={words.findNode}
          placeholder={words.findNode}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <span className="num push-right">{words.selectedCount(selected.size, nodes.length)}</span>
      </div>
      {tpaMissing > 0 && (
        <p className="state-word warn-text">
          <StateMark state="warned" />
          {words.tpaMissing(tpaMissing)}
        </p>
      )}
      {hidden > 0 && <p className="sub">{words.hiddenSelected(hidden)}</p>}
      <DataTable
        id="select-nodes"
        label={t.nodes.title}
        columns={COLUMNS}
        rows={shown}
        keyOf={nameOf}
        choice={{ chosen: selected, onChoose: (keys) => choose((nodeId) => keys.has(nodeId)), nameOf, locked }}
        fills
        fileName="nodes"
      />
    </section>
  );
}

/** Select Nodes: tick one by one, all, or by type; the search only hides, it never unticks. */
export const selectNodes: AskWindow<'select-nodes'> = {
  Screen: SelectNodesScreen,
  // Neighbours as ranges: there may be thousands.
  lines: ({ nodeIds }) => foldNames(nodeIds).split(' '),
  // An outline has the number of a list.
  note: ({ nodeIds }) => (typeof nodeIds === 'number' ? formatCount(nodeIds) : ''),
};
