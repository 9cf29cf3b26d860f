// @vitest-environment jsdom
import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import type { OpenJob } from '../stores/openJob.ts';
import { groupNodes } from './GroupNodes.tsx';

it('shows what the nodes said of themselves that a person should know', () => {
  const props = { job: {} as OpenJob, draft: undefined, check: undefined, locked: false, onChange: () => {} };
  const { rerender } = render(
    <groupNodes.Screen {...props} screen={{ systems: [], warnings: ['a, b: one machine by several names.'] }} />,
  );
  screen.getByText('a, b: one machine by several names.');
  rerender(<groupNodes.Screen {...props} screen={{ systems: [] }} />);
  expect(screen.queryByText(/one machine/)).toBeNull();
});
