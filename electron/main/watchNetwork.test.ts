import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { watchNetwork } from './watchNetwork.ts';

const address = (text: string, internal = false): NetworkInterfaceInfo => ({
  address: text,
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '00:00:00:00:00:00',
  internal,
  cidr: null,
});

afterEach(() => vi.useRealTimers());

describe('changes of the network', () => {
  it('are told once each, not for loopback, and not after the end', () => {
    vi.useFakeTimers();
    let interfaces: Record<string, NetworkInterfaceInfo[]> = { eth0: [address('10.0.0.5')] };
    const told = vi.fn();
    const stop = watchNetwork(told, 1000, () => interfaces);
    vi.advanceTimersByTime(3000);
    expect(told).toHaveBeenCalledTimes(0);
    interfaces = { ...interfaces, lo: [address('127.0.0.1', true)] };
    vi.advanceTimersByTime(1000);
    expect(told).toHaveBeenCalledTimes(0);
    interfaces = { ...interfaces, tun0: [address('10.8.0.2')] };
    vi.advanceTimersByTime(3000);
    expect(told).toHaveBeenCalledTimes(1);
    stop();
    interfaces = {};
    vi.advanceTimersByTime(3000);
    expect(told).toHaveBeenCalledTimes(1);
  });
});
