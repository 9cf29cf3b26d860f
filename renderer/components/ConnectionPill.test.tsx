import { describe, expect, it } from 'vitest';
import type { SessionView } from '../../electron/contract/bridge.ts';
import { mockSystem, MOCK_NOW_MS as NOW } from '../testing/mockData.ts';
import { connectionWords } from './ConnectionPill.tsx';

const online = {
  kind: 'online',
  path: 'single-port',
  port: 9000,
  user: 'eva',
  role: 'operator',
  sinceMs: NOW,
} as const;
const lost = {
  kind: 'waiting',
  user: 'eva',
  lostSinceMs: NOW - 42_000,
  attempt: 3,
  cause: { code: 'dial-failed', message: 'no route', details: {} },
} as const;
const failed = (code: 'session-taken-over' | 'session-closed' | 'certificate-changed'): SessionView => ({
  kind: 'failed',
  cause: { code, message: '', details: {} },
});

describe('the state of the line in words', () => {
  it('is not known where the program that has the line is not heard', () => {
    const system = mockSystem({ session: { ...online, slow: false, roundTripMs: 62 }, heardAtMs: NOW - 50_000 });
    expect(connectionWords(system, NOW).words.join()).toMatch(/^Not known/);
  });

  it.each<[SessionView, string, string]>([
    [{ ...online, slow: false, roundTripMs: 62 }, 'online', 'Online · single port 9000 · 62 ms'],
    [{ ...online, slow: true, roundTripMs: 1_900 }, 'slow', 'Online, slow · single port 9000 · 1900 ms'],
    [
      { ...online, slow: false, smallPackets: true },
      'online',
      'Online · single port 9000 · small packets: large ones are lost on the way',
    ],
    [lost, 'lost', 'Line lost 42 s ago · trying now · picture is 50 s old'],
    // Short waits between attempts are part of trying.
    [{ ...lost, nextTryAtMs: NOW + 1_400 }, 'lost', 'Line lost 42 s ago · trying now · picture is 50 s old'],
    [{ ...lost, nextTryAtMs: NOW + 18_400 }, 'lost', 'Line lost 42 s ago · next try in 18 s · picture is 50 s old'],
    [failed('certificate-changed'), 'failed', 'Cannot connect'],
    [failed('session-taken-over'), 'off', 'Goes on elsewhere'],
    [failed('session-closed'), 'off', 'Session ended'],
  ])('%j', (session, tone, words) => {
    const system = mockSystem({ session, heardAtMs: session.kind === 'online' ? undefined : NOW - 50_000 });
    const shown = connectionWords(system, NOW);
    expect([shown.tone, shown.words.join(' · ')]).toEqual([tone, words]);
  });
});
