import { expect, it } from 'vitest';
import { INSTALL_UPGRADE_SOFTWARE } from '../../core/model/operations/installUpgradeSoftware.ts';
import type { SequencerState } from '../sequencer/state.ts';
import { shownAnswers } from './openStep.ts';

it('an answer at a step of newer software is shown as it was kept', () => {
  const [first, ...others] = INSTALL_UPGRADE_SOFTWARE.phases;
  const steps = first?.steps.map((step) => (step.id === 'select-nodes' ? { ...step, use: 'fly' } : step)) ?? [];
  const spec = { ...INSTALL_UPGRADE_SOFTWARE, phases: [{ ...first, steps }, ...others] };
  const state = { spec, answers: { 'select-nodes': { wings: 2 } } } as unknown as SequencerState;
  expect(shownAnswers(state)).toEqual({ 'select-nodes': { wings: 2 } });
});
