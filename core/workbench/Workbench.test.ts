import { describe, expect, it } from 'vitest';
import { applyPatch } from '../replica/patch.ts';
import type { WayQuestion } from '../model/ways.ts';
import { PutError } from '../protocol/errors.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import { memoryTextFile } from '../testing/memoryTextFile.ts';
import type { TimelineEntry } from '../model/job.ts';
import { bareWorkbenchPorts } from '../testing/workbenchPorts.ts';
import type { BridgePush } from './bridge.ts';
import type { LocalFiles, WorkbenchPorts } from './ports.ts';
import type { WorkbenchState } from './state.ts';
import { createWorkbench, type WorkbenchWindow } from './Workbench.ts';

const entryAt = (number: number): TimelineEntry => ({ number, atMs: 1, kind: 'event', text: 'up' });

const PIN = Array.from({ length: 32 }, () => 'AB').join(':');

async function setUp(
  options: {
    text?: string;
    secrets?: Map<string, string>;
    asks?: WayQuestion;
    away?: boolean;
    localFiles?: Partial<LocalFiles>;
    /** Older entries of the timeline. */
    history?: readonly TimelineEntry[];
  } = {},
) {
  const newest = (options.history?.at(-1)?.number ?? 0) + 1;
  const clock = createFakeClock();
  const secrets = options.secrets ?? new Map<string, string>();
  const file = memoryTextFile(options.text, 'systems.json');
  let watch = 0;
  const watched = new Map<number, string>();
  const master: FakeMaster = new FakeMaster({
    clock,
    answer({ method, params }) {
      if (method === 'topic.unwatch') watched.delete((params as { watch: number }).watch);
      if (method === 'chat.history') return { entries: (options.history ?? []).slice(0, 2) };
      if (method !== 'topic.watch') return { number: 1 };
      const number = ++watch;
      const { topic } = params as { topic: string };
      watched.set(number, topic);
      const first: Record<string, unknown> = {
        jobs: { jobs: { j1: { jobId: 'j1', state: 'running' } } },
        nodes: { nodes: { n1: { nodeId: 'n1' } } },
        'job:j1': { jobId: 'j1', title: 'x' },
      };
      queueMicrotask(() =>
        master.send(
          topic === 'timeline'
            ? { k: 't', w: number, n: newest, v: [entryAt(newest)] }
            : { k: 't', w: number, n: 1, v: first[topic] ?? {} },
        ),
      );
      return { watch: number };
    },
  });
  if (options.away) master.dialError = new PutError('dial-failed', 'no route to the host');
  let pinned: string | undefined;
  const ports: WorkbenchPorts = {
    ...bareWorkbenchPorts(),
    localFiles: { ...bareWorkbenchPorts().localFiles, ...options.localFiles },
    clock,
    systemsFile: file,
    secrets: {
      available: true,
      get: (key) => Promise.resolve(secrets.get(key)),
      set: (key, value) => Promise.resolve(void secrets.set(key, value)),
      delete: (key) => Promise.resolve(void secrets.delete(key)),
    },
    dial: async (target, signal) => {
      if (target.fingerprint !== PIN)
        throw new PutError('certificate-unknown', 'not accepted yet', { fingerprint: PIN });
      if (options.asks) {
        const secret = await target.secrets?.ask(options.asks, false, signal);
        if (secret === undefined) throw new PutError('ssh-key-locked', 'nobody unlocked the key');
        target.secrets?.told(options.asks, true);
      }
      pinned = target.fingerprint;
      return master.dial(target, signal);
    },
    practice: {
      start: () =>
        Promise.resolve({
          host: 'here',
          ccPort: 9100,
          sslPort: 1,
          servicePort: 2,
          chatPort: 3,
          fingerprint: PIN,
          user: 'eva',
          password: 'x',
        }),
      stop: () => Promise.resolve(),
    },
  };
  const bench = await createWorkbench(ports);
  const invoke = async (method: string, params: unknown) => {
    const answer = bench.invoke(method, params);
    await clock.advance(200);
    return answer;
  };
  const snapshot = async () => {
    const answer = await invoke('state.snapshot', {});
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as { number: number; state: WorkbenchState };
  };
  const watching = (topic: string): number => [...watched.values()].filter((name) => name === topic).length;
  return { watching, watched, clock, bench, invoke, snapshot, master, secrets, file, pinnedAtDial: () => pinned };
}

const SYSTEM = { name: 'prod-east', host: 'aws-1' };

describe('Workbench', () => {
  it('drops what a window watched when it is gone, and keeps what another one watches', async () => {
    const { invoke, snapshot, clock, bench, watching: watched } = await setUp();
    await invoke('system.add', SYSTEM);
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    await invoke('system.trustCertificate', { systemId, fingerprint: PIN });
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    const windows = [bench.openWindow(), bench.openWindow()] as const;
    const ask = async (window: WorkbenchWindow, method: string): Promise<boolean> => {
      const answer = window.invoke(method, {
        systemId,
        ...(method.startsWith('job') ? { jobId: 'j1' } : { topic: 'ports' }),
      });
      await clock.advance(200);
      return (await answer).ok;
    };
    for (const window of windows) {
      expect(await ask(window, 'topic.open')).toBe(true);
      expect(await ask(window, 'job.open')).toBe(true);
    }
    await ask(windows[0], 'job.open');
    expect([watched('ports'), watched('job:j1')]).toEqual([1, 1]);
    // Another window cannot close what this one watches.
    await ask(windows[1], 'topic.close');
    await ask(windows[1], 'topic.close');
    let pushes = 0;
    windows[0].subscribe(() => pushes++);
    windows[0].close();
    await clock.advance(200);
    expect([watched('ports'), watched('job:j1')]).toEqual([0, 1]);
    expect(await windows[0].invoke('state.snapshot', {})).toMatchObject({ error: { code: 'bridge-refused' } });
    windows[1].close();
    await clock.advance(200);
    expect(watched('job:j1')).toBe(0);
    pushes = 0;
    await invoke('system.update', { systemId, system: { ...SYSTEM, name: 'renamed' } });
    expect(pushes).toBe(0);
  });

  it('begins with the newest of the timeline and fetches older entries when asked', async () => {
    const history = [entryAt(7), entryAt(8)];
    const { invoke, snapshot, master } = await setUp({ history });
    await invoke('system.add', SYSTEM);
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    await invoke('system.trustCertificate', { systemId, fingerprint: PIN });
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    const shown = async (): Promise<string[]> =>
      Object.keys((await snapshot()).state.systems[systemId]?.timeline ?? {});
    expect(master.seen).toContainEqual({ method: 'topic.watch', params: { topic: 'timeline', since: 0, last: 200 } });
    expect(await shown()).toEqual(['9']);
    expect(await invoke('timeline.older', { systemId })).toMatchObject({ ok: true });
    expect(master.seen.at(-1)).toEqual({ method: 'chat.history', params: { before: 9, limit: 200 } });
    expect(await shown()).toEqual(['7', '8', '9']);
  });

  it('asks for the secret of a way, and neither state nor list nor answer has it', async () => {
    const asks: WayQuestion = { kind: 'ssh-key-passphrase', keyFile: '/home/eva/.ssh/id' };
    const { invoke, snapshot, file, secrets, clock, bench } = await setUp({ asks });
    const pathOrder = ['ssh', 'direct', 'websocket', 'hand-off', 'single-port'];
    const input = { ...SYSTEM, pathOrder: ['ssh'], ssh: { host: 'master', keyFile: '/home/eva/.ssh/id' } };
    await invoke('system.add', { ...input, pathOrder });
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    expect(await invoke('system.update', { systemId, system: input })).toMatchObject({ ok: true });
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    await invoke('system.trustCertificate', { systemId, fingerprint: PIN });
    const pushed: string[] = [];
    bench.subscribe((push) => void pushed.push(JSON.stringify(push)));
    const signIn = { systemId, user: 'eva', password: 'pw' };

    const refused = bench.invoke('session.signIn', signIn);
    await clock.advance(200);
    const first = Object.values((await snapshot()).state.systems[systemId]?.secretsAsked ?? {})[0];
    expect(first).toMatchObject({ question: asks, wrong: false });
    await invoke('secret.refuse', { systemId, questionId: first?.questionId });
    expect(await refused).toMatchObject({ ok: false, error: { code: 'ssh-key-locked' } });

    const signedIn = bench.invoke('session.signIn', signIn);
    await clock.advance(200);
    const second = Object.values((await snapshot()).state.systems[systemId]?.secretsAsked ?? {})[0];
    const answer = { systemId, questionId: second?.questionId, secret: 'open sesame', remember: true };
    expect(await invoke('secret.answer', answer)).toEqual({ ok: true, value: {} });
    expect(await signedIn).toMatchObject({ ok: true });
    expect(await invoke('secret.answer', answer)).toMatchObject({ ok: false, error: { code: 'input-invalid' } });
    const { state } = await snapshot();
    expect(state.systems[systemId]).toMatchObject({ secretsAsked: {}, session: { kind: 'online', path: 'ssh' } });
    for (const text of [JSON.stringify(state), file.text ?? '', ...pushed]) expect(text).not.toContain('open sesame');
    expect(secrets.get(`ways:${systemId}`)).toContain('open sesame');
    await invoke('system.remove', { systemId });
    expect(secrets.size).toBe(0);
  });

  it('keeps systems, and asks for trust before a password is sent', async () => {
    const { invoke, snapshot, file, master } = await setUp();
    const added = await invoke('system.add', SYSTEM);
    expect(added).toMatchObject({ ok: true });
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    expect(JSON.parse(file.text ?? '')).toMatchObject({
      version: 1,
      systems: [{ systemId, name: 'prod-east', ccPort: 9000 }],
    });
    const refused = await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'certificate-unknown', details: { fingerprint: PIN } } });
    expect(master.hellos).toEqual([]);
    const other = PIN.replaceAll('AB', 'CD');
    const refusal = { ok: false, error: { code: 'bridge-refused' } };
    expect(await invoke('system.trustCertificate', { systemId, fingerprint: other })).toMatchObject(refusal);
    await invoke('system.trustCertificate', { systemId, fingerprint: PIN });
    expect(await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' })).toMatchObject({ ok: true });
    const view = (await snapshot()).state.systems[systemId];
    expect(view?.session).toMatchObject({ kind: 'online', user: 'eva', path: 'single-port' });
    // Saved by hand, and a practice system all the same, as it says itself.
    expect([view?.saved.practice, view?.saysPractice]).toEqual([false, true]);
    expect(Object.keys(view?.jobs ?? {})).toEqual(['j1']);
    expect(view?.nodes).toBeUndefined();
    expect(Object.keys(view?.timeline ?? {})).toEqual(['1']);
    expect(file.text).not.toContain('pw');
  });

  it('watches all nodes of a system only while a window shows them', async () => {
    const { invoke, snapshot, watching } = await setUp();
    const { value } = (await invoke('practice.start', {})) as { value: { systemId: string } };
    const shown = async (): Promise<unknown> => (await snapshot()).state.systems[value.systemId]?.nodes;
    expect([watching('nodes'), await shown()]).toEqual([0, undefined]);
    await invoke('topic.open', { ...value, topic: 'nodes' });
    expect(Object.keys((await shown()) as object)).toEqual(['n1']);
    await invoke('topic.close', { ...value, topic: 'nodes' });
    expect([watching('nodes'), await shown()]).toEqual([0, undefined]);
  });

  it('tells nothing while nothing happens, and once the line is lost when the master was heard last', async () => {
    const { invoke, bench, snapshot, clock, master } = await setUp();
    await invoke('system.add', SYSTEM);
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    await invoke('system.trustCertificate', { systemId, fingerprint: PIN });
    await invoke('session.signIn', { systemId, user: 'eva', password: 'pw' });
    await clock.advance(20_000);
    const before = (await snapshot()).state.systems[systemId];
    expect([before?.session.kind, before?.heardAtMs]).toEqual(['online', undefined]);
    const pushes: BridgePush[] = [];
    bench.subscribe((push) => pushes.push(push));
    await clock.advance(60_000);
    expect(pushes).toEqual([]);
    const onlineUntilMs = clock.nowMs();
    master.dialError = new PutError('dial-failed', 'no route to the host');
    master.cut();
    await clock.advance(30_000);
    const after = (await snapshot()).state.systems[systemId];
    expect(after?.session.kind).toBe('waiting');
    expect(onlineUntilMs - (after?.heardAtMs ?? 0)).toBeLessThan(10_000);
  });

  it('pushes numbered changes that add up to the snapshot', async () => {
    const { invoke, bench, snapshot, clock } = await setUp();
    let picture = await snapshot();
    const pushes: BridgePush[] = [];
    const remove = bench.subscribe((push) => pushes.push(push));
    await invoke('practice.start', {});
    await clock.advance(5_000);
    for (const push of pushes) {
      expect(push.base).toBe(picture.number);
      picture = { number: push.number, state: applyPatch(picture.state, push.patch) };
    }
    expect(picture).toEqual(await snapshot());
    expect(picture.state.practice.state).toBe('up');
    remove();
    const told = pushes.length;
    await invoke('system.add', SYSTEM);
    expect(pushes.length).toBe(told);
  });

  it('passes news of a job on as the master made them, comparing nothing again', async () => {
    const { invoke, bench, clock, master, watched } = await setUp();
    const { value } = (await invoke('practice.start', {})) as { value: { systemId: string } };
    await invoke('job.open', { ...value, jobId: 'j1' });
    const pushes: BridgePush[] = [];
    const states: unknown[] = [];
    bench.subscribe((push) => pushes.push(push));
    bench.follow((_before, after) => states.push(after.systems[value.systemId]?.openJobs['j1']));
    const w = [...watched].find(([, topic]) => topic === 'job:j1')?.[0] ?? 0;
    // Items put at the end of a list are nothing that a comparison finds; the table of shared values is resolved.
    const v = { a: { log: ['begun'] }, x: [['same']], e: { one: 0 }, c: { inner: { e: { two: 0 } } } };
    master.send({ k: 't', w, n: 2, b: 1, v });
    await clock.advance(100);
    const passedOn = pushes.flatMap(({ patch }) => patch.c?.['systems']?.c?.[value.systemId]?.c?.['openJobs'] ?? []);
    const patch = { a: { log: ['begun'] }, s: { one: ['same'] }, c: { inner: { s: { two: ['same'] } } } };
    expect(passedOn).toEqual([{ c: { j1: patch } }]);
    const job = { jobId: 'j1', title: 'x', log: ['begun'], one: ['same'], inner: { two: ['same'] } };
    expect(states.at(-1)).toEqual(job);
  });

  it('takes up the session of an earlier run by its token', async () => {
    const first = await setUp();
    await first.invoke('practice.start', {});
    await first.bench.close();
    const second = await setUp({ text: first.file.text ?? '', secrets: first.secrets });
    await second.clock.advance(1_000);
    const [view] = Object.values((await second.snapshot()).state.systems);
    expect(view?.session.kind).toBe('online');
    expect(second.master.hellos[0]?.hello.sessionToken).toBe(first.master.hellos[0] && [...first.secrets.values()][0]);
    expect(second.master.hellos[0]?.hello.password).toBeUndefined();
  });

  it('takes up the session of an earlier run when the network comes only after the start', async () => {
    const first = await setUp();
    await first.invoke('practice.start', {});
    await first.bench.close();
    const second = await setUp({ text: first.file.text ?? '', secrets: first.secrets, away: true });
    await second.clock.advance(1_000);
    const sessionNow = async () => Object.values((await second.snapshot()).state.systems)[0]?.session;
    expect(await sessionNow()).toMatchObject({ kind: 'signed-out', cause: { code: 'dial-failed' } });
    second.master.dialError = undefined;
    second.bench.networkChanged();
    await second.clock.advance(1_000);
    expect(await sessionNow()).toMatchObject({ kind: 'online' });
    expect(second.master.hellos.at(-1)?.hello.password).toBeUndefined();
  });

  it('tells what the master cannot tell, until the next sign-in', async () => {
    const { invoke, snapshot, master, clock, watched } = await setUp();
    const { value } = (await invoke('practice.start', {})) as { value: { systemId: string } };
    await invoke('topic.open', { ...value, topic: 'nodes' });
    const system = async () => Object.values((await snapshot()).state.systems)[0];
    expect((await system())?.untold).toEqual({});
    const f = { code: 'frame-too-large', message: 'rows.text cannot be split', details: {} };
    const w = [...watched].find(([, topic]) => topic === 'nodes')?.[0] ?? 0;
    master.send({ k: 't', w, n: 1, v: null, f });
    await clock.advance(1_000);
    expect((await system())?.untold).toEqual({ nodes: f });
    expect(Object.keys((await system())?.nodes ?? {})).toEqual(['n1']);
    await invoke('practice.start', {});
    expect((await system())?.untold).toEqual({});
  });

  it('watches a job while a window has it open', async () => {
    const { invoke, snapshot, master } = await setUp();
    await invoke('practice.start', {});
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    await invoke('job.open', { systemId, jobId: 'j1' });
    expect((await snapshot()).state.systems[systemId]?.openJobs['j1']?.title).toBe('x');
    await invoke('job.close', { systemId, jobId: 'j1' });
    expect((await snapshot()).state.systems[systemId]?.openJobs).toEqual({});
    expect(master.seen.at(-1)?.method).toBe('topic.unwatch');
  });

  it('refuses what is not in the contract, and says so', async () => {
    const { invoke } = await setUp();
    expect(await invoke('constructor', {})).toMatchObject({ ok: false, error: { code: 'bridge-refused' } });
    expect(await invoke('session.signIn', { systemId: 7 })).toMatchObject({
      ok: false,
      error: { code: 'bridge-refused' },
    });
    expect(await invoke('master.request', { systemId: 'a', method: 'topic.watch', params: {} })).toMatchObject({
      ok: false,
      error: { code: 'bridge-refused' },
    });
    expect(await invoke('session.signOut', { systemId: 'nobody' })).toMatchObject({
      ok: false,
      error: { code: 'system-unknown' },
    });
  });

  it('forgets trust when a system moves to another host', async () => {
    const { invoke, snapshot } = await setUp();
    await invoke('practice.start', {});
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    await invoke('system.update', { systemId, system: { name: 'x', host: 'elsewhere', ccPort: 9100 } });
    expect((await snapshot()).state.systems[systemId]?.saved.fingerprint).toBeUndefined();
  });

  it('changes its own systems alone, beside another program and beside entries that cannot be used', async () => {
    const strange = { systemId: 's9', name: 'north', pathOrder: ['carrier-pigeon'] };
    const { file, invoke, snapshot } = await setUp({ text: JSON.stringify({ version: 1, systems: [strange] }) });
    expect((await snapshot()).state.unusableSystems).toMatchObject([{ key: 's9', name: 'north' }]);
    const added = await invoke('system.add', SYSTEM);
    const { systemId } = (added as { value: { systemId: string } }).value;
    const list = JSON.parse(file.text ?? '') as { systems: Record<string, unknown>[] };
    // putctl adds a system, and a user to ours.
    const systems = list.systems.map((one) => (one['systemId'] === systemId ? { ...one, user: 'eva' } : one));
    file.text = JSON.stringify({ ...list, systems: [{ ...systems[0], systemId: 's2', name: 'other' }, ...systems] });
    await invoke('session.signIn', { systemId, user: 'eva', password: 'x', remember: false });
    await invoke('system.trustCertificate', { systemId, fingerprint: PIN });
    expect(JSON.parse(file.text ?? '')).toMatchObject({
      systems: [{ systemId: 's2' }, { systemId, user: 'eva', fingerprint: PIN }, strange],
    });
    await invoke('system.removeUnusable', { key: 's9' });
    expect((await snapshot()).state.unusableSystems).toEqual([]);
    await invoke('system.remove', { systemId });
    expect(JSON.parse(file.text ?? '')).toMatchObject({ systems: [{ systemId: 's2' }] });
  });

  it('does not start over a broken list of systems', async () => {
    await expect(setUp({ text: '{"version":1,"systems":7}' })).rejects.toMatchObject({
      code: 'config-unreadable',
    });
  });

  it('lets no window accept a certificate that nobody was shown', async () => {
    const { invoke, snapshot } = await setUp();
    await invoke('system.add', SYSTEM);
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    expect(await invoke('system.trustCertificate', { systemId, fingerprint: PIN })).toMatchObject({
      ok: false,
      error: { code: 'bridge-refused' },
    });
    expect((await snapshot()).state.systems[systemId]?.saved.fingerprint).toBeUndefined();
  });

  it('reads and sends only files that a person chose, and of those only packages and cert lists', async () => {
    const opened: string[] = [];
    const cause = { code: 'rpm-invalid', message: 'no package', details: {} } as const;
    const { invoke, bench, snapshot } = await setUp({
      localFiles: {
        choose: () => Promise.resolve(['/etc/shadow']),
        inspect: (paths) =>
          Promise.resolve(paths.map((path) => ({ path, name: 'shadow', sizeBytes: 1, error: cause }))),
        open: (path) => (opened.push(path), Promise.reject(new PutError('rpm-invalid', path))),
      },
    });
    await invoke('practice.start', {});
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    const refusal = { ok: false, error: { code: 'bridge-refused' } };
    const handles = ['/etc/shadow'];
    expect(await invoke('upload.start', { systemId, handles })).toMatchObject(refusal);
    expect(await invoke('upload.start', { systemId, paths: handles })).toMatchObject(refusal);
    expect(await invoke('files.inspect', { handles })).toMatchObject(refusal);
    expect(await bench.openWindow().invoke('files.listFolder', { folder: '/etc' })).toMatchObject(refusal);
    const chosen = (await invoke('files.choose', {})) as { value: { handles: string[] } };
    expect(await invoke('upload.start', { systemId, handles: chosen.value.handles })).toMatchObject({ ok: true });
    const [transfer] = Object.values((await snapshot()).state.systems[systemId]?.transfers ?? {});
    expect(transfer).toMatchObject({ fileName: 'shadow', state: 'failed', cause: { code: 'rpm-invalid' } });
    expect(opened).toEqual(['/etc/shadow']);
  });

  it('two that start the practice system or sign in at once: one system, one session', async () => {
    const { invoke, bench, clock, snapshot, master } = await setUp();
    const started = [bench.invoke('practice.start', {}), bench.invoke('practice.start', {})];
    await clock.advance(200);
    expect(new Set((await Promise.all(started)).map((answer) => JSON.stringify(answer)))).toHaveLength(1);
    const systems = Object.keys((await snapshot()).state.systems);
    expect(systems).toHaveLength(1);
    const signIn = { systemId: systems[0], user: 'eva', password: 'x' };
    const hellos = master.hellos.length;
    const both = [bench.invoke('session.signIn', signIn), bench.invoke('session.signIn', signIn)];
    await clock.advance(2_000);
    const answers = await Promise.all(both);
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect((await snapshot()).state.systems[systems[0] ?? '']?.session.kind).toBe('online');
    // Whatever line the first had got is given up again.
    const ended = master.seen.filter(({ method }) => method === 'session.end').length;
    expect(master.hellos.length - hellos - 1).toBeLessThanOrEqual(ended);
    await invoke('session.signOut', { systemId: systems[0] });
  });

  it('shows a failed upload with its reason', async () => {
    const { invoke, snapshot } = await setUp({ localFiles: { choose: () => Promise.resolve(['/gone/a.rpm']) } });
    await invoke('practice.start', {});
    const systemId = Object.keys((await snapshot()).state.systems)[0] ?? '';
    const chosen = (await invoke('files.choose', {})) as { value: { handles: string[] } };
    await invoke('upload.start', { systemId, handles: chosen.value.handles });
    const [transfer] = Object.values((await snapshot()).state.systems[systemId]?.transfers ?? {});
    expect(transfer).toMatchObject({ fileName: 'a.rpm', state: 'failed', cause: { code: 'file-unreadable' } });
    await invoke('upload.clear', { systemId });
    expect((await snapshot()).state.systems[systemId]?.transfers).toEqual({});
  });
});
