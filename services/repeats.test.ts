import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { METHODS, type MethodName } from '../core/protocol/methods.ts';
import { seenOf } from '../core/model/job.ts';
import { AccountBook } from './accounts/AccountBook.ts';
import { ChatService } from './chat/ChatService.ts';
import { FileService } from './files/FileService.ts';
import { PackageLibrary } from './files/PackageLibrary.ts';
import { TestCaller } from './files/testing/TestCaller.ts';
import { callerNamed } from './jobs/testing/askService.ts';
import { approvalRepeats } from './jobs/testing/approvalRepeats.ts';
import { faults, JobHarness } from './jobs/testing/jobHarness.ts';
import type { LeaseKeeper } from './portmgmt/LeaseKeeper.ts';
import { hostKey, InventoryRig } from './nodes/inventory/testing/inventoryRig.ts';
import { portRequests } from './portmgmt/portRequests.ts';
import { sessionRequests } from './sessions/sessionRequests.ts';
import type { SessionTable } from './sessions/SessionTable.ts';
import { signIn } from './testing/clients.ts';
import { createMasterRig, settle } from './testing/masterRig.ts';
import type { Service } from './service.ts';

/*
 * A client that had no answer asks again, and putservices may have died between the deed and the answer. For each request of the
 * protocol: what it does is done once, however often it comes. A new method without a place here does not compile, and fails.
 */

const log = { info: () => {}, warn: () => {}, error: () => {} };
const RPM = 'ptdbms-17.20.03.01-1.x86_64.rpm';
const SAMPLE = fileURLToPath(new URL(`../assets/packages/release-2/${RPM}`, import.meta.url));

const OTHER = SAMPLE.replace('ptdbms', 'ptools').replace('x86_64', 'noarch');
const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let folder: string;
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-repeats-'));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A service that can be killed and opened again on what it kept, and what its deeds have come to. */
interface Subject {
  ask(params: object): unknown;
  crash(): Promise<void>;
  /** Everything that the request may change; a deed that is done twice shows in it. */
  deeds(): unknown;
  params: object;
}

/** Asks once, kills, and asks the same again and again; `between`: what others do before the repeat comes. */
async function expectDoneOnce(subject: Subject, between: () => Promise<unknown> = async () => {}): Promise<void> {
  const before = JSON.stringify(subject.deeds());
  const first = await subject.ask(subject.params);
  const once = JSON.stringify(subject.deeds());
  expect(once).not.toBe(before);
  await subject.crash();
  await between();
  const then = JSON.stringify(subject.deeds());
  for (let repeat = 0; repeat < 2; repeat++) {
    const again = await Promise.resolve()
      .then(() => subject.ask(subject.params))
      .catch((error: unknown) => (error as { code?: string }).code ?? error);
    // Answered as the first time, or told that it was done.
    expect(again === 'already-done' || JSON.stringify(again) === JSON.stringify(first), String(again)).toBe(true);
    expect(JSON.stringify(subject.deeds())).toBe(then);
  }
}

/** Decisions of people in the journal of the job, and who drives. */
function decisions(h: JobHarness): unknown {
  const lines = h.told.filter((entry) => entry.user !== undefined).map((entry) => entry.text);
  return { driver: h.view().driver, lines };
}

/** Asks, and waits for the timeline, which is told once the nodes that begin by it have begun. */
async function askAndTell(h: JobHarness, method: MethodName, params: object, user?: string): Promise<unknown> {
  const answer = await h.ask(method, params, user);
  await h.clock.advance(0);
  return answer;
}

async function jobAt(
  method: MethodName,
  stepId: string,
  params: (h: JobHarness) => object,
  user = 'ada',
): Promise<Subject & { h: JobHarness }> {
  const h = new JobHarness({
    ...faults({ 'spooling n1': 'fail', 'spooling n2': 'fail', 'start n3 1': 'fail' }),
  });
  closers.push(() => h.dispose());
  await h.start();
  if (stepId !== 'configuration-mode') await h.driveTo(stepId);
  return {
    h,
    params: { jobId: 'j1', seen: seenOf(h.view()), ...params(h) },
    ask: (asked) => askAndTell(h, method, asked, user),
    crash: async () => {
      h.driver.crash();
      await h.service.close();
      h.open();
      await h.settle();
    },
    deeds: () => decisions(h),
  };
}

async function practice(method: 'practice.setFault' | 'practice.reset', params: object): Promise<Subject> {
  const h = new JobHarness();
  closers.push(() => h.dispose());
  return {
    params: { requestId: 'r1', ...params },
    ask: (asked) => h.ask(method, asked),
    crash: async () => {
      await h.service.close();
      h.open();
    },
    deeds: () => [h.told.map((entry) => entry.text), h.driver.starts],
  };
}

async function files(): Promise<{
  service: FileService;
  library: PackageLibrary;
  bytes: Buffer;
  sha256: string;
  upload(caller: TestCaller, path?: string): Promise<void>;
}> {
  const library = await PackageLibrary.open({ folder: join(folder, 'library'), log });
  const service = await FileService.open({ library, log, maxFileBytes: 1 << 26 });
  closers.push(() => service.close());
  const bytes = await readFile(SAMPLE);
  const sha256 = digestOf(bytes);
  return {
    ...{ service, library, bytes, sha256 },
    upload: async (caller, path = SAMPLE) => {
      const content = await readFile(path);
      const begin = { name: RPM, sizeBytes: content.length, sha256: digestOf(content) };
      const opened = await service.handlers['file.begin']?.(begin, caller);
      if (!opened || opened.complete) return;
      for (let at = opened.offset; at < content.length;) {
        const until = Math.min(at + 60_000, content.length, await caller.allowedFor(opened.transfer));
        await service.fileData(caller, opened.transfer, at, content.subarray(at, until));
        at = until;
      }
      await service.handlers['file.finish']?.({ transfer: opened.transfer }, caller);
    },
  };
}

async function inventoryRig(): Promise<InventoryRig> {
  const rig = await InventoryRig.make('version: 1\nnodes: [{ name: a }, { name: b }]\n');
  closers.push(() => rig.dispose());
  return rig;
}

/** The file is as it was asked for, and neither it nor the timeline changes when the request comes again. */
async function expectInventoryOnce(method: MethodName, params: object): Promise<void> {
  const rig = await inventoryRig();
  await rig.ask(method, params);
  const once = [await rig.read(), ...rig.told];
  expect(rig.told).toHaveLength(1);
  await rig.close();
  await rig.open();
  await rig.ask(method, params);
  expect([await rig.read(), ...rig.told]).toEqual(once);
}

const reads = async (): Promise<void> => {};

const CASES: Readonly<Record<MethodName, () => Promise<void>>> = {
  'topic.watch': reads,
  'topic.unwatch': reads,
  'session.end': reads,
  'nodes.refresh': reads,
  'nodes.startServices': async () => {
    const h = new JobHarness();
    closers.push(() => h.dispose());
    const up = (): unknown => [...h.driver.nodes.values()].map((node) => node.serviceUp);
    const before = up();
    for (let repeat = 0; repeat < 2; repeat++) {
      const answer = h.ask('nodes.startServices', { nodeIds: ['n1'] });
      await h.clock.advance(60_000);
      // Starting what is up leaves it up; nothing else happens.
      expect(await answer).toMatchObject({ started: ['n1'] });
      expect(up()).toEqual(before);
    }
  },
  'chat.history': reads,
  'nodes.facts': reads,
  'inventory.check': reads,
  'inventory.row': reads,
  'inventory.probe': reads,
  'inventory.shownKeys': reads,
  'inventory.add': () => expectInventoryOnce('inventory.add', { nodes: [{ name: 'c' }] }),
  'inventory.remove': () => expectInventoryOnce('inventory.remove', { names: ['b'] }),
  'inventory.pin': () => expectInventoryOnce('inventory.pin', { keys: { a: [hostKey('A')] } }),
  // The line is written on the node only where it is not there yet.
  'nodes.authorize': reads,
  'nodes.sudoPassword': async () => {
    const rig = await inventoryRig();
    for (let repeat = 0; repeat < 2; repeat++) {
      await rig.ask('nodes.sudoPassword', { password: 'x' });
      expect(rig.view().sudoGivenFor).toEqual(['*']);
    }
  },
  'job.checkAnswer': reads,
  'operation.list': reads,
  'job.nodeLog': reads,
  'job.searchLog': reads,
  'job.table': reads,
  'job.reportHtml': reads,

  'account.changePassword': async () => {
    const file = join(folder, 'accounts');
    const book = await AccountBook.open({ file, log, cost: { n: 16, r: 1, p: 1 } });
    await book.addAccount({ user: 'anna', role: 'operator', password: 'the first one' });
    const change = { user: 'anna', password: 'the first one', newPassword: 'the second one', from: 's1' };
    await book.changePassword(change, () => {});
    const once = await readFile(file, 'utf8');
    const again = await AccountBook.open({ file, log });
    await again.changePassword(change, () => {});
    expect(await readFile(file, 'utf8')).toBe(once);
  },
  'session.keep': async () => {
    const rig = createMasterRig();
    const { client } = await signIn(rig);
    for (let repeat = 0; repeat < 2; repeat++) {
      await settle(rig.clock, client.request('session.keep', {}));
      expect(rig.master.sessions.sessions.filter(({ kept }) => kept)).toHaveLength(1);
    }
  },
  'session.takeOver': () => expectSessionEndsOnce('session.takeOver'),
  'session.close': () => expectSessionEndsOnce('session.close'),

  'ports.release': async () => {
    let holder: string | undefined = 's1';
    const released: string[] = [];
    const leases = {
      table: { get: () => (holder === undefined ? undefined : { holder: { sessionId: holder, user: 'ben' } }) },
      release: () => void released.push(holder ?? ''),
    } as unknown as LeaseKeeper;
    const handlers = portRequests({ leases: () => leases, log });
    const ask = (params: object): unknown => handlers['ports.release']?.(params as never, callerNamed('ada'));
    const subject = { ask, params: { port: 9002, sessionId: 's1' }, deeds: () => released, crash: async () => {} };
    // The port was leased anew, to somebody else.
    await expectDoneOnce(subject, async () => (holder = 's2'));
  },

  'job.start': async () => {
    const h = new JobHarness();
    closers.push(() => h.dispose());
    const jobs = (): string[] => Object.keys((h.topic('jobs').state() as { jobs: object }).jobs);
    await expectDoneOnce({
      params: { jobId: 'j1', operationId: 'install-upgrade-software' },
      ask: (params) => h.ask('job.start', params),
      crash: async () => {
        await h.service.close();
        h.open();
      },
      deeds: jobs,
    });
  },
  'job.answer': async () => {
    const input = { stepId: 'configuration-mode', mode: 'typical' };
    const subject = await jobAt('job.answer', 'configuration-mode', () => ({ input }));
    // Somebody goes back, so that the step waits for an answer again.
    await expectDoneOnce(subject, () => subject.h.ask('job.back', { jobId: 'j1' }));
  },
  'job.hold': async () =>
    expectDoneOnce(await jobAt('job.hold', 'spool-area', () => ({ nodeIds: ['n1'], reason: 'a disk' }))),
  'job.release': async () => {
    const subject = await jobAt('job.release', 'spool-area', () => ({ nodeIds: ['n1'] }));
    await subject.h.ask('job.hold', { jobId: 'j1', nodeIds: ['n1'], reason: 'a disk' });
    await expectDoneOnce(subject);
  },
  'job.back': async () => expectDoneOnce(await jobAt('job.back', 'spool-area', () => ({}))),
  'job.continue': async () => {
    const subject = await jobAt('job.continue', 'spooling', () => ({}));
    const { h } = subject;
    const ignore = { jobId: 'j1', stepId: 'spooling', nodeIds: ['n1', 'n2'], reason: 'x' };
    await h.ask('job.ignore', ignore);
    await expectDoneOnce({ ...subject, params: { jobId: 'j1', seen: seenOf(h.view()) } });
  },
  'job.retry': async () => {
    // The nodes fail again before the repeat comes, so a second retry would find something to do.
    await expectDoneOnce(await jobAt('job.retry', 'spooling', () => ({ stepId: 'spooling' })));
  },
  'job.ignore': async () => {
    const ignore = { stepId: 'spooling', nodeIds: ['n1'], reason: 'x' };
    const subject = await jobAt('job.ignore', 'spooling', () => ignore);
    await expectDoneOnce(subject, async () => {
      await subject.h.ask('job.retry', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n1'] });
      await subject.h.settle();
    });
  },
  'job.accept': async () => {
    const place = { jobId: 'j1', stepId: 'package-install' };
    const h = new JobHarness(faults({ 'package-install n1': 'warn', 'package-install n2': 'fail' }));
    closers.push(() => h.dispose());
    await h.start();
    await h.driveTo('package-install');
    await h.settle();
    const params = { ...place, seen: seenOf(h.view()) };
    const crash = async (): Promise<void> => {
      h.driver.crash();
      await h.service.close();
      h.open();
      await h.settle();
    };
    await expectDoneOnce({ params, deeds: () => decisions(h), crash, ask: (asked) => h.ask('job.accept', asked) });
  },
  'job.undoIgnore': async () => {
    const place = { stepId: 'package-install', nodeIds: ['n1'], packageName: 'base' };
    const h = new JobHarness(faults({ 'package-install n1 1': 'fail-package', 'package-install n2': 'fail' }));
    closers.push(() => h.dispose());
    await h.start();
    await h.driveTo('finished');
    await h.ask('job.ignore', { jobId: 'j1', ...place, reason: 'x' });
    await h.settle();
    const params = { jobId: 'j1', seen: seenOf(h.view()), ...place };
    const deeds = (): unknown => decisions(h);
    const crash = async (): Promise<void> => {
      h.driver.crash();
      await h.service.close();
      h.open();
      await h.settle();
    };
    await expectDoneOnce({ params, deeds, crash, ask: (asked) => askAndTell(h, 'job.undoIgnore', asked) });
    expect(h.driver.versionsOf('n1')).toMatchObject({ base: '2.0' });
  },
  'job.cancel': async () => {
    await expectDoneOnce(await jobAt('job.cancel', 'spooling', () => ({ choice: 'restart-step' })));
    await expectDoneOnce(await jobAt('job.cancel', 'spooling', () => ({ choice: 'exit' })));
  },
  'job.giveUp': async () => {
    const subject = await jobAt('job.giveUp', 'plan', () => ({}));
    const { h } = subject;
    const running = (): string[] =>
      Object.entries(h.cells('spooling')).flatMap(([id, state]) => (state === 'running' ? [id] : []));
    await h.answer();
    await h.until(() => running().length > 0);
    const params = { jobId: 'j1', seen: seenOf(h.view()), stepId: 'spooling', nodeIds: running() };
    await expectDoneOnce({ ...subject, params });
  },
  ...approvalRepeats(() => ({ folder, closers })),
  'job.pause': async () => {
    const subject = await jobAt('job.pause', 'configuration-mode', () => ({ reason: 'the site asks' }));
    // Somebody resumes it before the repeat comes.
    await expectDoneOnce(subject, () => subject.h.ask('job.resume', { jobId: 'j1' }));
  },
  'job.resume': async () => {
    const subject = await jobAt('job.resume', 'configuration-mode', () => ({}));
    await subject.h.ask('job.pause', { jobId: 'j1' });
    const params = { jobId: 'j1', seen: seenOf(subject.h.view()) };
    await expectDoneOnce({ ...subject, params }, () => subject.h.ask('job.pause', { jobId: 'j1' }));
  },
  'job.rollback': async () => {
    const subject = await jobAt('job.rollback', 'spooling', () => ({}));
    const { h } = subject;
    await h.ask('job.ignore', { jobId: 'j1', stepId: 'spooling', nodeIds: ['n1', 'n2'], reason: 'later' });
    await h.ask('job.continue', { jobId: 'j1' });
    await h.driveTo('start');
    const params = { jobId: 'j1', seen: seenOf(h.view()), reason: 'it is slower' };
    await expectDoneOnce({ ...subject, params });
  },
  'job.rollbackPreview': reads,
  'job.setAnswers': async () => {
    const subject = await jobAt('job.setAnswers', 'configuration-mode', () => ({ answers: { mode: 'custom' } }));
    // Somebody goes back, which holds the answers up until a person lets them go on.
    await expectDoneOnce(subject, () => subject.h.ask('job.back', { jobId: 'j1' }));
  },
  'job.takeBaton': async () => {
    const subject = await jobAt('job.takeBaton', 'group-nodes', () => ({ reason: 'shift change' }), 'bob');
    // Ada takes it back before bob's request comes again.
    await expectDoneOnce(subject, () => subject.h.ask('job.takeBaton', { jobId: 'j1', reason: 'mine' }, 'ada'));
  },

  'practice.setFault': async () => {
    const fault = { nodeId: 'n1', stepId: 'start', kind: 'fail', times: 1 };
    await expectDoneOnce(await practice('practice.setFault', fault));
  },
  'practice.reset': async () => expectDoneOnce(await practice('practice.reset', {})),

  'file.begin': async () => {
    const { service, library, bytes, sha256, upload } = await files();
    await upload(new TestCaller());
    const params = { name: RPM, sizeBytes: bytes.length, sha256 };
    const before = library.number();
    await expect(service.handlers['file.begin']?.(params, new TestCaller())).resolves.toMatchObject({ complete: true });
    expect(library.number()).toBe(before);
  },
  'file.finish': () => expectTransferGone('file.finish'),
  'file.abort': () => expectTransferGone('file.abort'),
  'file.remove': async () => {
    const { service, library, sha256, upload } = await files();
    await upload(new TestCaller());
    await expectDoneOnce(
      {
        params: { name: RPM, sha256 },
        ask: (params) => service.handlers['file.remove']?.(params as never, new TestCaller()),
        crash: async () => {},
        deeds: () => Object.values(library.view().packages).map((one) => one.sha256),
      },
      // Another build of the same name comes in: the repeat was not about it.
      () => upload(new TestCaller(), OTHER),
    );
  },

  'chat.say': async () => {
    const open = (): ChatService => new ChatService({ file: join(folder, 'timeline.sqlite'), log });
    let chat = open();
    closers.push(() => chat.close());
    await expectDoneOnce({
      params: { messageId: 'm1', text: 'hello' },
      ask: (params) => chat.handlers['chat.say']?.(params as never, callerNamed('ada')),
      crash: async () => {
        await chat.close();
        chat = open();
      },
      deeds: () => (chat.topic('timeline') as { lastNumber(): number }).lastNumber(),
    });
  },
};

async function expectSessionEndsOnce(method: 'session.takeOver' | 'session.close'): Promise<void> {
  const ended: string[] = [];
  const there = new Map([['s1', { user: 'ada', clientSystem: 'laptop-1' }]]);
  const sessions = {
    byId: (id: string) => there.get(id),
    end: () => {
      ended.push('s1');
      there.clear();
    },
  } as unknown as SessionTable;
  const handlers: Service['handlers'] = sessionRequests({
    sessions: () => sessions,
    log,
  });
  const ask = async (): Promise<unknown> => handlers[method]?.({ sessionId: 's1' }, callerNamed('ada'));
  await ask();
  // Ids of sessions are never given again, so a repeat finds nothing that it could end.
  await expect(ask()).rejects.toMatchObject({ code: 'session-unknown' });
  expect(ended).toEqual(['s1']);
}

/** Numbers of transfers of before a restart mean nothing after it. */
async function expectTransferGone(method: 'file.finish' | 'file.abort'): Promise<void> {
  const caller = new TestCaller();
  const before = await files();
  const begin = { name: RPM, sizeBytes: before.bytes.length, sha256: before.sha256 };
  const opened = await before.service.handlers['file.begin']?.(begin, caller);
  const transfer = opened?.transfer ?? 0;
  await before.service.close();
  const after = await files();
  const anew = await after.service.handlers['file.begin']?.(begin, caller);
  expect(anew?.transfer).not.toBe(transfer);
  const params = method === 'file.abort' ? { transfer, discard: true } : { transfer };
  const repeat = Promise.resolve().then(() => after.service.handlers[method]?.(params as never, caller));
  await expect(repeat).rejects.toMatchObject({ code: 'transfer-unknown' });
}

describe('a request that comes again after a crash', () => {
  it.each(Object.keys(METHODS) as MethodName[])('%s is not done twice', async (method) => {
    await CASES[method]();
  });

  it('says in its params by what it is known', () => {
    const KNOWN_BY: Readonly<Record<string, readonly string[]>> = {
      id: ['jobId', 'messageId', 'requestId'],
      seen: ['seen', 'sessionId', 'sha256'],
      named: ['sessionId', 'transfer', 'sha256'],
    };
    for (const [method, { repeat, params }] of Object.entries(METHODS)) {
      const names = Object.keys((params as unknown as z.ZodObject).shape);
      const wanted = KNOWN_BY[repeat];
      if (wanted)
        expect(
          names.some((name) => wanted.includes(name)),
          `${method} (${repeat}): ${names.join()}`,
        ).toBe(true);
      if (method.startsWith('job.') && repeat === 'seen') expect(names).toContain('seen');
    }
  });
});
