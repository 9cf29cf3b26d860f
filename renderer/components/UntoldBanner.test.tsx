// @vitest-environment jsdom
import { cleanup, render } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { mockSystem } from '../testing/mockData.ts';
import { UntoldBanner } from './UntoldBanner.tsx';

afterEach(cleanup);

it('names what is old, why, and what to do; says nothing while all is told', () => {
  const { container, rerender } = render(<UntoldBanner system={mockSystem({})} />);
  expect(container.textContent).toBe('');
  const cause = { code: 'frame-too-large' as const, message: 'rows.text cannot be split', details: {} };
  rerender(<UntoldBanner system={mockSystem({ untold: { nodes: cause, 'job:j1': cause } })} />);
  expect(container.textContent).toContain('nodes, the job');
  expect(container.textContent).toContain('rows.text cannot be split.');
});
