import { EventEmitter } from 'node:events';
import type { IpcMain, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import type { BridgePush } from '../../core/workbench/bridge.ts';
import type { Workbench, WorkbenchWindow } from '../../core/workbench/Workbench.ts';
import { IPC } from '../contract/channels.ts';
import { carryBridge } from './bridgeIpc.ts';

interface Frame {
  url: string;
  parent: Frame | null;
}
const own: Frame = { url: 'app://put/index.html', parent: null };

function setUp() {
  type Handler = (event: object, ...args: unknown[]) => Promise<unknown>;
  const handlers = new Map<string, Handler>();
  const asked: unknown[] = [];
  const sent: unknown[] = [];
  const listeners = new Set<(push: BridgePush) => void>();
  const closed: string[] = [];
  const end: WorkbenchWindow = {
    close: () => void closed.push('window'),
    invoke: async (method, params) => {
      asked.push([method, params]);
      return { ok: true, value: 'answer' };
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const workbench: Workbench = {
    ...end,
    openWindow: () => end,
    dropped: async (paths) => {
      asked.push(['dropped', paths]);
      return { ok: true, value: { files: [] } };
    },
    takenUp: Promise.resolve(),
    follow: () => () => undefined,
    networkChanged: () => undefined,
    close: async () => undefined,
  };
  const contents = Object.assign(new EventEmitter(), {
    id: 7,
    isDestroyed: () => false,
    send: (...args: unknown[]) => sent.push(args),
  });
  const ipcMain = {
    handle: (channel: string, added: Handler) => void handlers.set(channel, added),
    removeHandler: (channel: string) => void handlers.delete(channel),
  };
  const remove = carryBridge(
    ipcMain as unknown as IpcMain,
    workbench,
    () => [contents as unknown as WebContents],
    () => undefined,
  );
  const call = (channel: string, senderFrame: Frame | null, id: number, ...args: unknown[]) =>
    handlers.get(channel)?.({ sender: id === contents.id ? contents : { id }, senderFrame }, ...args);
  const ask = (senderFrame: Frame | null, id: number, ...args: unknown[]) => call(IPC.invoke, senderFrame, id, ...args);
  const drop = (senderFrame: Frame | null, ...args: unknown[]) => call(IPC.dropped, senderFrame, contents.id, ...args);
  return { contents, closed, ask, drop, asked, sent, listeners, remove, hasHandler: () => handlers.size > 0 };
}

describe('files that were dropped on a window', () => {
  it('are read by the paths that the operating system has of them', async () => {
    const { drop, asked } = setUp();
    expect(await drop(own, ['/tmp/a.rpm'])).toMatchObject({ ok: true });
    expect(asked).toEqual([['dropped', ['/tmp/a.rpm']]]);
  });

  it.each([
    ['a name that is no path of this machine', own, [['../a.rpm']]],
    ['what is no list', own, ['/tmp/a.rpm']],
    ['none', own, [[]]],
    ['those of a frame that is not ours', { url: 'https://elsewhere.example/', parent: null }, [['/tmp/a.rpm']]],
  ])('are refused: %s', async (_, frame, args) => {
    const { drop, asked } = setUp();
    expect(await drop(frame, ...args)).toMatchObject({ ok: false, error: { code: 'bridge-refused' } });
    expect(asked).toEqual([]);
  });
});

it.each([
  ['file-unreadable', 'is of no folder', ['/tmp/a.rpm', '']],
  ['input-invalid', 'is too much at once', Array.from({ length: 201 }, (_, i) => `/tmp/${i}.rpm`)],
])('a person is told %s of what was dropped and %s', async (code, _, paths) => {
  const { drop, asked } = setUp();
  expect(await drop(own, paths)).toMatchObject({ ok: false, error: { code } });
  expect(asked).toEqual([]);
});

describe('the bridge over IPC', () => {
  it('passes a call of an own window on', async () => {
    const { ask, asked } = setUp();
    expect(await ask(own, 7, 'state.snapshot', {})).toEqual({ ok: true, value: 'answer' });
    expect(asked).toEqual([['state.snapshot', {}]]);
  });

  it.each(['destroyed', 'render-process-gone', 'did-navigate'])(
    'drops what a page watched when it is gone: %s',
    async (event) => {
      const { ask, contents, closed } = setUp();
      await ask(own, 7, 'state.snapshot', {});
      await ask(own, 7, 'state.snapshot', {});
      contents.emit(event);
      expect(closed).toEqual(['window']);
      await ask(own, 7, 'state.snapshot', {});
      contents.emit('destroyed');
      expect(closed).toEqual(['window', 'window']);
    },
  );

  it.each<[string, Frame | null, number]>([
    ['another origin', { url: 'https://example.org/', parent: null }, 7],
    ['an origin that begins alike', { url: 'app://put.example/index.html', parent: null }, 7],
    ['a frame inside an own page', { url: 'app://put/index.html', parent: own }, 7],
    ['a frame that is gone', null, 7],
    ['a window that is not ours', own, 8],
  ])('refuses %s with an answer, and asks nothing', async (_name, frame, id) => {
    const { ask, asked } = setUp();
    expect(await ask(frame, id, 'state.snapshot', {})).toMatchObject({ ok: false, error: { code: 'bridge-refused' } });
    expect(asked).toEqual([]);
  });

  it.each([[[]], [[5, {}]], [['state.snapshot']], [['state.snapshot', {}, {}]]])(
    'refuses the arguments %j',
    async (args) => {
      const { ask, asked } = setUp();
      expect(await ask(own, 7, ...args)).toMatchObject({ ok: false });
      expect(asked).toEqual([]);
    },
  );

  it('sends every push to the windows until it is removed', () => {
    const { listeners, sent, remove, hasHandler } = setUp();
    const push = { number: 2, base: 1, patch: {} };
    for (const listener of listeners) listener(push);
    expect(sent).toEqual([[IPC.push, push]]);
    remove();
    expect([listeners.size, hasHandler()]).toEqual([0, false]);
  });
});
