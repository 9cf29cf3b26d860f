import { expect, it } from 'vitest';
import { PutError } from '../protocol/errors.ts';
import { createFakeClock } from '../testing/fakeClock.ts';
import { FakeMaster } from '../testing/fakeMaster.ts';
import { memoryTextFile } from '../testing/memoryTextFile.ts';
import { bareWorkbenchPorts } from '../testing/workbenchPorts.ts';
import type { WorkbenchState } from './state.ts';
import { createWorkbench } from './Workbench.ts';

const SYSTEM = { name: 'lab', host: 'here', ccPort: 1, sslPort: 2, servicePort: 3, chatPort: 4 };

it('where nothing can be written: a person signs in and works; what could not be kept is told where it was asked for, and is there once', async () => {
  const clock = createFakeClock();
  const full = (): Promise<never> => Promise.reject(new PutError('disk-full', 'no space is left'));
  const file = memoryTextFile(undefined, 'systems.json');
  let writes = file.update;
  const master = new FakeMaster({
    clock,
    answer: ({ method }) => (method === 'topic.watch' ? { watch: 1 } : { number: 1 }),
  });
  const bench = await createWorkbench({
    ...bareWorkbenchPorts(),
    clock,
    dial: (target, signal) => master.dial(target, signal),
    systemsFile: { ...file, update: (change) => writes(change) },
    secrets: { available: true, get: () => Promise.resolve(undefined), set: full, delete: full },
  });
  const invoke = async (method: string, params: object) => {
    const answer = bench.invoke(method, params);
    await clock.advance(200);
    return answer;
  };
  const systems = async () => {
    const answer = await invoke('state.snapshot', {});
    return Object.values(answer.ok ? (answer.value as { state: WorkbenchState }).state.systems : {});
  };
  const refused = { ok: false, error: { code: 'disk-full' } };

  writes = full;
  const add = { ...SYSTEM, pathOrder: ['single-port'] };
  expect(await invoke('system.add', add)).toMatchObject(refused);
  expect(await systems()).toEqual([]);
  writes = file.update;
  expect(await invoke('system.add', add)).toMatchObject({ ok: true });
  writes = full;

  const [{ saved } = { saved: undefined }] = await systems();
  const account = { systemId: saved?.systemId ?? '', user: 'eva', password: 'x', remember: false };
  expect(await invoke('session.signIn', account)).toMatchObject({ ok: true });
  expect((await systems())[0]?.session.kind).toBe('online');
  // A password that is to be kept, and is not, is something else.
  expect(await invoke('session.signIn', { ...account, remember: true })).toMatchObject(refused);
  await bench.close();
});
