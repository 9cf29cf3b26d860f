// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { renderApp } from '../../testing/renderApp.tsx';
import { SCENES } from '../../testing/scenes.ts';

let stop: (() => void) | undefined;
afterEach(() => stop?.());

async function open(name: 'compare' | 'history' | 'settings'): Promise<void> {
  const scene = SCENES[name]?.();
  if (!scene) throw new Error(`there is no scene ${name}`);
  const { mock, at } = scene;
  ({ stop } = await renderApp(mock, at));
}

it('finds a run by its state, and compares two that are marked, the older one first', async () => {
  await open('history');
  const table = await screen.findByRole('grid', { name: 'History' });
  fireEvent.change(screen.getByRole('combobox', { name: 'State' }), { target: { value: 'warned' } });
  expect(within(table).queryByText('1041')).toBeNull();
  fireEvent.change(screen.getByRole('combobox', { name: 'State' }), { target: { value: '' } });
  expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Compare' }).disabled).toBe(true);
  fireEvent.click(within(table).getAllByText('Finished!')[0] as HTMLElement, { ctrlKey: true });
  fireEvent.click(within(table).getAllByText('Finished!')[1] as HTMLElement, { ctrlKey: true });
  fireEvent.click(screen.getByRole('button', { name: 'Compare' }));
  const runs = await screen.findByRole('region', { name: 'The runs' });
  expect(
    within(runs)
      .getAllByRole('button')
      .map(({ textContent }) => textContent),
  ).toEqual(['job 1041', 'job 1042']);
});

it('says in words what the picture shows: how much longer a step took, how many nodes failed, what differs', async () => {
  await open('compare');
  const steps = await screen.findByRole('grid', { name: 'Steps' });
  const row = within(steps)
    .getAllByRole('row')
    .find(({ textContent }) => textContent?.startsWith('Package Install'));
  expect(row?.textContent).toContain('+0:01:10');
  expect(row?.textContent).toMatch(/12815$|11315$|15$/);
  const versions = screen.getByRole('region', { name: 'Planned versions' });
  expect(versions.textContent).toMatch(/1 of \d+ differ/);
});

it('tells times in UTC once that is chosen, and goes back to where it was', async () => {
  await open('settings');
  fireEvent.click(await screen.findByRole('button', { name: 'UTC' }));
  expect(screen.getByRole('button', { name: 'UTC' }).getAttribute('aria-pressed')).toBe('true');
  fireEvent.click(within(screen.getByRole('main')).getByRole('button', { name: 'Close' }));
  expect(await screen.findByRole('heading', { name: 'Systems' })).toBeTruthy();
  expect(document.body.textContent).toMatch(/\d\d:\d\dZ/);
});
