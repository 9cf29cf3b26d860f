// @vitest-environment jsdom
import { render, screen, within } from '@testing-library/react';
import { describe, expect, it, vi } from 'vitest';
import type { CellState } from '../../../core/model/job.ts';
import { STATE_ORDER } from '../../../core/model/cellCounts.ts';
import { CountChips } from './CountChips.tsx';

vi.stubGlobal(
  'ResizeObserver',
  class {
    observe = (): void => undefined;
    disconnect = (): void => undefined;
  },
);

function chipsOf(counts: Partial<Record<CellState, number>>, underWay: boolean): string[] {
  const byState = STATE_ORDER.map((state) => ({ state, count: counts[state] ?? 0 }));
  const total = byState.reduce((sum, { count }) => sum + count, 0);
  const nothing = (): void => undefined;
  const { unmount } = render(
    <CountChips counts={{ total, byState }} underWay={underWay} chosen={[]} onChoose={nothing} onAll={nothing} />,
  );
  const names = within(screen.getByRole('group'))
    .getAllByRole('button')
    .map((chip) => chip.textContent ?? '');
  unmount();
  return names;
}

describe('the chips of a step', () => {
  it('stay where they are while it goes on, with none done and with none left', () => {
    expect(chipsOf({ waiting: 8 }, true)).toEqual(['0 done', '0 running', '8 waiting', '8 in all']);
    expect(chipsOf({ ok: 7, running: 1 }, true)).toEqual(['7 done', '1 running', '0 waiting', '8 in all']);
    expect(chipsOf({ ok: 7, failed: 1 }, false)).toEqual(['7 done', '1 failed', '8 in all']);
  });
});
