// @vitest-environment jsdom
import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { BridgeAnswer } from '../../../electron/contract/bridge.ts';
import { packetRequest, type PacketSizes } from '../../../core/model/packetSizes.ts';
import { CONSOLE_ABILITIES, MockWorkbench, type MockOptions } from '../../testing/mockBridge.ts';
import { mockPathTest } from '../../testing/mockData.ts';
import { renderApp } from '../../testing/renderApp.tsx';
import { lanePorts, portLanes } from './portLanes.ts';

vi.setConfig({ testTimeout: 60_000 });

let stop: (() => void) | undefined;
afterEach(() => {
  stop?.();
  stop = undefined;
});

const BUTTON = { name: 'Test the paths' };

async function openPorts(options: Partial<MockOptions> = {}): Promise<MockWorkbench> {
  const mock = new MockWorkbench({ nodes: 8, ...options });
  const place = { kind: 'system', systemId: mock.systemId, tab: 'ports' } as const;
  ({ stop } = await renderApp(mock, { place, placeChosen: true }));
  return mock;
}

describe('the path test', () => {
  it('groups neighbouring ports of one finding into a lane', () => {
    const lanes = portLanes(mockPathTest().ports).map((lane) => `${lanePorts(lane)} ${lane.finding}`);
    expect(lanes).toEqual([
      '22 speaks-put',
      '8443 speaks-other',
      '8992 filtered',
      '9000 speaks-put',
      '9001 speaks-put',
      '9002 refused',
      '9003–9009 filtered',
      '11111 filtered',
    ]);
  });

  it('shows drawing, table, ways and the sentence in place of the general one', async () => {
    const mock = await openPorts();
    expect(screen.getByText(/For the firewall team: Please allow TCP/)).toBeTruthy();
    fireEvent.click(screen.getByRole('button', BUTTON));
    const drawing = await screen.findByRole('img', { name: /Paths from this client system to 10\.4\.0\.1/ });
    expect(drawing.querySelector('desc')?.textContent).toContain('9003–9009 GUI ports: stopped at the firewall');
    expect(mock.calls.filter((call) => call.method === 'path.test')).toEqual([
      { method: 'path.test', params: { systemId: mock.systemId } },
    ]);
    const table = within(screen.getByRole('grid', { name: 'Ports' }));
    expect(table.getByRole('row', { name: /^9000 negotiation let through 312 ms TLSv1\.3/ })).toBeTruthy();
    expect(table.getByRole('row', { name: /^9002 GUI port refused/ })).toBeTruthy();
    expect(screen.getByText(/Nothing is needed: TCP port 9000/)).toBeTruthy();
    expect(screen.getAllByText('no GUI port answers')).toHaveLength(2);
    expect(screen.getByText('the one accepted before, on every port')).toBeTruthy();
    expect(screen.queryByText(/For the firewall team: /)).toBeNull();
  });

  it('tells which packets pass each way', async () => {
    const found = mockPathTest();
    const packets: PacketSizes = {
      port: 9000,
      headBytes: 40,
      toMaster: { kind: 'limited', passesBytes: 1270, lostBytes: 1284 },
      toClient: { kind: 'unknown', because: 'small packets were lost as well' },
    };
    const askFor = packetRequest(found.host, packets) ?? '';
    const answer: BridgeAnswer = { ok: true, value: { ...found, packets, askFor } };
    await openPorts({ override: (method) => (method === 'path.test' ? answer : undefined) });
    fireEvent.click(screen.getByRole('button', BUTTON));
    expect((await screen.findByText('Packets to the master node')).nextElementSibling?.textContent).toBe(
      'above about 1270 bytes do not pass: MTU or MSS',
    );
    expect(screen.getByText('Packets to this machine').nextElementSibling?.textContent).toBe(
      'not known: small packets were lost as well',
    );
    expect(screen.getByText(/Please clamp the TCP MSS on that way to 1230 bytes/)).toBeTruthy();
  });

  it('keeps its error in place and can be tried again', async () => {
    let answer: BridgeAnswer | undefined = {
      ok: false,
      error: { code: 'dial-failed', message: 'no address of prod-east', details: {}, nextStep: 'Look.', retry: 'now' },
    };
    await openPorts({ override: (method) => (method === 'path.test' ? answer : undefined) });
    fireEvent.click(screen.getByRole('button', BUTTON));
    await screen.findAllByText(/no address of prod-east/);
    answer = undefined;
    fireEvent.click(screen.getByRole('button', BUTTON));
    await screen.findByRole('grid', { name: 'Ports' });
    expect(screen.queryByText(/no address of prod-east/)).toBeNull();
  });

  it('is not offered by a page that the master node serves', async () => {
    await openPorts({ app: { can: { ...CONSOLE_ABILITIES, pathTest: false } } });
    expect(screen.queryByRole('button', BUTTON)).toBeNull();
  });

  it('is offered at the sign-in once every way failed', async () => {
    const cause = { code: 'dial-timeout', message: '10.4.0.1:9000 did not answer', details: {} } as const;
    const paths = [{ path: 'single-port', outcome: 'failed', cause }] as const;
    const mock = new MockWorkbench({ nodes: 8, system: { session: { kind: 'signed-out' }, paths } });
    const place = { kind: 'sign-in', systemId: mock.systemId } as const;
    ({ stop } = await renderApp(mock, { place, placeChosen: true }));
    fireEvent.click(screen.getByRole('button', BUTTON));
    await waitFor(() => expect(screen.getByRole('grid', { name: 'Ports' })).toBeTruthy());
  });
});
