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
  const openJobs = { j1: {} as never };
  rerender(<UntoldBanner system={mockSystem({ openJobs, untold: { nodes: cause, 'job:j1': cause } })} />);
  expect(container.textContent).toContain('nodes, the job');
  expect(container.textContent).toContain('rows.text cannot be split.');
  // Of a job that was never read nothing is on screen that could be old; its view says why.
  rerender(<UntoldBanner system={mockSystem({ untold: { 'job:j1': cause } })} />);
  expect(container.textContent).toBe('');
});
