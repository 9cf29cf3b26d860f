import type { KeyboardEvent, PointerEvent } from 'react';
import { useActions, useApp } from '../app/context.ts';
import { SIDE_WIDTH_PX } from '../stores/viewSlice.ts';
import { t } from '../texts/en.ts';

const STEP_PX = 16;

/** The edge between a view and what stands at its right: dragged, or moved with the arrow keys; the width is kept. */
export function SideEdge() {
  const width = useApp((state) => state.sideWidthPx);
  const { setSideWidth } = useActions();

  function onPointerDown(event: PointerEvent<HTMLDivElement>): void {
    const from = { x: event.clientX, width };
    const edge = event.currentTarget;
    edge.setPointerCapture(event.pointerId);
    const move = (moved: globalThis.PointerEvent): void => void setSideWidth(from.width + from.x - moved.clientX);
    const end = (): void => {
      edge.removeEventListener('pointermove', move);
      edge.removeEventListener('pointerup', end);
      edge.removeEventListener('pointercancel', end);
    };
    edge.addEventListener('pointermove', move);
    edge.addEventListener('pointerup', end);
    edge.addEventListener('pointercancel', end);
    event.preventDefault();
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>): void {
    const to: Readonly<Record<string, number>> = {
      ArrowLeft: width + STEP_PX,
      ArrowRight: width - STEP_PX,
      Home: SIDE_WIDTH_PX.least,
      End: SIDE_WIDTH_PX.most,
    };
    const px = to[event.key];
    if (px === undefined) return;
    event.preventDefault();
    setSideWidth(px);
  }

  return (
    <div
      className="side-edge"
      role="separator"
      tabIndex={0}
      aria-orientation="vertical"
      aria-label={t.common.sideWidth}
      aria-valuenow={width}
      aria-valuemin={SIDE_WIDTH_PX.least}
      aria-valuemax={SIDE_WIDTH_PX.most}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      onDoubleClick={() => setSideWidth(SIDE_WIDTH_PX.atFirst)}
    />
  );
}
