// @vitest-environment jsdom
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { ErrorNote, withNextStep } from './ErrorNote.tsx';

afterEach(cleanup);

it('says a cause once, and beside it what a message tells more', () => {
  const { rerender } = render(<ErrorNote error={{ code: 'sign-in-refused', message: 'user or password is wrong' }} />);
  expect(screen.getAllByText(/^user or password is wrong\.?$/i)).toHaveLength(1);
  rerender(<ErrorNote error={{ code: 'sign-in-refused', message: 'the account is locked' }} />);
  expect(screen.getByText('the account is locked')).toBeTruthy();
  expect(screen.getByText(/^user or password is wrong\.?$/i)).toBeTruthy();
});

it('puts cause and next step in sentences of their own', () => {
  const shown = (message: string): string => withNextStep({ code: 'sign-in-refused', message });
  expect(shown('the account is locked')).toMatch(/^the account is locked\. [A-Z]/);
  expect(shown('Try later.')).toMatch(/^Try later\. [A-Z]/);
  expect(withNextStep({ code: 'of-a-newer-master', message: 'no' })).toBe('no.');
});
