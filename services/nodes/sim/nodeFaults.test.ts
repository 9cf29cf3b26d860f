import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../../core/testing/fakeClock.ts';
import type { NodeHandle, WorkKey } from '../NodePort.ts';
import { LONG_LOG_BYTES } from './CommandScript.ts';
import type { PracticeFiles } from './PracticeNodeStore.ts';
import { contextFor, factsWorkOf, serviceWork, SimTestSystem, type WorkedNodes } from './simTestKit.ts';
import type { SimNodePortOptions } from './SimNodePort.ts';

let system: SimTestSystem;
let folderNumber = 0;
const ports: WorkedNodes[] = [];
const never = new AbortController().signal;
const NODE = 'tpa-001';

beforeAll(async () => {
  system = await SimTestSystem.make();
});
afterAll(() => system.end());
afterEach(async () => {
  await Promise.all(ports.splice(0).map((port) => port.close()));
});

const freshFolder = (): string => join(system.folder, `faults-${++folderNumber}`);

async function open(options: Partial<SimNodePortOptions> = {}): Promise<WorkedNodes> {
  const port = await system.open({ folder: freshFolder(), nodes: 1, ...options });
  ports.push(port);
  return port;
}

/** Files in memory, so that nothing but the clock takes time. */
function memoryFiles(): PracticeFiles {
  const files = new Map<string, string>();
  return {
    list: () => Promise.resolve([...files.keys()]),
    read: (path) => Promise.resolve(files.get(path) ?? ''),
    replace: (path, text) => Promise.resolve(void files.set(path, text)),
    append: (path, text) => Promise.resolve(void files.set(path, `${files.get(path) ?? ''}${text}`)),
    rename: () => Promise.resolve(),
    remove: (path) => Promise.resolve(void files.delete(path)),
  };
}

/** A practice system whose time stands until the test moves it, and passes as on a real one. */
async function openStanding(): Promise<{ clock: FakeClock; port: WorkedNodes }> {
  const clock = createFakeClock(Date.UTC(2026, 0, 1), async () => {
    for (let i = 0; i < 10; i++) await nextTurn();
  });
  return { clock, port: await open({ now: () => clock.nowMs(), clock, durationFactor: 1, files: memoryFiles() }) };
}

const keyOf = (stepId: string): WorkKey => ({ jobId: 'job-1', stepId, attempt: 1 });
const handle = (port: WorkedNodes, stepId: string): NodeHandle => port.node(NODE, { ...keyOf(stepId), mode: 'run' });

interface Ran {
  readonly code: number | undefined;
  readonly log: string;
}

async function shell(port: WorkedNodes, text: string, stepId = 'shell'): Promise<Ran> {
  const node = handle(port, stepId);
  expect(await node.start(keyOf(stepId), { argv: ['sh', '-c', text] }, never)).toMatchObject({ ok: true });
  let log = '';
  const end = await node.follow(keyOf(stepId), 0, { onChunk: (_, part) => (log += part) }, never);
  return { code: end.ok ? end.value.code : undefined, log };
}

describe('a shell on a practice node', () => {
  it.for<[string, string, number]>([
    ['echo one; echo "two  three"', 'one\ntwo  three\n', 0],
    ['true && echo yes\nexit 3\necho never', 'yes\n', 3],
    ['false && echo no; echo after', 'after\n', 0],
    ['hostname; uname -r', 'tpa-001\n5.14.21-150400.24.100-default\n', 0],
    ['cat /etc/hostname /etc/none', 'tpa-001\ncat: /etc/none: No such file or directory\n', 1],
    ['rpm -q ptbase kernel-default none', '', 1],
    ['systemctl is-active practice-db', 'active\n', 0],
    ['ls | wc -l', 'sh: |: practice nodes have no such command\n', 127],
    ['echo $HOME; echo more', 'sh: $HOME: practice nodes have no such command\n', 127],
    ['echo x > /etc/hosts', '', 127],
    ['vconfig --rebuild', 'sh: vconfig: practice nodes have no such command\n', 127],
    ["echo 'open", 'sh: syntax error: a quote does not close\n', 2],
  ])('%s', async ([text, log, code]) => {
    const ran = await shell(await open(), text);
    expect(ran.code).toBe(code);
    if (log !== '') expect(ran.log).toBe(log);
  });

  it('has kernels beside each other, and names what is not installed', async () => {
    const { log } = await shell(await open(), 'rpm -q ptbase kernel-default none');
    expect(log.split('\n')).toEqual([
      'ptbase-17.10.04.02-1.noarch',
      'kernel-default-5.14.21-150400.24.97.1.x86_64',
      'kernel-default-5.14.21-150400.24.100.2.x86_64',
      'package none is not installed',
      '',
    ]);
  });
});

describe('a node that boots anew', () => {
  it('loses its work, is away for a while and is another boot then', async () => {
    const { clock, port } = await openStanding();
    const facts = async (): Promise<string | undefined> => {
      const answered = port.node(NODE, { ...keyOf('look'), mode: 'probe' }).facts(['boot'], never);
      await clock.advance(1_000);
      const read = await answered;
      return read.ok ? read.value.boot?.id : read.trouble.cause.code;
    };
    const before = await facts();
    expect(before).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    await port.practice.setFault(NODE, 'shutdown', 'reboot', 1);
    const ran = port.run(NODE, serviceWork('stop'), contextFor('shutdown'));
    await clock.advance(5_000);
    expect(await ran).toMatchObject({ state: 'unreachable', cause: { code: 'node-unreachable' } });
    expect(await facts()).toBe('node-unreachable');
    expect(port.rows()[NODE]?.reachable).toBe('no');
    await clock.advance(90_000);
    const after = await facts();
    expect(after).toMatch(/^[0-9a-f]{8}-/);
    expect(after).not.toBe(before);
    expect(port.rows()[NODE]).toMatchObject({ reachable: 'yes', service: { state: 'up' } });
  });

  it('is what `reboot` waits for, and boots once for one boot id', async () => {
    const port = await open();
    const node = handle(port, 'reboot');
    const read = await node.facts(['boot'], never);
    const before = read.ok ? (read.value.boot?.id ?? '') : '';
    const first = await node.reboot(before, never);
    expect(first).toMatchObject({ ok: true, value: { bootId: expect.not.stringMatching(before) as string } });
    expect(await node.reboot(before, never)).toEqual(first);
  });
});

it('a clock that is a day off is told by facts, and changes no length of time', async () => {
  const port = await open();
  await port.practice.setFault(NODE, 'find-systems', 'clock-off', 1);
  const context = contextFor('find-systems');
  const read = await port.run(NODE, factsWorkOf(['clock']), context);
  expect(read).toMatchObject({ state: 'ok', facts: { clockOffsetMs: 86_400_000 } });
  expect(context.lines).toEqual(["the clock of tpa-001 is about 1 day ahead of the master's"]);
  const node = handle(port, 'wait');
  await port.practice.setFault(NODE, 'wait', 'hang', 1);
  await node.start(keyOf('wait'), { argv: ['sh', '-c', 'true; true'] }, never);
  const looked = await node.look(keyOf('wait'), never);
  expect(looked).toMatchObject({ ok: true, value: { state: 'running' } });
  if (!looked.ok || looked.value.state !== 'running') return;
  expect(looked.value.silentMs).toBeLessThan(60_000);
  expect(looked.value.sinceMs).toBeGreaterThan(Date.now() + 80_000_000);
});

it('a node that answers slowly takes its time for each answer, and only at that step', async () => {
  const { clock, port } = await openStanding();
  await port.practice.setFault(NODE, 'shutdown', 'slow-answers', 1);
  const took = async (stepId: string): Promise<number> => {
    const startedMs = clock.nowMs();
    let over = false;
    const ran = port.run(NODE, serviceWork('stop'), contextFor(stepId)).finally(() => (over = true));
    while (!over) await clock.advance(500);
    expect(await ran).toMatchObject({ state: 'ok' });
    return clock.nowMs() - startedMs;
  };
  expect(await took('shutdown')).toBeGreaterThan(16_000);
  expect(await took('again')).toBeLessThan(8_000);
});

it('a log of 50 MB comes in bounded parts, is found again after a restart, and is not kept word by word', async () => {
  const folder = freshFolder();
  const first = await open({ folder });
  await first.practice.setFault(NODE, 'long', 'long-log', 1);
  const node = handle(first, 'long');
  await node.start(keyOf('long'), { argv: ['sh', '-c', 'echo begin; echo end'] }, never);
  let next = 0;
  let longest = 0;
  let tail = '';
  const sink = {
    onChunk: (offset: number, text: string): void => {
      expect(offset).toBe(next);
      next = offset + Buffer.byteLength(text);
      longest = Math.max(longest, text.length);
      tail = text;
    },
  };
  const end = await node.follow(keyOf('long'), 0, sink, never);
  expect(end).toMatchObject({ ok: true, value: { code: 0, logBytes: LONG_LOG_BYTES + 10 } });
  expect([next, tail, longest <= 64 * 1024]).toEqual([LONG_LOG_BYTES + 10, 'end\n', true]);
  await first.close();
  expect((await stat(join(folder, `${NODE}.node.json`))).size).toBeLessThan(20_000);
  const again = handle(await open({ folder }), 'long');
  const from = LONG_LOG_BYTES - 50;
  next = from;
  expect(await again.follow(keyOf('long'), from, sink, never)).toMatchObject({ ok: true, value: { code: 0 } });
  expect([next, tail]).toEqual([LONG_LOG_BYTES + 10, 'end\n']);
});
