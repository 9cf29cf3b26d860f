// @vitest-environment jsdom
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AppContext } from '../../app/context.ts';
import { createActions } from '../../stores/actions.ts';
import { createAppStore, type AppStore } from '../../stores/store.ts';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { fillInBrowser } from '../../testing/renderApp.tsx';
import { DataTable } from './DataTable.tsx';
import type { TableColumn } from './tableColumn.ts';

interface Row {
  readonly name: string;
  readonly size: number;
}
const columns: readonly TableColumn<Row>[] = [
  { id: 'name', title: 'Name', kind: 'name', widthPx: 100, value: ({ name }) => name },
  { id: 'size', title: 'Size', kind: 'number', widthPx: 80, value: ({ size }) => size },
];
const keyOf = ({ name }: Row): string => name;
const rows: readonly Row[] = Array.from({ length: 10_000 }, (_, i) => ({ name: `node-${i + 1}`, size: 20_000 - i }));

let store: AppStore;
let mock: MockWorkbench;
let copied = '';
const opened: string[] = [];

beforeEach(() => {
  fillInBrowser();
  window.localStorage.clear();
  opened.length = 0;
  Object.defineProperty(navigator, 'clipboard', {
    configurable: true,
    value: { writeText: (text: string) => Promise.resolve(void (copied = text)) },
  });
});
afterEach(cleanup);
vi.setConfig({ testTimeout: 60_000 });

function show(): void {
  mock = new MockWorkbench({ nodes: 8 });
  store = createAppStore(window.localStorage);
  render(
    <AppContext value={{ store, actions: createActions(store, mock.carrier) }}>
      <DataTable
        id="tried"
        label="Tried"
        columns={columns}
        rows={rows}
        keyOf={keyOf}
        onOpen={(key) => opened.push(key)}
        fills
        fileName="tried"
      />
    </AppContext>,
  );
}
const grid = (): HTMLElement => screen.getByRole('grid', { name: 'Tried' });
const names = (): string[] =>
  within(grid())
    .getAllByRole('row')
    .slice(1)
    .map((row) => within(row).getAllByRole('gridcell')[0]?.textContent ?? '');
const marked = (): string[] =>
  within(grid())
    .getAllByRole('row', { selected: true })
    .map((row) => within(row).getAllByRole('gridcell')[0]?.textContent ?? '');

it('has only the rows in sight, tells how many there are, and writes numbers with separators', () => {
  show();
  expect(grid().getAttribute('aria-rowcount')).toBe('10001');
  expect(names().length).toBeLessThan(60);
  expect(within(grid()).getAllByRole('row')[1]?.textContent).toBe('node-120,000');
});

it('sorts by a column and back, keeps that between starts, and forgets it when it is asked to', () => {
  show();
  fireEvent.click(screen.getByRole('button', { name: /^Size/ }));
  expect(names()[0]).toBe('node-10000');
  expect(screen.getByRole('columnheader', { name: /Size/ }).getAttribute('aria-sort')).toBe('ascending');
  cleanup();
  show();
  expect(names()[0]).toBe('node-10000');
  fireEvent.click(screen.getByRole('button', { name: /^Size/ }));
  expect(names()[0]).toBe('node-1');
  expect(screen.getByRole('columnheader', { name: /Size/ }).getAttribute('aria-sort')).toBe('descending');
  fireEvent.keyDown(screen.getByRole('button', { name: /^Size/ }), { key: 'ArrowRight', altKey: true });
  expect(store.getState().tables['tried']).toEqual({ sortBy: 'size', descending: true, widthsPx: { size: 96 } });
});

it('marks rows by mouse and by keyboard, opens one, and copies what is marked', () => {
  show();
  const row = (name: string): HTMLElement => screen.getByText(name).closest('[role=row]') as HTMLElement;
  fireEvent.click(row('node-2'));
  expect(opened).toEqual(['node-2']);
  fireEvent.click(row('node-4'), { shiftKey: true });
  fireEvent.click(row('node-6'), { ctrlKey: true });
  expect(marked()).toEqual(['node-2', 'node-3', 'node-4', 'node-6']);
  expect(opened).toEqual(['node-2']);
  fireEvent.keyDown(grid(), { key: 'c', ctrlKey: true });
  expect(copied.split('\n')).toEqual([
    'Name\tSize',
    'node-2\t19999',
    'node-3\t19998',
    'node-4\t19997',
    'node-6\t19995',
  ]);
  // What stands over the table is closed first: the drawer of a node that was opened by a click.
  act(() => store.setState({ openNode: 'node-2' }));
  expect(fireEvent.keyDown(grid(), { key: 'Escape' })).toBe(true);
  expect(marked()).toHaveLength(4);
  act(() => store.setState({ openNode: undefined }));
  fireEvent.keyDown(grid(), { key: 'Escape' });
  expect(screen.queryAllByRole('row', { selected: true })).toEqual([]);
  fireEvent.keyDown(grid(), { key: 'Home' });
  fireEvent.keyDown(grid(), { key: 'ArrowDown', shiftKey: true });
  expect(marked()).toEqual(['node-1', 'node-2']);
  fireEvent.keyDown(grid(), { key: 'Enter' });
  expect(opened).toEqual(['node-2', 'node-2']);
  const active = grid().getAttribute('aria-activedescendant') ?? '';
  expect(document.getElementById(active)?.getAttribute('aria-rowindex')).toBe('3');
  fireEvent.keyDown(grid(), { key: 'a', ctrlKey: true });
  fireEvent.keyDown(grid(), { key: 'c', ctrlKey: true });
  expect(copied.split('\n')).toHaveLength(10_001);
});

it('leaves out a column and saves what is shown', async () => {
  show();
  act(() => store.setState({ tables: { tried: { shown: { size: false } } } }));
  expect(screen.queryByRole('columnheader', { name: /Size/ })).toBeNull();
  fireEvent.click(screen.getByRole('button', { name: 'Columns and export: Tried' }));
  fireEvent.click(await screen.findByRole('menuitem', { name: 'Save as CSV' }));
  await screen.findByText(/tried\.csv/);
  const saved = mock.calls.find(({ method }) => method === 'files.saveText');
  expect(String(saved?.params['text']).split('\r\n').slice(0, 2)).toEqual(['Name', 'node-1']);
});

it('chooses rows where they are an answer: by click, Space and ranges, and never one that cannot be', () => {
  mock = new MockWorkbench({ nodes: 8 });
  store = createAppStore(window.localStorage);
  const few = rows.slice(0, 6);
  function Choosing() {
    const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(['node-1']));
    return (
      <DataTable
        id="choosing"
        label="Tried"
        columns={columns}
        rows={few}
        keyOf={keyOf}
        choice={{ chosen, onChoose: setChosen, nameOf: keyOf, isOff: ({ name }) => name === 'node-3', locked: false }}
        fileName="tried"
      />
    );
  }
  render(
    <AppContext value={{ store, actions: createActions(store, mock.carrier) }}>
      <Choosing />
    </AppContext>,
  );
  const box = (name: string): HTMLInputElement => screen.getByRole<HTMLInputElement>('checkbox', { name });
  const chosen = (): string[] =>
    few.flatMap(({ name }) => (box(name).checked ? [name] : [])).map((name) => name.slice(-1));
  fireEvent.click(box('node-5'));
  expect(chosen()).toEqual(['1', '5']);
  // A range is as its first row is, and passes over what cannot be chosen.
  fireEvent.click(box('node-2'), { shiftKey: true });
  expect(chosen()).toEqual(['1', '2', '4', '5']);
  fireEvent.click(screen.getByText('node-3'));
  expect([box('node-3').disabled, chosen()]).toEqual([true, ['1', '2', '4', '5']]);
  fireEvent.keyDown(grid(), { key: 'Home' });
  fireEvent.keyDown(grid(), { key: ' ' });
  expect(chosen()).toEqual(['2', '4', '5']);
  fireEvent.keyDown(grid(), { key: 'a', ctrlKey: true });
  expect(chosen()).toEqual(['1', '2', '4', '5', '6']);
  expect(screen.getAllByRole('row', { selected: true })).toHaveLength(5);
});

it('folds secondary columns in a narrow window, tells so in its menu, and brings one back that is chosen', async () => {
  mock = new MockWorkbench({ nodes: 8 });
  store = createAppStore(window.localStorage);
  const wide: readonly TableColumn<Row>[] = [
    { id: 'name', title: 'Name', kind: 'name', widthPx: 600, value: ({ name }) => name },
    { id: 'size', title: 'Size', kind: 'number', widthPx: 200, value: ({ size }) => size },
    { id: 'half', title: 'Half', kind: 'number', widthPx: 100, folds: 1, value: ({ size }) => size / 2 },
  ];
  render(
    <AppContext value={{ store, actions: createActions(store, mock.carrier) }}>
      <DataTable id="tried" label="Tried" columns={wide} rows={rows} keyOf={keyOf} fileName="tried" />
    </AppContext>,
  );
  const heads = (): string[] =>
    within(grid())
      .getAllByRole('columnheader')
      .map(({ textContent }) => textContent);
  // 900 px, less the room of the menu.
  expect(heads()).toEqual(['Name', 'Size']);
  fireEvent.keyDown(grid(), { key: 'Home' });
  fireEvent.keyDown(grid(), { key: 'c', ctrlKey: true });
  // What leaves the program does not go by the window.
  expect(copied.split('\n')).toEqual(['Name\tSize\tHalf', 'node-1\t20000\t10000']);
  fireEvent.click(screen.getByRole('button', { name: 'Columns and export: Tried' }));
  const half = await screen.findByRole('menuitemcheckbox', { name: /Half/ });
  expect([half.getAttribute('aria-checked'), half.textContent]).toEqual(['false', 'Halfno room here']);
  fireEvent.click(half);
  fireEvent.keyDown(half, { key: 'Escape' });
  await vi.waitFor(() => expect(heads()).toEqual(['Name', 'Size', 'Half']));
});
