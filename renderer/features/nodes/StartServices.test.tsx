// @vitest-environment jsdom
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { MockWorkbench } from '../../testing/mockBridge.ts';
import { renderApp } from '../../testing/renderApp.tsx';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

async function openNodes(): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8 });
  const place = { kind: 'system', systemId: mock.systemId, tab: 'nodes' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}

function bringDown(mock: MockWorkbench, nodeId: string): void {
  const row = mock.system.nodes?.[nodeId];
  if (!row) throw new Error(`no node ${nodeId}`);
  const service = { name: 'db', state: 'down' } as const;
  act(() => mock.setSystem({ nodes: { ...mock.system.nodes, [nodeId]: { ...row, service } } }));
}

const button = (name: string): HTMLButtonElement => screen.getByRole('button', { name });

describe('Start services', () => {
  it('is off while every service is up', async () => {
    const mock = await openNodes();
    expect(button('Start services…').disabled).toBe(true);
    expect(screen.getByText('No service is down')).toBeTruthy();
    bringDown(mock, 'tpa-2');
    await waitFor(() => expect(button('Start services…').disabled).toBe(false));
    expect(screen.queryByText('No service is down')).toBeNull();
    // Said where the nodes are looked at, not only to who asks for the start.
    expect(screen.getByText('As last seen, db is down on 1 node (tpa-2).')).toBeTruthy();
    const row = within(screen.getByRole('row', { name: /tpa-2/ }));
    expect(row.getByText('down').parentElement?.textContent).toBe('down db');
  });

  it('does not say that none is down where a node was never asked', async () => {
    const mock = await openNodes();
    const { nodes = {} } = mock.system;
    const { service: _service, ...never } = nodes['tpa-2']!;
    act(() => mock.setSystem({ nodes: { ...nodes, 'tpa-2': never } }));
    expect(await screen.findByText('No service is known to be down')).toBeTruthy();
    expect(screen.queryByText('No service is down')).toBeNull();
  });

  it('names the nodes, asks, and says what came of it', async () => {
    const mock = await openNodes();
    bringDown(mock, 'tpa-2');
    bringDown(mock, 'tpa-3');
    const failed = [{ nodeId: 'tpa-3', code: 'service-failed', message: 'db on tpa-3 did not start' }];
    mock.servicesOutcome = { started: ['tpa-2'], failed, unfinished: [] };
    fireEvent.click(button('Start services…'));
    const dialog = within(await screen.findByRole('alertdialog'));
    expect(dialog.getByText(/db is down on 2 nodes \(tpa-2, tpa-3\)/)).toBeTruthy();
    expect(mock.calls.some((call) => call.params['method'] === 'nodes.startServices')).toBe(false);
    fireEvent.click(dialog.getByRole('button', { name: 'Start' }));
    await screen.findByText('The service of 1 node was started.');
    expect(screen.getByText('tpa-3: db on tpa-3 did not start (service-failed)')).toBeTruthy();
  });
});
