import { useMemo, useRef, useState } from 'react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { NODE_TYPES } from '../../core/model/node.ts';
import { byName } from '../components/format.ts';
import { StateMark } from '../components/StateMark.tsx';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.operation.screens;
const ROW_PX = 28;

function SelectNodesScreen({ screen, draft = { nodeIds: [] }, locked, onChange }: ScreenProps<'select-nodes'>) {
  const [find, setFind] = useState('');
  const scroller = useRef<HTMLDivElement>(null);
  const selected = useMemo(() => new Set(draft.nodeIds), [draft.nodeIds]);
  const nodes = useMemo(() => [...screen.nodes].sort((a, b) => byName(a.nodeId, b.nodeId)), [screen.nodes]);
  const wanted = find.trim().toLowerCase();
  const shown = nodes.filter((node) => `${node.nodeId} ${node.address} ${node.type}`.toLowerCase().includes(wanted));
  // The virtualizer's functions stay in this component, so leaving it unmemoized costs nothing.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 20,
    initialRect: { width: 800, height: 600 },
  });

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
    <fieldset className="panel select-nodes" disabled={locked}>
      <legend className="visually-hidden">{words.selectAll}</legend>
      <div className="tools">
        <button type="button" className="btn small" onClick={() => choose(() => true)}>
          {words.selectAll}
        </button>
        <button type="button" className="btn small" onClick={() => choose(() => false)}>
          {words.selectNone}
        </button>
        <div className="tools" role="group" aria-label={words.typesLabel}>
          {types.map((type) => (
            <button
              key={type}
              type="button"
              className="btn small"
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
      <div className="rows-head select-node-row" aria-hidden="true">
        <span />
        <span>{t.nodes.columns.node}</span>
        <span>{t.nodes.columns.type}</span>
        <span>{t.nodes.columns.clique}</span>
        <span>{t.nodes.columns.system}</span>
        <span>{t.nodes.columns.address}</span>
      </div>
      <div className="rows-scroll" ref={scroller} role="group" aria-label={t.nodes.title}>
        <div className="rows-space" style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const node = shown[item.index];
            if (!node) return null;
            return (
              <label
                key={node.nodeId}
                className="rows-row select-node-row"
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <input
                  type="checkbox"
                  aria-label={node.nodeId}
                  checked={selected.has(node.nodeId)}
                  onChange={(event) => {
                    const { checked } = event.target;
                    choose((nodeId) => (nodeId === node.nodeId ? checked : selected.has(nodeId)));
                  }}
                />
                <span className="mono">{node.nodeId}</span>
                <span>{t.nodeTypes[node.type]}</span>
                <span className="num">{node.clique ?? '–'}</span>
                <span className="num">{node.system}</span>
                <span className="mono sub">{node.address}</span>
              </label>
            );
          })}
        </div>
      </div>
    </fieldset>
  );
}

/** Select Nodes: tick one by one, all, or by type; the search only hides, it never unticks. */
export const selectNodes: AskWindow<'select-nodes'> = {
  Screen: SelectNodesScreen,
  lines: ({ nodeIds }) => [...nodeIds].sort(byName),
  // An outline has the number of a list.
  note: ({ nodeIds }) => (typeof nodeIds === 'number' ? String(nodeIds) : ''),
};
