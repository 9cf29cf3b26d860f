// @vitest-environment jsdom
import { fireEvent, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

describe('signing out', () => {
  it('says first what becomes of a job that is under way', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    mock.advanceTo('package-install', 3);
    const place = { kind: 'system', systemId: mock.systemId, tab: 'operations' } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    fireEvent.click(screen.getByRole('button', { name: 'Sign out' }));
    const dialog = within(screen.getByRole('alertdialog'));
    expect(dialog.getByText(/Install\/Upgrade Software, job 1042: under way\. Signing out stops nothing/)).toBeTruthy();
    expect(mock.calls.some(({ method }) => method === 'session.signOut')).toBe(false);
    fireEvent.click(dialog.getByRole('button', { name: 'Sign out' }));
    expect(mock.calls.some(({ method }) => method === 'session.signOut')).toBe(true);
  });

  it('asks the same where it is chosen in the palette', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    mock.advanceTo('package-install', 3);
    const place = { kind: 'system', systemId: mock.systemId, tab: 'operations' } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
    fireEvent.click(await screen.findByRole('option', { name: /^Sign out/ }));
    const dialog = within(await screen.findByRole('alertdialog'));
    expect(dialog.getByText(/Signing out stops nothing/)).toBeTruthy();
    expect(mock.calls.some(({ method }) => method === 'session.signOut')).toBe(false);
  });
});

describe('saved systems', () => {
  it('names an entry that cannot be used, with its reason and a way to remove it, beside those that can', async () => {
    const mock = new MockWorkbench({ nodes: 8 });
    const reason = 'systems[1].pathOrder[0]: one of single-port is needed';
    mock.set({ ...mock.state, unusableSystems: [{ key: 's2', name: 'north', reason }] });
    ({ stop } = await renderApp(mock, { place: { kind: 'systems' }, placeChosen: true }));
    const note = screen.getByRole('note');
    expect(note.textContent).toContain('north: saved, but not usable');
    expect(note.textContent).toContain(reason);
    expect(screen.getAllByRole('row').length).toBeGreaterThan(1);
    fireEvent.click(within(note).getByRole('button', { name: /^Remove… / }));
    fireEvent.click(screen.getByRole('button', { name: 'Remove the entry' }));
    expect(mock.calls.at(-1)).toEqual({ method: 'system.removeUnusable', params: { key: 's2' } });
  });
});
