// @vitest-environment jsdom
import { fireEvent, render, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { outlineOf } from '../../core/model/jobParts.ts';
import { ONE_WAVE, type WaveSplit } from '../../core/model/waves.ts';
import { SCREENS } from '../../core/steps/testing/screens.ts';
import type { OpenJob } from '../stores/openJob.ts';
import { waves } from './Waves.tsx';

it('asks for groups, a canary and stops, and says what they come to', () => {
  const onChange = vi.fn();
  const draft = { by: 'all', stopBefore: [] } as const;
  const shown = SCREENS.waves ?? { nodes: 0, proposal: ONE_WAVE, waves: [], stops: [] };
  const props = { job: {} as OpenJob, screen: shown, locked: false, onChange };
  const { rerender } = render(<waves.Screen {...props} draft={undefined} check={undefined} />);
  screen.getByText('wave 1, canary: 1 node (tpa-1)');
  rerender(<waves.Screen {...props} draft={{ ...draft, stopBefore: [] }} check={undefined} />);
  fireEvent.click(screen.getByLabelText('System by system'));
  expect(onChange).toHaveBeenLastCalledWith({ by: 'system', stopBefore: [] });
  fireEvent.click(screen.getByLabelText('A share of the nodes at a time'));
  expect(onChange).toHaveBeenLastCalledWith({ by: { percent: 10 }, stopBefore: [] });
  fireEvent.change(screen.getByLabelText(/^Canary/), { target: { value: 'tpa-1, tpa-2' } });
  expect(onChange).toHaveBeenLastCalledWith({ by: 'all', stopBefore: [], canary: ['tpa-1', 'tpa-2'] });
  fireEvent.change(screen.getByLabelText(/^Stop before/), { target: { value: '2 3' } });
  expect(onChange).toHaveBeenLastCalledWith({ by: 'all', stopBefore: [2, 3] });
  const problem = { code: 'input-invalid', message: 'there is no wave 3', packageName: '', offers: [] };
  const check = { pending: false, problems: [problem], notes: ['wave 1: 3 nodes (a, b, c)'] };
  rerender(<waves.Screen {...props} draft={{ ...draft, stopBefore: [3] }} check={check} />);
  screen.getByText('wave 1: 3 nodes (a, b, c)');
  screen.getByText('there is no wave 3');
});

it('says nothing of what the proposal comes to where another division was chosen', () => {
  const shown = SCREENS.waves ?? { nodes: 0, proposal: ONE_WAVE, waves: [], stops: [] };
  const props = { job: {} as OpenJob, screen: shown, locked: false, onChange: vi.fn() };
  const problem = { code: 'input-invalid', message: 'tpa-999 is not a selected node', packageName: '', offers: [] };
  const check = { pending: false, problems: [problem] };
  const draft: WaveSplit = { by: 'clique', stopBefore: [], canary: ['tpa-999'] };
  const { container } = render(<waves.Screen {...props} draft={draft} check={check} />);
  expect(container.textContent).toContain('tpa-999 is not a selected node');
  expect(container.textContent).not.toContain('wave 1');
});

it('a share stays a share while its number is written', () => {
  const onChange = vi.fn();
  const shown = SCREENS.waves ?? { nodes: 0, proposal: ONE_WAVE, waves: [], stops: [] };
  const props = { job: {} as OpenJob, screen: shown, locked: false, check: undefined, onChange };
  render(<waves.Screen {...props} draft={{ by: { percent: 10 }, stopBefore: [] }} />);
  const size = screen.getByRole('spinbutton');
  for (const [typed, by] of [
    ['', { percent: 1 }],
    ['120', { percent: 1 }],
    ['25', { percent: 25 }],
  ] as const) {
    fireEvent.change(size, { target: { value: typed } });
    expect(onChange, typed).toHaveBeenLastCalledWith({ by, stopBefore: [] });
  }
});

it.each([
  ['system', 'system'],
  [{ nodes: 16 }, '16'],
  [{ percent: 10 }, '10 %'],
] as const)('groups %j stand as %s in the table of contents', (by, note) => {
  expect(waves.note?.(outlineOf({ by, stopBefore: [2] }))).toBe(note);
});
