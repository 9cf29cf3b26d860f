import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dialNetwork } from '../../core/node/dial.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { createWorkbench } from '../../core/workbench/Workbench.ts';
import type { WorkbenchState } from '../../core/workbench/state.ts';
import { bareWorkbenchPorts } from '../../core/testing/workbenchPorts.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { runPutctl } from '../support/runPutctl.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
/** The two of negotiation, and three GUI ports. */
const CCPORTCOUNT = 5;
const HOLDERS = ['desk-1', 'desk-2', 'desk-3'];

let folder: string;
let system: PracticeSystem;
let holders: PutClient[];

/** The first of `count` ports that are free one after the other. */
async function freeBlock(count: number): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const servers = Array.from({ length: count }, () => createServer());
    try {
      await Promise.all(
        servers.map(
          (server, i) =>
            new Promise<void>((resolve, reject) =>
              server.once('error', reject).listen(first + i, '127.0.0.1', resolve),
            ),
        ),
      );
      return first;
    } catch {
      // One of them is taken: another block.
    } finally {
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    }
  }
  throw new Error('no block of free ports');
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-full-'));
  const first = await freeBlock(CCPORTCOUNT + 3);
  const configFile = join(folder, 'Config');
  const [service, chat, web] = [first + CCPORTCOUNT, first + CCPORTCOUNT + 1, first + CCPORTCOUNT + 2];
  const keys = { CCPORT: first, CCPORTCOUNT, SERVICEPORT: service, CHATPORT: chat, SSLPORT: web, LISTEN: '127.0.0.1' };
  const lines = Object.entries(keys).map(([key, value]) => `${key}=${value}`);
  await writeFile(configFile, `${lines.join('\n')}\n`);
  system = await PracticeSystem.start({ nodes: 4, configFile, portBase: 'config' });
  holders = [];
  for (const clientSystem of HOLDERS) holders.push(await system.signIn({ pathOrder: ['hand-off'], clientSystem }));
});

afterAll(async () => {
  for (const holder of holders ?? []) await holder.close();
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

const guiPorts = (): number[] => HOLDERS.map((_, i) => system.target.ccPort + 2 + i);

/** Every port with its holder and since when. */
function expectHolders(text: string): void {
  guiPorts().forEach((port, i) => {
    expect(text).toMatch(
      new RegExp(`${port} ${system.user} at ${HOLDERS[i]} since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC`),
    );
  });
}

it('goes on by single port without a question while real clients hold every port', async () => {
  expect(holders.map(({ line }) => line?.port)).toEqual(guiPorts());
  const client = await system.signIn({ pathOrder: ['hand-off'], clientSystem: 'laptop' });
  expect(client.line).toEqual({ path: 'single-port', port: system.target.ccPort });
  expect(client.workedPath).toBe('hand-off');
  await client.request('nodes.refresh', {});
  expectHolders(client.attempts.find(({ path }) => path === 'hand-off')?.error?.message ?? '');
  await client.close();
  // A port that comes free is given out again.
  await holders[1]?.close();
  const next = await system.signIn({ pathOrder: ['hand-off'], clientSystem: HOLDERS[1] ?? '' });
  expect(next.line).toEqual({ path: 'hand-off', port: guiPorts()[1] });
  holders[1] = next;
});

it('tells putctl who holds the ports, beside the result', async () => {
  const { host, ccPort, fingerprint } = system.target;
  const args = ['nodes', '--host', host, '--cc-port', String(ccPort), '--fingerprint', fingerprint];
  const { code, out, err } = await runPutctl(CLI, [...args, '--path', 'hand-off'], {
    ...{ PUT_DATA_DIR: folder, PUT_USER: system.user, PUT_PASSWORD: system.password },
  });
  expect(err).toContain(`This session goes over port ${ccPort} instead.`);
  expectHolders(err);
  expect(code, err).toBe(0);
  expect(out).toContain('tpa-001');
});

it('tells the window who holds the ports', async () => {
  const bench = await createWorkbench({ ...bareWorkbenchPorts(), clock: createSystemClock(), dial: dialNetwork });
  const call = async <T>(method: string, params: unknown): Promise<T> => {
    const answer = await bench.invoke(method, params);
    if (!answer.ok) throw new Error(answer.error.message);
    return answer.value as T;
  };
  const { fingerprint, host, ccPort, sslPort, servicePort, chatPort } = system.target;
  const input = { name: 'full', host, ccPort, sslPort, servicePort, chatPort, pathOrder: ['hand-off'] };
  const { systemId } = await call<{ systemId: string }>('system.add', input);
  await call('session.signIn', { systemId, user: 'x', password: 'x' }).catch(() => undefined);
  await call('system.trustCertificate', { systemId, fingerprint });
  await call('session.signIn', { systemId, user: system.user, password: system.password, remember: false });
  const { state } = await call<{ state: WorkbenchState }>('state.snapshot', {});
  const view = state.systems[systemId];
  expect(view?.session).toMatchObject({ kind: 'online', path: 'single-port', port: ccPort });
  expect(view?.paths.map(({ path, outcome }) => [path, outcome])).toEqual([
    ['hand-off', 'failed'],
    ['single-port', 'works'],
  ]);
  expect(view?.paths[0]?.cause?.code).toBe('lease-range-full');
  expectHolders(view?.paths[0]?.cause?.message ?? '');
  expect(view?.saved.lastPath).toBe('hand-off');
  await call('session.signOut', { systemId });
  await bench.close();
});
