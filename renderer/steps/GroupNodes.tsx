import type { GroupName } from '../../core/model/groupName.ts';
import { useState } from 'react';
import { NODE_TYPES, type NodeType } from '../../core/model/node.ts';
import { foldNames } from '../../core/model/nodeNames.ts';
import { byName } from '../components/format.ts';
import { Dialog } from '../components/Dialog.tsx';
import { StateMark } from '../components/StateMark.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;

interface TypeGroup {
  readonly type: NodeType;
  readonly nodeIds: readonly string[];
}

const keyOf = ({ type }: TypeGroup): string => type;
const COLUMNS: readonly TableColumn<TypeGroup>[] = [
  { id: 'type', title: t.nodes.columns.type, widthPx: 130, value: ({ type }) => t.nodeTypes[type] },
  { id: 'nodes', title: words.planColumns.nodes, kind: 'number', widthPx: 76, value: ({ nodeIds }) => nodeIds.length },
  {
    ...{ id: 'names', title: words.planColumns.names, widthPx: 240, grows: true },
    value: ({ nodeIds }) => foldNames(nodeIds),
    show: ({ nodeIds }) => <span className="mono">{foldNames(nodeIds)}</span>,
  },
];

function GroupNodesScreen({ screen, draft = { types: {} }, locked, onChange }: ScreenProps<'group-nodes'>) {
  const [modifying, setModifying] = useState<GroupName | undefined>();
  const modified = screen.systems.find((system) => system.system === modifying);
  const changed = Object.keys(draft.types).length;
  return (
    <>
      <p className="sub">
        {words.systemsFound(screen.systems.length)} {changed > 0 ? words.changed(changed) : ''}
      </p>
      {screen.warnings?.map((warning) => (
        <p key={warning} className="state-word warn-text lines">
          <StateMark state="warned" />
          {warning}
        </p>
      ))}
      {screen.systems.map((system) => (
        <section key={system.system} className="panel" aria-label={words.systemHeading(system.system)}>
          <div className="panel-head">
            <h2>
              {words.systemHeading(system.system)}{' '}
              <span className="sub">
                {words.groupingKey} <span className="mono">{system.groupingKey}</span>
              </span>
            </h2>
            <button type="button" className="btn small" disabled={locked} onClick={() => setModifying(system.system)}>
              {words.modifyGroup}
            </button>
          </div>
          <DataTable
            id="group-nodes"
            label={words.systemHeading(system.system)}
            columns={COLUMNS}
            rows={groupsOf(system.groups, draft.types)}
            keyOf={keyOf}
            fileName={`system-${system.system}`}
          />
        </section>
      ))}
      {modified && (
        <Dialog title={words.modifyTitle} onClose={() => setModifying(undefined)} wide>
          <p>{words.modifyText}</p>
          <div className="modify-list">
            {modified.groups
              .flatMap((group) => group.nodeIds.map((nodeId) => ({ nodeId, found: group.type })))
              .sort((a, b) => byName(a.nodeId, b.nodeId))
              .map(({ nodeId, found }) => {
                const type = draft.types[nodeId] ?? found;
                return (
                  <label key={nodeId} className="modify-row">
                    <span className="mono">{nodeId}</span>
                    <select
                      value={type}
                      onChange={(event) =>
                        onChange({ ...draft, types: typesWith(draft.types, nodeId, found, event.target.value) })
                      }
                    >
                      {NODE_TYPES.map((option) => (
                        <option key={option} value={option}>
                          {t.nodeTypes[option]}
                        </option>
                      ))}
                    </select>
                    <span className="sub">{type === found ? '' : words.was(t.nodeTypes[found])}</span>
                  </label>
                );
              })}
          </div>
          <div className="dialog-buttons">
            <button type="button" className="btn primary" onClick={() => setModifying(undefined)}>
              {words.modifyDone}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

type Types = Readonly<Record<string, NodeType>>;

/** Changed types only: choosing the found type again takes the change back. */
function typesWith(types: Types, nodeId: string, found: NodeType, chosen: string): Record<string, NodeType> {
  const next = { ...types };
  delete next[nodeId];
  const type = NODE_TYPES.find((option) => option === chosen);
  if (type && type !== found) next[nodeId] = type;
  return next;
}

function groupsOf(
  groups: readonly { readonly type: NodeType; readonly nodeIds: readonly string[] }[],
  types: Types,
): TypeGroup[] {
  const byType = new Map<NodeType, string[]>();
  for (const group of groups) {
    for (const nodeId of group.nodeIds) {
      const type = types[nodeId] ?? group.type;
      byType.set(type, [...(byType.get(type) ?? []), nodeId]);
    }
  }
  return NODE_TYPES.flatMap((type) => {
    const nodeIds = byType.get(type);
    return nodeIds ? [{ type, nodeIds: nodeIds.sort(byName) }] : [];
  });
}

/** Group Nodes: systems and groups as found; a node's type can be changed by Modify Group. */
export const groupNodes: AskWindow<'group-nodes'> = {
  Screen: GroupNodesScreen,
  lines: ({ types }) => Object.entries(types).map(([nodeId, type]) => `${nodeId}: ${t.nodeTypes[type]}`),
};
