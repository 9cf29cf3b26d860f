import { useMemo, useState } from 'react';
import { NODE_TYPES, type NodeType } from '../../core/model/node.ts';
import { byName, formatCount } from '../components/format.ts';
import { Dialog } from '../components/Dialog.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';

const words = t.operation.screens;

/** Nodes whose type is another than the one that was found, with the type that was chosen. */
export type ChangedTypes = Readonly<Record<string, NodeType>>;

interface GroupedNode {
  readonly nodeId: string;
  readonly found: NodeType;
}

const keyOf = ({ nodeId }: GroupedNode): string => nodeId;
const NAME: TableColumn<GroupedNode> = {
  ...{ id: 'node', title: t.nodes.columns.node, kind: 'name', widthPx: 160, grows: true, value: keyOf },
};

/** Changes the types of nodes of one system, of which there may be thousands: those in sight are on the page, the others are found by a part of their name. */
export function ModifyGroup(props: {
  readonly groups: readonly { readonly type: NodeType; readonly nodeIds: readonly string[] }[];
  readonly changed: ChangedTypes;
  readonly onChange: (changed: ChangedTypes) => void;
  readonly onClose: () => void;
}) {
  const { groups, changed, onChange, onClose } = props;
  const [find, setFind] = useState('');
  const nodes = useMemo(
    () =>
      groups
        .flatMap(({ type, nodeIds }) => nodeIds.map((nodeId): GroupedNode => ({ nodeId, found: type })))
        .sort((a, b) => byName(a.nodeId, b.nodeId)),
    [groups],
  );
  const wanted = find.trim().toLowerCase();
  const rows = useMemo(() => nodes.filter(({ nodeId }) => nodeId.toLowerCase().includes(wanted)), [nodes, wanted]);
  const columns = useMemo(
    (): readonly TableColumn<GroupedNode>[] => [
      NAME,
      {
        ...{ id: 'type', title: t.nodes.columns.type, widthPx: 180 },
        value: ({ nodeId, found }) => t.nodeTypes[changed[nodeId] ?? found],
        show: ({ nodeId, found }) => (
          <select
            aria-label={nodeId}
            value={changed[nodeId] ?? found}
            onChange={(event) => onChange(withType(changed, nodeId, found, event.target.value))}
          >
            {NODE_TYPES.map((option) => (
              <option key={option} value={option}>
                {t.nodeTypes[option]}
              </option>
            ))}
          </select>
        ),
      },
      {
        ...{ id: 'found', title: words.foundType, widthPx: 150 },
        value: ({ nodeId, found }) => (changed[nodeId] === undefined ? '' : words.was(t.nodeTypes[found])),
      },
    ],
    [changed, onChange],
  );
  return (
    <Dialog title={words.modifyTitle} onClose={onClose} wide>
      <p>{words.modifyText}</p>
      <div className="tools">
        <input
          type="search"
          aria-label={words.findNode}
          placeholder={words.findNode}
          value={find}
          onChange={(event) => setFind(event.target.value)}
        />
        <span className="sub num">{t.operation.shown(formatCount(rows.length), formatCount(nodes.length))}</span>
      </div>
      <DataTable
        id="modify-group"
        label={words.modifyTitle}
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        fileName="node-types"
      />
      <div className="dialog-buttons">
        <button type="button" className="btn primary" onClick={onClose}>
          {words.modifyDone}
        </button>
      </div>
    </Dialog>
  );
}

/** Changed types only: choosing the found type again takes the change back. */
function withType(types: ChangedTypes, nodeId: string, found: NodeType, chosen: string): ChangedTypes {
  const next: Record<string, NodeType> = { ...types };
  delete next[nodeId];
  const type = NODE_TYPES.find((option) => option === chosen);
  if (type && type !== found) next[nodeId] = type;
  return next;
}
