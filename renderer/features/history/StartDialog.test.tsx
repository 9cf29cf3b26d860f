// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { renderApp } from '../../testing/renderApp.tsx';
import { SCENES } from '../../testing/scenes.ts';

let stop: (() => void) | undefined;
afterEach(() => stop?.());

it('an operation is started with the settings that a plan file can have, in the words of the master where one cannot be taken', async () => {
  const scene = SCENES['history']?.();
  if (!scene) throw new Error('there is no scene');
  ({ stop } = await renderApp(scene.mock, scene.at));
  fireEvent.click(await screen.findByRole('button', { name: 'Start Install/Upgrade Software with settings…' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Start Install/Upgrade Software' }));
  for (const label of ['Nodes at once', 'Stop at', 'Waves', 'Gate service', 'Gate wait', 'Confirm within'])
    expect(dialog.getByLabelText(new RegExp(`^${label}`))).toBeTruthy();
  expect(dialog.queryByLabelText(/^Signatures/)).toBeNull();
  const start = dialog.getByRole<HTMLButtonElement>('button', { name: 'Start' });
  fireEvent.change(dialog.getByLabelText(/^Nodes at once/), { target: { value: '9999' } });
  expect(dialog.getByText('Nodes at once: a whole number from 1 to 1024 is needed')).toBeTruthy();
  expect(start.disabled).toBe(true);
  fireEvent.change(dialog.getByLabelText(/^Nodes at once/), { target: { value: '8' } });
  fireEvent.change(dialog.getByLabelText(/^Confirm within/), { target: { value: '2 h' } });
  fireEvent.change(dialog.getByLabelText(/^Not before/), { target: { value: '2099-11-27T01:00' } });
  // By this machine's clock, in UTC, and by the clock of the master's place.
  expect(dialog.getByText(/^2099-11-27 01:00 .*at the master \(Asia\/Tokyo\)$/)).toBeTruthy();
  fireEvent.change(dialog.getByLabelText(/^Not after/), { target: { value: '2099-11-27T00:30' } });
  expect(dialog.getByText(/^Not after: .* is not after notBefore/)).toBeTruthy();
  fireEvent.change(dialog.getByLabelText(/^Not after/), { target: { value: '2099-11-27T05:00' } });
  fireEvent.click(start);
  const { mock } = scene;
  await waitFor(() => expect(mock.calls.some((call) => call.params['method'] === 'job.start')).toBe(true));
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  expect(mock.calls.find((call) => call.params['method'] === 'job.start')?.params['params']).toMatchObject({
    operationId: 'install-upgrade-software',
    settings: {
      ...{ nodesAtOnce: 8, confirmWithin: 7_200_000 },
      ...{ notBefore: `2099-11-27T01:00 ${timeZone}`, notAfter: `2099-11-27T05:00 ${timeZone}` },
    },
  });
});

it('has what was typed when it is opened again after Escape, and begins anew when it is asked to', async () => {
  const scene = SCENES['history']?.();
  if (!scene) throw new Error('there is no scene');
  ({ stop } = await renderApp(scene.mock, scene.at));
  const open = async () => {
    fireEvent.click(await screen.findByRole('button', { name: 'Start Install/Upgrade Software with settings…' }));
    return within(await screen.findByRole('dialog', { name: 'Start Install/Upgrade Software' }));
  };
  const value = (dialog: Awaited<ReturnType<typeof open>>, label: RegExp): string =>
    dialog.getByLabelText<HTMLInputElement>(label).value;
  const first = await open();
  expect(first.queryByRole('button', { name: 'Begin anew' })).toBeNull();
  fireEvent.change(first.getByLabelText(/^Nodes at once/), { target: { value: '8' } });
  fireEvent.change(first.getByLabelText(/^Not before/), { target: { value: '2099-11-27T01:00' } });
  fireEvent.keyDown(first.getByLabelText(/^Not before/), { key: 'Escape' });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  const again = await open();
  expect([value(again, /^Nodes at once/), value(again, /^Not before/)]).toEqual(['8', '2099-11-27T01:00']);
  fireEvent.click(again.getByRole('button', { name: 'Begin anew' }));
  expect([value(again, /^Nodes at once/), value(again, /^Not before/)]).toEqual(['', '']);
});
