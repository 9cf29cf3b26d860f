// @vitest-environment jsdom
import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AnswerOf, ScreenOf } from '../../core/steps/registry.ts';
import { AppContext } from '../app/context.ts';
import { createActions } from '../stores/actions.ts';
import { createAppStore } from '../stores/store.ts';
import type { OpenJob } from '../stores/openJob.ts';
import { MockWorkbench } from '../testing/mockBridge.ts';
import { fillInBrowser } from '../testing/renderApp.tsx';
import { groupNodes } from './GroupNodes.tsx';
import { selectNodes } from './SelectNodes.tsx';

const NODES = 10_000;
const ELEMENTS = 1_500;
const names = Array.from({ length: NODES }, (_, at) => `tpa-${at + 1}`);
const asked: ScreenOf<'group-nodes'> = {
  systems: [{ system: 1, groupingKey: 'one', groups: [{ type: 'TPA', nodeIds: names }] }],
} as never;
const answers: (AnswerOf<'group-nodes'> | undefined)[] = [];

function Screen() {
  const [draft, setDraft] = useState<AnswerOf<'group-nodes'> | undefined>({ types: {} });
  const change = (next: AnswerOf<'group-nodes'> | undefined): void => {
    answers.push(next);
    setDraft(next);
  };
  const props = { job: {} as OpenJob, screen: asked, draft, locked: false, check: undefined };
  return <groupNodes.Screen {...props} onChange={change} />;
}

beforeEach(fillInBrowser);
afterEach(cleanup);

it('of ten thousand nodes has those in sight on the page, finds the others, and keeps what differs from what was found', () => {
  const store = createAppStore();
  const actions = createActions(store, new MockWorkbench({ nodes: 8 }).carrier);
  render(
    <AppContext value={{ store, actions }}>
      <Screen />
    </AppContext>,
  );
  screen.getByText('tpa-[1-10000]');
  fireEvent.click(screen.getByRole('button', { name: 'Modify Group…' }));
  const dialog = screen.getByRole('dialog');
  expect(document.querySelectorAll('*').length).toBeLessThan(ELEMENTS);
  fireEvent.change(within(dialog).getByRole('searchbox'), { target: { value: 'tpa-4242' } });
  within(dialog).getByText('1 of 10000 shown');
  const type = within(dialog).getByRole<HTMLSelectElement>('combobox', { name: 'tpa-4242' });
  fireEvent.change(type, { target: { value: 'AWS' } });
  expect(answers.at(-1)).toEqual({ types: { 'tpa-4242': 'AWS' } });
  within(dialog).getByText('was TPA');
  screen.getByText('tpa-[1-4241,4243-10000]');
  fireEvent.change(type, { target: { value: 'TPA' } });
  expect(answers.at(-1)).toEqual({ types: {} });
});

it('answers for thousands of nodes are told as ranges', () => {
  expect(selectNodes.lines?.({ nodeIds: [...names, 'aws-1'] })).toEqual(['aws-1', 'tpa-[1-10000]']);
  expect(groupNodes.lines?.({ types: Object.fromEntries(names.map((name) => [name, 'AWS'])) })).toEqual([
    'tpa-[1-10000]: AWS',
  ]);
});
