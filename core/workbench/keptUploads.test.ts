import { describe, expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { memoryTextFile } from '../testing/memoryTextFile.ts';
import { bareWorkbenchPorts } from '../testing/workbenchPorts.ts';
import type { TextFile } from './systemsStore.ts';
import type { WorkbenchState } from './state.ts';
import { createWorkbench } from './Workbench.ts';

const SYSTEM = { host: 'here', ccPort: 1, sslPort: 2, servicePort: 3, chatPort: 4, pathOrder: ['single-port'] };
const systemsText = (...ids: readonly string[]): string =>
  JSON.stringify({
    version: 1,
    systems: ids.map((systemId) => ({ ...SYSTEM, systemId, name: systemId, practice: false })),
  });

/** A run of the program over the files that outlive it; nobody is signed in. */
async function run(uploadsFile: TextFile, chosen: readonly string[] = [], systems = systemsText('a', 'b')) {
  const clock = createFakeClock();
  const bare = bareWorkbenchPorts();
  const bench = await createWorkbench({
    ...bare,
    dial: () => Promise.reject(new PutError('dial-failed', 'no route to the host')),
    ...{ clock, uploadsFile, systemsFile: memoryTextFile(systems, 'systems.json') },
    localFiles: { ...bare.localFiles, choose: () => Promise.resolve([...chosen]) },
  });
  const invoke = async <R>(method: string, params: object): Promise<R> => {
    const answer = await bench.invoke(method, params);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as R;
  };
  const transfers = async (systemId: string) => {
    const { state } = await invoke<{ state: WorkbenchState }>('state.snapshot', {});
    return Object.values(state.systems[systemId]?.transfers ?? {});
  };
  const add = async (systemId: string): Promise<string[]> => {
    const { handles } = await invoke<{ handles: string[] }>('files.choose', {});
    return (await invoke<{ transferIds: string[] }>('upload.start', { systemId, handles })).transferIds;
  };
  return { bench, clock, invoke, transfers, add };
}

describe('uploads that are not done', () => {
  it('are there in the next run, at their system and as they were, with nothing said at the end of the run before', async () => {
    const file = memoryTextFile(undefined, 'uploads.json');
    const first = await run(file, ['/x/one.rpm', '/x/two.rpm', '/x/three.rpm']);
    const [, two = '', three = ''] = await first.add('b');
    await first.invoke('upload.pause', { systemId: 'b', transferId: two });
    await first.invoke('upload.cancel', { systemId: 'b', transferId: three });
    await first.clock.advance(100);

    const second = await run(file);
    expect(await second.transfers('a')).toEqual([]);
    expect(await second.transfers('b')).toMatchObject([
      { fileName: 'one.rpm', localPath: '/x/one.rpm', state: 'waiting' },
      { fileName: 'two.rpm', localPath: '/x/two.rpm', state: 'paused' },
    ]);
    for (const { transferId } of await second.transfers('b'))
      await second.invoke('upload.cancel', { systemId: 'b', transferId });
    await second.clock.advance(100);
    expect(await (await run(file)).transfers('b')).toEqual([]);
  });

  it('that failed are told with their cause until a person has them gone', async () => {
    const cause = { code: 'disk-full', message: 'no room', details: { free: 5 } };
    const uploads = [{ systemId: 'a', path: '/x/one.rpm', state: 'failed', cause, endedAtMs: 7 }];
    const file = memoryTextFile(JSON.stringify({ version: 1, uploads }), 'uploads.json');
    const next = await run(file);
    expect(await next.transfers('a')).toMatchObject([{ fileName: 'one.rpm', state: 'failed', cause, endedAtMs: 7 }]);
    await next.invoke('upload.clear', { systemId: 'a' });
    await next.clock.advance(100);
    expect(await (await run(file)).transfers('a')).toEqual([]);
  });

  it.each([
    ['no text of ours', '{'],
    ['another version', '{"version":2,"uploads":[]}'],
    ['entries of a system that is gone, and broken ones', '{"version":1,"uploads":[{"systemId":"z"},7]}'],
  ])('%s: takes nothing else with it', async (_name, text) => {
    const { transfers, add } = await run(memoryTextFile(text, 'uploads.json'), ['/x/one.rpm']);
    expect(await transfers('a')).toEqual([]);
    expect(await add('a')).toHaveLength(1);
  });

  it('a file that cannot be written costs the list alone', async () => {
    const file = {
      ...memoryTextFile(undefined, 'uploads.json'),
      write: () => Promise.reject(new PutError('disk-full', 'no room')),
    };
    const { bench, clock, transfers, add } = await run(file, ['/x/one.rpm']);
    await add('a');
    await clock.advance(100);
    expect(await transfers('a')).toHaveLength(1);
    await bench.close();
  });
});
