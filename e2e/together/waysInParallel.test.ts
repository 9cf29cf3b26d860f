import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectByFirstPath, type Dial, type PathAttempt } from '../../core/client/paths.ts';
import { PutError } from '../../core/protocol/errors.ts';
import type { PathKind } from '../../core/protocol/handshake.ts';
import { TIMES } from '../../core/protocol/limits.ts';
import { RecordingLink } from '../../core/testing/RecordingLink.ts';
import type { Wire } from '../../core/testing/Wire.ts';
import { ANNA } from '../../services/testing/clients.ts';
import { createMasterRig, type MasterRig } from '../../services/testing/masterRig.ts';
import type { ConnectedLine } from '../../core/client/connectedLine.ts';

/** What a dial does; `deaf`: it works, but late, and does not hear that it was given up. */
type Script = { readonly kind: 'works' | 'fails' | 'hangs' | 'deaf'; readonly afterMs: number };

interface Scripts {
  readonly negotiation: Script;
  readonly watch: Script;
  readonly gui: Script;
  readonly web: Script;
  readonly ssh: Script;
}

const ONE_WAY_MS = 10;

interface Run {
  readonly rig: MasterRig;
  /** When each way dialled first. */
  readonly startedAtMs: Map<string, number>;
  readonly wires: Wire[];
  readonly attempts: PathAttempt[];
  readonly outcome: { line?: ConnectedLine; error?: PutError; atMs?: number };
  readonly dialling: () => number;
  readonly giveUp: () => void;
}

function scriptOf(scripts: Scripts, port: number, carrier: string): { name: keyof Scripts; script: Script } {
  const name =
    carrier === 'ssh'
      ? 'ssh'
      : port === 9000
        ? 'negotiation'
        : port === 9001
          ? 'watch'
          : port === 8443
            ? 'web'
            : ('gui' as const);
  return { name, script: scripts[name] };
}

const ROLE = { negotiation: 'negotiation', watch: 'watch', gui: 'gui', web: 'web', ssh: 'negotiation' } as const;

function start(order: readonly PathKind[], scripts: Scripts): Run {
  const rig = createMasterRig();
  const startedAtMs = new Map<string, number>();
  const wires: Wire[] = [];
  const attempts: PathAttempt[] = [];
  const outcome: Run['outcome'] = {};
  let dialling = 0;
  const dial: Dial = ({ port, carrier }, signal) => {
    const { name, script } = scriptOf(scripts, port, carrier);
    if (!startedAtMs.has(name)) startedAtMs.set(name, rig.clock.nowMs());
    dialling++;
    return new Promise((resolve, reject) => {
      const over = (): void => {
        dialling--;
        stop();
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        if (script.kind === 'deaf') return;
        over();
        reject(new PutError('cancelled', 'given up'));
      };
      const afterMs = script.kind === 'hangs' ? TIMES.dialMs : script.afterMs;
      const stop = rig.clock.setTimer(afterMs, () => {
        over();
        if (script.kind === 'fails') reject(new PutError('dial-failed', `${port}: the port is closed`));
        else if (script.kind === 'hangs') reject(new PutError('dial-timeout', `${port}: no answer`));
        else {
          const { transport, wire } = rig.dial(ROLE[name], port, { latencyMs: ONE_WAY_MS });
          wires.push(wire);
          resolve(transport);
        }
      });
      signal.addEventListener('abort', onAbort);
    });
  };
  const abort = new AbortController();
  connectByFirstPath(
    order,
    {
      target: { host: 'master', ccPort: 9000, sslPort: 8443, servicePort: 8992, chatPort: 11_111 },
      credentials: ANNA,
      software: 'test',
      capabilities: [],
      clientSystem: 'laptop',
      dial,
      clock: rig.clock,
      signal: abort.signal,
    },
    (attempt) => attempts.push(attempt),
  ).then(
    (line) => {
      Object.assign(outcome, { line, atMs: rig.clock.nowMs() });
      // Answers pings, so that the master keeps the line.
      new RecordingLink(rig.clock).link.attach(line.transport, { peerReceived: 0, rest: line.rest });
    },
    (error: PutError) => Object.assign(outcome, { error, atMs: rig.clock.nowMs() }),
  );
  return { rig, startedAtMs, wires, attempts, outcome, dialling: () => dialling, giveUp: () => abort.abort() };
}

const script = fc.record({
  kind: fc.constantFrom<Script['kind'][]>('works', 'fails', 'hangs', 'deaf'),
  afterMs: fc.integer({ min: 0, max: 8_000 }),
});
const scripts: fc.Arbitrary<Scripts> = fc.record({
  negotiation: script,
  watch: script,
  gui: script,
  web: script,
  ssh: script,
});
const FIRST_DIAL: Partial<Record<PathKind, keyof Scripts>> = {
  'single-port': 'negotiation',
  'hand-off': 'negotiation',
  direct: 'negotiation',
  websocket: 'web',
  ssh: 'ssh',
};
/** Ways that begin with the same dial cannot be told apart here, so one of them at a time. */
const order = (byCcPort: readonly PathKind[]): fc.Arbitrary<PathKind[]> =>
  fc
    .constantFrom(...byCcPort)
    .chain((path) => fc.shuffledSubarray<PathKind>([path, 'websocket', 'ssh'], { minLength: 1 }));

/** Until nothing is dialled any more, and the time after which a lost watch connection has given its port back. */
async function settleAll(run: Run): Promise<void> {
  const settled = (): boolean => run.dialling() === 0 && (run.outcome.line ?? run.outcome.error) !== undefined;
  for (let i = 0; i < 200 && !settled(); i++) await run.rig.clock.advance(500);
  await run.rig.clock.advance(TIMES.watchLostMs + 500);
  expect(run.outcome.line ?? run.outcome.error).toBeDefined();
}

/**
 * Only what the winner uses is left, at the client and at the master. A way that was given up between a greeting and its answer
 * leaves a session that was never used; the master keeps it for a minute, for clients whose line was cut just then.
 */
async function expectNothingLeft({ rig, wires, outcome, dialling }: Run): Promise<void> {
  expect(dialling()).toBe(0);
  const others = rig.master.sessions.sessions.filter(({ sessionId }) => sessionId !== outcome.line?.welcome.sessionId);
  expect(others.filter(({ online, used }) => online || used)).toEqual([]);
  await rig.clock.advance(60_000);
  const open = wires.filter((wire) => !wire.isClosed);
  expect(open).toHaveLength(outcome.line ? 1 : 0);
  expect(rig.master.sessions.size).toBe(outcome.line ? 1 : 0);
  expect([...rig.master.leases.table.keys()]).toEqual(outcome.line?.lease ? [outcome.line.lease.port] : []);
}

function expectStaggered(run: Run, ways: readonly PathKind[]): void {
  const begun = ways.map((path) => run.startedAtMs.get(FIRST_DIAL[path] ?? 'gui'));
  const wonAtMs = run.outcome.line ? (run.outcome.atMs ?? 0) : Infinity;
  begun.forEach((atMs, i) => {
    const before = begun[i - 1];
    if (i === 0) expect(atMs).toBe(1_000_000);
    else if (before === undefined) expect(atMs).toBeUndefined();
    // Not begun only where something had worked by then.
    else if (atMs === undefined) expect(before + TIMES.staggerMs).toBeGreaterThanOrEqual(wonAtMs);
    else {
      expect(atMs - before).toBeLessThanOrEqual(TIMES.staggerMs);
      expect(atMs).toBeLessThanOrEqual(wonAtMs);
    }
  });
}

describe('ways tried side by side', () => {
  it('begin at most two seconds apart, the first that works wins, and nothing is left of the others', async () => {
    await fc.assert(
      fc.asyncProperty(order(['single-port']), scripts, async (ways, all) => {
        const run = start(ways, all);
        await settleAll(run);
        expectStaggered(run, ways);
        const finishes = ways.flatMap((path) => {
          const name = FIRST_DIAL[path] ?? 'gui';
          const atMs = run.startedAtMs.get(name);
          const { kind, afterMs } = all[name];
          return atMs !== undefined && (kind === 'works' || kind === 'deaf') ? [{ path, atMs: atMs + afterMs }] : [];
        });
        const first = Math.min(...finishes.map(({ atMs }) => atMs));
        if (!run.outcome.line) expect(finishes).toEqual([]);
        else {
          expect(finishes.filter(({ atMs }) => atMs === first).map(({ path }) => path)).toContain(
            run.outcome.line.path,
          );
          expect(run.outcome.atMs).toBeLessThanOrEqual(first + 2 * ONE_WAY_MS + 1);
        }
        await expectNothingLeft(run);
      }),
      { numRuns: 150 },
    );
  });

  it('give back the port of a hand-off that another way was faster than, or that failed', async () => {
    await fc.assert(
      fc.asyncProperty(order(['hand-off', 'direct']), scripts, async (ways, all) => {
        const run = start(ways, all);
        await settleAll(run);
        expectStaggered(run, ways);
        await expectNothingLeft(run);
      }),
      { numRuns: 150 },
    );
  });

  it('give back a port whose connection hangs as soon as another way works', async () => {
    const works: Script = { kind: 'works', afterMs: 0 };
    const run = start(['hand-off', 'websocket'], {
      negotiation: works,
      watch: works,
      gui: { kind: 'hangs', afterMs: 0 },
      web: works,
      ssh: works,
    });
    await run.rig.clock.advance(TIMES.staggerMs - 100);
    expect(run.rig.master.leases.table.get(9002)?.phase.kind).toBe('offered');
    await run.rig.clock.advance(500);
    expect(run.outcome.line?.path).toBe('websocket');
    expect(run.rig.master.leases.table.size).toBe(0);
    expect(run.rig.master.sessions.size).toBe(1);
  });

  it('leave nothing when connecting is given up in the middle', async () => {
    await fc.assert(
      fc.asyncProperty(
        order(['single-port', 'hand-off']),
        scripts,
        fc.integer({ min: 0, max: 10_000 }),
        async (ways, all, afterMs) => {
          const run = start(ways, all);
          await run.rig.clock.advance(afterMs);
          const won = run.outcome.line;
          run.giveUp();
          await settleAll(run);
          if (!won) expect(run.outcome.line).toBeUndefined();
          await expectNothingLeft(run);
        },
      ),
      { numRuns: 100 },
    );
  });
});
