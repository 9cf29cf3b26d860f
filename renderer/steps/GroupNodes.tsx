import type { GroupName } from '../../core/model/groupName.ts';
import { memo, useMemo, useState } from 'react';
import { NODE_TYPES, type NodeType } from '../../core/model/node.ts';
import { foldNames } from '../../core/model/nodeNames.ts';
import { StateMark } from '../components/StateMark.tsx';
import { DataTable } from '../components/table/DataTable.tsx';
import type { TableColumn } from '../components/table/tableColumn.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';
import { ModifyGroup, type ChangedTypes } from './ModifyGroup.tsx';

const words = t.operation.screens;

interface TypeGroup {
  readonly type: NodeType;
  readonly nodes: number;
  /** Neighbours as ranges. */
  readonly names: string;
}

const keyOf = ({ type }: TypeGroup): string => type;
const COLUMNS: readonly TableColumn<TypeGroup>[] = [
  { id: 'type', title: t.nodes.columns.type, widthPx: 130, value: ({ type }) => t.nodeTypes[type] },
  { id: 'nodes', title: words.planColumns.nodes, kind: 'number', widthPx: 76, value: ({ nodes }) => nodes },
  {
    ...{ id: 'names', title: words.planColumns.names, widthPx: 240, grows: true },
    value: ({ names }) => names,
    show: ({ names }) => <span className="mono">{names}</span>,
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
          <GroupsOfSystem system={system} types={draft.types} />
        </section>
      ))}
      {modified && (
        <ModifyGroup
          groups={modified.groups}
          changed={draft.types}
          onChange={(types) => onChange({ ...draft, types })}
          onClose={() => setModifying(undefined)}
        />
      )}
    </>
  );
}

/** The groups of one system; its nodes are sorted and folded when they change, and not with each drawing of the screen. */
const GroupsOfSystem = memo(function GroupsOfSystem(props: {
  readonly system: ScreenProps<'group-nodes'>['screen']['systems'][number];
  readonly types: ChangedTypes;
}) {
  const { system, types } = props;
  const groups = useMemo(() => groupsOf(system.groups, types), [system.groups, types]);
  return (
    <DataTable
      id="group-nodes"
      label={words.systemHeading(system.system)}
      columns={COLUMNS}
      rows={groups}
      keyOf={keyOf}
      fileName={`system-${system.system}`}
    />
  );
});

function groupsOf(
  groups: readonly { readonly type: NodeType; readonly nodeIds: readonly string[] }[],
  types: ChangedTypes,
): TypeGroup[] {
  const byType = new Map<NodeType, string[]>();
  for (const group of groups) {
    for (const nodeId of group.nodeIds) {
      const type = types[nodeId] ?? group.type;
      const same = byType.get(type);
      if (same) same.push(nodeId);
      else byType.set(type, [nodeId]);
    }
  }
  return NODE_TYPES.flatMap((type) => {
    const nodeIds = byType.get(type);
    return nodeIds ? [{ type, nodes: nodeIds.length, names: foldNames(nodeIds) }] : [];
  });
}

/** Group Nodes: systems and groups as found; a node's type can be changed by Modify Group. */
export const groupNodes: AskWindow<'group-nodes'> = {
  Screen: GroupNodesScreen,
  lines: ({ types }) =>
    [...Map.groupBy(Object.keys(types), (nodeId) => types[nodeId])].map(
      ([type, nodeIds]) => `${foldNames(nodeIds)}: ${type === undefined ? '' : t.nodeTypes[type]}`,
    ),
};
