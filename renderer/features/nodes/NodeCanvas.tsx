import { useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { useApp } from '../../app/context.ts';
import { selectByKey, selectRow } from '../../components/table/rowSelection.ts';
import { selectClosable } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { groupAt, indexAt, layoutCells, moveIndex, placeOf } from './canvasLayout.ts';
import { shortNames } from './grouping.ts';
import { menuPlace, NodeMenu, type MenuPlace, type NodesShownProps } from './NodeMap.tsx';
import { CellLabel } from './RunningNode.tsx';
import { useMapDrawing, type MapPicture } from './useMapDrawing.ts';

/** Width that the words under the pointer may take. */
const TIP_PX = 320;
/** Nodes that may have their names looked at for what is short in them; more have no names on the map. */
const NAMED_UP_TO = 1500;
const wholeName = (nodeId: string): string => nodeId;

/**
 * The map of many nodes on one canvas: all in sight at once where that is possible. Arrow keys move, Shift takes cells along, Space marks, Enter opens; names
 * under the pointer. The table says the same in rows.
 */
export function NodeCanvas(props: NodesShownProps & { readonly summary: string }) {
  const { system, groups, cells, openNode, onOpen, selection, onSelect, menuOf, summary } = props;
  const closable = useApp(selectClosable);
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 800, height: 400 });
  const [top, setTop] = useState(0);
  const [activeId, setActiveId] = useState<string | undefined>();
  const [hovered, setHovered] = useState<number | undefined>();
  const [hasFocus, setHasFocus] = useState(false);
  const [menuAt, setMenuAt] = useState<MenuPlace | undefined>();

  const nameOf = useMemo(() => (cells.length > NAMED_UP_TO ? wholeName : shortNames(cells)), [cells]);
  const labelChars = useMemo(
    () =>
      cells.length > NAMED_UP_TO
        ? 1
        : cells.reduce((longest, { node }) => Math.max(longest, nameOf(node.nodeId).length), 1),
    [cells, nameOf],
  );
  const layout = useMemo(
    () => layoutCells(groups, size.width, size.height, labelChars),
    [groups, size.width, size.height, labelChars],
  );
  const ordered = useMemo(() => groups.flatMap((group) => group.cells), [groups]);
  const active = useMemo(
    () => Math.max(0, activeId === undefined ? 0 : ordered.findIndex(({ node }) => node.nodeId === activeId)),
    [ordered, activeId],
  );
  const activeItem = ordered[active];
  const idsInOrder = (): string[] => ordered.map(({ node }) => node.nodeId);

  // Before the first drawing, so that nothing is drawn in a size that is changed at once.
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const read = (): void => {
      const [width, height] = [box.clientWidth - 2, box.clientHeight];
      if (width <= 0) return;
      // What comes up below takes its room from the map; the cells stay where they are until the pointer leaves them.
      setSize((before) => (box.matches(':hover') && before.width === width ? before : { width, height }));
    };
    read();
    const measure = new ResizeObserver(read);
    measure.observe(box);
    box.addEventListener('pointerleave', read);
    return () => {
      measure.disconnect();
      box.removeEventListener('pointerleave', read);
    };
  }, []);

  const picture = useMemo(
    (): MapPicture => ({
      ...{ layout, nameOf, active: hasFocus ? active : -1, openNode, marked: selection.keys },
      ...{ top, width: size.width, height: size.height },
    }),
    [layout, nameOf, hasFocus, active, openNode, selection.keys, top, size],
  );
  useMapDrawing(canvas, picture);

  function pointed(event: MouseEvent<HTMLDivElement>): number | undefined {
    const rect = canvas.current?.getBoundingClientRect();
    return rect ? indexAt(layout, event.clientX - rect.left, event.clientY - rect.top + top) : undefined;
  }

  function openMenu(nodeId: string, x: number, y: number): void {
    if (!selection.keys.has(nodeId)) onSelect({ keys: new Set([nodeId]), anchor: nodeId });
    setActiveId(nodeId);
    setMenuAt(menuPlace(nodeId, x, y, selection, idsInOrder()));
  }

  function keepInSight(index: number): void {
    const place = placeOf(layout, index);
    const box = scroller.current;
    if (!place || !box) return;
    if (place.y < box.scrollTop) box.scrollTop = place.y;
    else if (place.y + layout.cellHeight > box.scrollTop + size.height)
      box.scrollTop = place.y + layout.cellHeight + layout.gap - size.height;
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const nodeId = activeItem?.node.nodeId;
    if (nodeId === undefined) return;
    const selected = selectByKey(selection, event, { active: nodeId, order: idsInOrder, closable });
    if (event.key === 'Enter') onOpen(nodeId);
    else if (selected) onSelect(selected);
    else if (event.key === 'ContextMenu' || (event.shiftKey && event.key === 'F10')) {
      const place = placeOf(layout, active);
      const rect = canvas.current?.getBoundingClientRect();
      openMenu(
        nodeId,
        (rect?.left ?? 0) + (place?.x ?? 0),
        (rect?.top ?? 0) + (place?.y ?? 0) - top + layout.cellHeight,
      );
    } else {
      const to = moveIndex(layout, active, event.key);
      const next = ordered[to]?.node.nodeId;
      if (to === active || next === undefined) return;
      setActiveId(next);
      if (event.shiftKey)
        onSelect(selectRow({ ...selection, anchor: selection.anchor ?? nodeId }, next, event, idsInOrder()));
      keepInSight(to);
    }
    event.preventDefault();
    event.stopPropagation();
  }

  const pointedItem = hovered === undefined ? undefined : ordered[hovered];
  const pointedPlace = hovered === undefined ? undefined : placeOf(layout, hovered);
  const titleOf = (index: number): string => groupAt(layout, index)?.group.title ?? '';
  return (
    <div
      ref={scroller}
      className="canvas-map"
      role="listbox"
      tabIndex={0}
      aria-label={t.operation.mapSummary(summary)}
      aria-multiselectable="true"
      aria-activedescendant={activeItem ? 'canvas-active' : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onFocus={() => setHasFocus(true)}
      onBlur={() => setHasFocus(false)}
      onMouseMove={(event) => setHovered(pointed(event))}
      onMouseLeave={() => setHovered(undefined)}
      onClick={(event) => {
        const index = pointed(event);
        const nodeId = index === undefined ? undefined : ordered[index]?.node.nodeId;
        if (nodeId === undefined) return;
        setActiveId(nodeId);
        onSelect(selectRow(selection, nodeId, event, idsInOrder()));
        if (!event.shiftKey && !event.ctrlKey && !event.metaKey) onOpen(nodeId);
      }}
      onContextMenu={(event) => {
        const index = pointed(event);
        const nodeId = index === undefined ? undefined : ordered[index]?.node.nodeId;
        if (nodeId === undefined) return;
        event.preventDefault();
        openMenu(nodeId, event.clientX, event.clientY);
      }}
    >
      {activeItem && (
        <div
          id="canvas-active"
          role="option"
          className="visually-hidden"
          aria-selected={selection.keys.has(activeItem.node.nodeId)}
          aria-posinset={active + 1}
          aria-setsize={ordered.length}
        >
          {titleOf(active)}: <CellLabel system={system} item={activeItem} />
        </div>
      )}
      <canvas ref={canvas} aria-hidden="true" style={{ width: size.width, height: size.height }} />
      <div className="canvas-space" aria-hidden="true" style={{ height: Math.max(0, layout.height - size.height) }} />
      {hovered !== undefined && pointedItem && pointedPlace && (
        <div
          className="canvas-tip"
          aria-hidden="true"
          style={{
            left: Math.min(pointedPlace.x, Math.max(0, size.width - TIP_PX)),
            ...tipHeight(pointedPlace.y, top, size.height, layout.cellHeight),
          }}
        >
          <CellLabel system={system} item={pointedItem} /> <span className="sub">{titleOf(hovered)}</span>
        </div>
      )}
      {menuAt && (
        <NodeMenu
          place={menuAt}
          menuOf={menuOf}
          onClose={() => {
            setMenuAt(undefined);
            scroller.current?.focus();
          }}
        />
      )}
    </div>
  );
}

/** Under the cell, or above it where the map ends. */
function tipHeight(y: number, top: number, height: number, cellHeight: number): { top: number; transform?: string } {
  const ends = y - top + cellHeight + 40 > height;
  return ends ? { top: y - 4, transform: 'translateY(-100%)' } : { top: y + cellHeight + 4 };
}
