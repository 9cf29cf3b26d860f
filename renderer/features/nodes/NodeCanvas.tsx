import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import type { CellState } from '../../../core/model/job.ts';
import { t } from '../../texts/en.ts';
import { shortNames } from './grouping.ts';
import { CellLabel } from './RunningNode.tsx';
import {
  GAP_PX,
  groupAt,
  groupHeight,
  indexAt,
  layoutCells,
  moveIndex,
  placeIn,
  placeOf,
  type CanvasLayout,
} from './canvasLayout.ts';
import type { NodesShownProps } from './NodeMap.tsx';

type Colours = Readonly<Record<string, string>>;
const COLOUR_NAMES = [
  'ok',
  'ok-ink',
  'ok-soft',
  'run',
  'run-soft',
  'warn',
  'warn-soft',
  'fail',
  'fail-soft',
  'gone',
  'gone-soft',
  'wait',
  'wait-soft',
  'ink',
  'ink-2',
  'ink-3',
  'focus',
  'sunken',
];

const paint: Readonly<Record<CellState, { fill: string; ink: string }>> = {
  ok: { fill: 'ok-soft', ink: 'ok-ink' },
  running: { fill: 'run-soft', ink: 'run' },
  waiting: { fill: 'wait-soft', ink: 'ink-3' },
  failed: { fill: 'fail-soft', ink: 'fail' },
  warned: { fill: 'warn-soft', ink: 'warn' },
  unreachable: { fill: 'gone-soft', ink: 'gone' },
  unknown: { fill: 'gone-soft', ink: 'ink-2' },
  ignored: { fill: 'sunken', ink: 'ink-2' },
  skipped: { fill: 'sunken', ink: 'ink-3' },
};

/** The state's shape on the canvas, the same shapes as StateMark, about (x, y). */
function drawShape(pen: CanvasRenderingContext2D, state: CellState, x: number, y: number): void {
  pen.beginPath();
  pen.lineWidth = 1.5;
  switch (state) {
    case 'ok':
      pen.fillRect(x - 4, y - 4, 8, 8);
      return;
    case 'running':
      pen.arc(x, y, 4, 0, 2 * Math.PI);
      pen.stroke();
      pen.beginPath();
      pen.arc(x, y, 4, Math.PI / 2, (3 * Math.PI) / 2);
      pen.fill();
      return;
    case 'waiting':
      pen.strokeRect(x - 3.5, y - 3.5, 7, 7);
      return;
    case 'failed':
      pen.lineWidth = 2;
      pen.moveTo(x - 4, y - 4);
      pen.lineTo(x + 4, y + 4);
      pen.moveTo(x + 4, y - 4);
      pen.lineTo(x - 4, y + 4);
      pen.stroke();
      return;
    case 'warned':
      pen.moveTo(x, y - 4.5);
      pen.lineTo(x + 4.5, y + 4);
      pen.lineTo(x - 4.5, y + 4);
      pen.fill();
      return;
    case 'unreachable':
      pen.arc(x, y, 3.5, 0, 2 * Math.PI);
      pen.moveTo(x - 4.5, y + 4.5);
      pen.lineTo(x + 4.5, y - 4.5);
      pen.stroke();
      return;
    case 'unknown':
      pen.font = 'bold 11px sans-serif';
      pen.fillText('?', x - 3, y + 4);
      return;
    case 'ignored':
      pen.arc(x, y, 4, 0, 2 * Math.PI);
      pen.moveTo(x - 2.5, y);
      pen.lineTo(x + 2.5, y);
      pen.stroke();
      return;
    case 'skipped':
      pen.strokeRect(x - 4, y - 4, 8, 8);
      pen.moveTo(x - 2, y - 2);
      pen.lineTo(x + 2, y + 2);
      pen.moveTo(x + 2, y - 2);
      pen.lineTo(x - 2, y + 2);
      pen.stroke();
  }
}

interface Drawing {
  readonly layout: CanvasLayout;
  readonly colours: Colours;
  readonly nameOf: (nodeId: string) => string;
  readonly active: number;
  readonly openNode: string | undefined;
}

/** Draws the part of the map between `top` and `top + height`. */
function draw(pen: CanvasRenderingContext2D, top: number, width: number, height: number, drawing: Drawing): void {
  const { layout, colours, nameOf, active, openNode } = drawing;
  const colour = (name: string): string => colours[name] ?? '#888888';
  const named = layout.cellWidth > 14;
  pen.clearRect(0, 0, width, height);
  for (const entry of layout.groups) {
    if (entry.top + groupHeight(layout, entry) < top || entry.top > top + height) continue;
    pen.fillStyle = colour('ink');
    pen.font = "600 13px 'IBM Plex Sans', sans-serif";
    pen.fillText(entry.group.title, entry.left, entry.top - top + 19);
    const titleWidth = pen.measureText(entry.group.title).width;
    pen.fillStyle = colour('ink-3');
    pen.font = "12px 'IBM Plex Sans', sans-serif";
    pen.fillText(entry.group.note, entry.left + titleWidth + 10, entry.top - top + 19);
    pen.font = "500 11.5px 'IBM Plex Mono', monospace";
    for (const [within, item] of entry.group.cells.entries()) {
      const index = entry.firstIndex + within;
      const place = placeIn(layout, entry, within);
      if (place.y + layout.cellHeight < top || place.y > top + height) continue;
      const y = place.y - top;
      const { fill, ink } = paint[item.cell.state];
      pen.fillStyle = colour(fill);
      pen.fillRect(place.x, y, layout.cellWidth, layout.cellHeight);
      pen.fillStyle = colour(ink);
      pen.strokeStyle = colour(ink);
      drawShape(pen, item.cell.state, place.x + (named ? 10 : 7), y + layout.cellHeight / 2);
      if (named) {
        pen.font = "500 11.5px 'IBM Plex Mono', monospace";
        pen.fillText(nameOf(item.node.nodeId).slice(-8), place.x + 18, y + 16);
      }
      if (item.cell.percent !== undefined && item.cell.state === 'running') {
        pen.fillRect(place.x, y + layout.cellHeight - 3, (layout.cellWidth * item.cell.percent) / 100, 3);
      }
      if (index === active || item.node.nodeId === openNode) {
        pen.strokeStyle = colour('focus');
        pen.lineWidth = 2;
        pen.strokeRect(place.x + 1, y + 1, layout.cellWidth - 2, layout.cellHeight - 2);
      }
    }
  }
}

/** The map of many nodes on one canvas: only what is in sight is drawn. Arrow keys move, Enter opens, names under the pointer. */
export function NodeCanvas({
  system,
  groups,
  cells,
  openNode,
  onOpen,
  summary,
}: NodesShownProps & { summary: string }) {
  const scroller = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 800, height: 400 });
  const [top, setTop] = useState(0);
  const [activeId, setActiveId] = useState<string | undefined>();
  const [hovered, setHovered] = useState<number | undefined>();
  const [hasFocus, setHasFocus] = useState(false);
  const [look, setLook] = useState(0);

  const nameOf = useMemo(() => shortNames(cells), [cells]);
  const labelChars = useMemo(
    () => cells.reduce((longest, { node }) => Math.max(longest, nameOf(node.nodeId).length), 1),
    [cells, nameOf],
  );
  const layout = useMemo(() => layoutCells(groups, size.width, labelChars), [groups, size.width, labelChars]);
  const ordered = useMemo(() => groups.flatMap((group) => group.cells), [groups]);
  const active = Math.max(
    0,
    ordered.findIndex(({ node }) => node.nodeId === activeId),
  );
  const activeItem = ordered[active];

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const measure = new ResizeObserver(() => setSize({ width: box.clientWidth - 2, height: box.clientHeight }));
    measure.observe(box);
    // A change of theme changes the colours, which the canvas has to read anew.
    const theme = new MutationObserver(() => setLook((n) => n + 1));
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    void document.fonts.ready.then(() => setLook((n) => n + 1));
    return () => {
      measure.disconnect();
      theme.disconnect();
    };
  }, []);

  useEffect(() => {
    const area = canvas.current;
    const pen = area?.getContext('2d');
    if (!area || !pen) return;
    const frame = requestAnimationFrame(() => {
      const style = getComputedStyle(document.documentElement);
      const colours = Object.fromEntries(
        COLOUR_NAMES.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]),
      );
      const scale = window.devicePixelRatio || 1;
      area.width = Math.round(size.width * scale);
      area.height = Math.round(size.height * scale);
      pen.setTransform(scale, 0, 0, scale, 0, 0);
      draw(pen, top, size.width, size.height, { layout, colours, nameOf, active: hasFocus ? active : -1, openNode });
    });
    return () => cancelAnimationFrame(frame);
  }, [layout, top, size, nameOf, active, hasFocus, openNode, look]);

  function pointed(event: MouseEvent<HTMLDivElement>): number | undefined {
    const rect = canvas.current?.getBoundingClientRect();
    return rect ? indexAt(layout, event.clientX - rect.left, event.clientY - rect.top + top) : undefined;
  }
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (activeItem) onOpen(activeItem.node.nodeId);
      return;
    }
    const to = moveIndex(layout, active, event.key);
    if (to === active) return;
    event.preventDefault();
    setActiveId(ordered[to]?.node.nodeId);
    const place = placeOf(layout, to);
    const box = scroller.current;
    if (!place || !box) return;
    if (place.y < box.scrollTop) box.scrollTop = place.y;
    else if (place.y + layout.cellHeight > box.scrollTop + size.height) {
      box.scrollTop = place.y + layout.cellHeight + GAP_PX - size.height;
    }
  }

  const pointedItem = hovered === undefined ? undefined : ordered[hovered];
  const pointedPlace = hovered === undefined ? undefined : placeOf(layout, hovered);
  return (
    <div
      ref={scroller}
      className="canvas-map"
      role="listbox"
      tabIndex={0}
      aria-label={t.operation.mapSummary(summary)}
      aria-activedescendant={activeItem ? 'canvas-active' : undefined}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onFocus={() => setHasFocus(true)}
      onBlur={() => setHasFocus(false)}
      onMouseMove={(event) => setHovered(pointed(event))}
      onMouseLeave={() => setHovered(undefined)}
      onClick={(event) => {
        const index = pointed(event);
        const item = index === undefined ? undefined : ordered[index];
        if (!item) return;
        setActiveId(item.node.nodeId);
        onOpen(item.node.nodeId);
      }}
    >
      {activeItem && (
        <div
          id="canvas-active"
          role="option"
          className="visually-hidden"
          aria-selected={activeItem.node.nodeId === openNode}
          aria-posinset={active + 1}
          aria-setsize={ordered.length}
        >
          {groupAt(layout, active)?.group.title}: <CellLabel system={system} item={activeItem} />
        </div>
      )}
      <canvas ref={canvas} aria-hidden="true" style={{ width: size.width, height: size.height }} />
      <div className="canvas-space" aria-hidden="true" style={{ height: Math.max(0, layout.height - size.height) }} />
      {pointedItem && pointedPlace && (
        <div
          className="canvas-tip"
          aria-hidden="true"
          style={{
            left: Math.min(pointedPlace.x, Math.max(0, size.width - 320)),
            top: pointedPlace.y + layout.cellHeight + 4,
          }}
        >
          <CellLabel system={system} item={pointedItem} />
        </div>
      )}
    </div>
  );
}
