// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import type { BridgeAnswer } from '../../../electron/contract/bridge.ts';
import { CONSOLE_ABILITIES, MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });
let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const TEXT = `main has parts of 1 package.\n\n${'='.repeat(80)}\nzod 4.1.0\nLicence: MIT\n\nAs it is.\n`;

it('switches notifications, talks about updates, and shows the licences; a program without settings of its own has none of it', async () => {
  const mock = new MockWorkbench({
    nodes: 2,
    app: { own: { notifications: true, updatesFrom: '/mnt/stick' }, can: CONSOLE_ABILITIES },
    override: (method): BridgeAnswer | undefined => {
      if (!method.startsWith('app.')) return undefined;
      return { ok: true, value: method === 'app.licences' ? { text: TEXT } : {} };
    },
  });
  ({ stop } = await renderApp(mock, { place: { kind: 'settings' }, placeChosen: true }));
  const own = within(screen.getByRole('region', { name: 'This program' }));
  expect(own.getByText(/Looked for in \/mnt\/stick/)).toBeTruthy();
  fireEvent.click(own.getByRole('button', { name: 'Off' }));
  const updates = own.getByRole<HTMLButtonElement>('button', { name: 'Updates…' });
  await waitFor(() => expect(updates.disabled).toBe(false));
  fireEvent.click(updates);
  fireEvent.click(screen.getByRole('button', { name: 'Show the licences' }));
  fireEvent.click(await screen.findByText('zod'));
  expect((await screen.findByRole('region', { name: 'Licence of zod' })).textContent).toBe('As it is.');
  await waitFor(() => expect(mock.calls.find(({ method }) => method === 'app.updates')).toBeTruthy());
  expect(mock.calls.find(({ method }) => method === 'app.setNotifications')?.params).toEqual({ on: false });
  mock.set({ ...mock.state, app: { ...mock.state.app, own: undefined } });
  await waitFor(() => expect(own.queryByText('Notifications')).toBeNull());
});

it('a page in a browser has the licences too; where their texts are not at hand nothing is offered', async () => {
  const mock = new MockWorkbench({
    nodes: 2,
    app: { carrier: 'web', can: CONSOLE_ABILITIES },
    override: (method) => (method === 'app.licences' ? { ok: true, value: { text: TEXT } } : undefined),
  });
  ({ stop } = await renderApp(mock, { place: { kind: 'settings' }, placeChosen: true }));
  fireEvent.click(await screen.findByRole('button', { name: 'Show the licences' }));
  expect(await screen.findByText('zod')).toBeTruthy();
  stop();
  mock.set({ ...mock.state, app: { ...mock.state.app, can: { ...CONSOLE_ABILITIES, licences: false } } });
  ({ stop } = await renderApp(mock, { place: { kind: 'settings' }, placeChosen: true }));
  await screen.findByText('Licences');
  expect(screen.queryByRole('button', { name: 'Show the licences' })).toBeNull();
});
