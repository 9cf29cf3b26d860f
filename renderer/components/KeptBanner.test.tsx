// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { KeptBanner } from './KeptBanner.tsx';

afterEach(cleanup);

it('tells once that nothing can be kept, stays away once it was read, and tells when it is well again', () => {
  const { container, rerender } = render(<KeptBanner notKept={undefined} />);
  expect(container.textContent).toBe('');
  rerender(<KeptBanner notKept="ENOSPC: no space left on device" />);
  expect(container.textContent).toContain('cannot be kept');
  expect(container.textContent).toContain('ENOSPC');
  fireEvent.click(screen.getByRole('button', { name: 'Close' }));
  rerender(<KeptBanner notKept="EIO: another cause" />);
  expect(container.textContent).toBe('');
  rerender(<KeptBanner notKept={undefined} />);
  expect(container.textContent).toContain('are kept again');
  fireEvent.click(screen.getByRole('button', { name: 'Close' }));
  expect(container.textContent).toBe('');
});
