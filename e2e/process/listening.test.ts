import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { addNamespace, removeNamespace, runCommand, whyNoNamespaces } from '../../lab/namespaces.ts';
import { NamespaceWorker } from '../../lab/NamespaceWorker.ts';
import type { LineReport } from '../support/lineWorker.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';

/* What putservices listens on, read from the kernel in a namespace where nobody else does. */

const WORKER = fileURLToPath(new URL('../support/lineWorker.ts', import.meta.url));
const NAMESPACE = `putlisten${process.pid}`;
const FIRST = '10.97.0.1';
const SECOND = '10.97.0.2';
const SIXTH = 'fd00:97::1';
const noNamespaces = whyNoNamespaces();

/** `address:port` of every listening socket. */
function listening(): string[] {
  return runCommand('ip', ['netns', 'exec', NAMESPACE, 'ss', '-ltnH'])
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[3] ?? '')
    .sort();
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const at = (address: string, ports: readonly number[]): string[] => ports.map((port) => `${address}:${port}`);
const MANUAL = [8992, 8443, 11_111];

describe.skipIf(noNamespaces !== undefined)(
  `the listeners that a Config file asks for${noNamespaces === undefined ? '' : ` (skipped: ${noNamespaces})`}`,
  () => {
    let folder: string;
    let files = 0;
    const running: { stop(): Promise<unknown> }[] = [];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'put-listen-'));
      addNamespace(NAMESPACE);
      for (const address of [`${FIRST}/24`, `${SECOND}/24`])
        runCommand('ip', ['-n', NAMESPACE, 'addr', 'add', address, 'dev', 'lo']);
      runCommand('ip', ['-n', NAMESPACE, 'addr', 'add', `${SIXTH}/64`, 'dev', 'lo', 'nodad']);
    });
    afterEach(async () => {
      for (const one of running.splice(0).reverse()) await one.stop();
      expect(listening().filter((socket) => socket !== '')).toEqual([]);
    });
    afterAll(async () => {
      removeNamespace(NAMESPACE);
      await rm(folder, { recursive: true, force: true });
    });

    async function start(host: string, ...config: readonly string[]): Promise<PracticeSystem> {
      const configFile = join(folder, `Config-${++files}`);
      await writeFile(configFile, [...config, ''].join('\n'));
      const system = await PracticeSystem.start({
        nodes: 1,
        namespace: NAMESPACE,
        host,
        configFile,
        portBase: 'config',
      });
      running.push(system);
      return system;
    }

    async function signIn(system: PracticeSystem, pathOrder: readonly string[]): Promise<LineReport> {
      const worker = await NamespaceWorker.start(NAMESPACE, WORKER);
      try {
        const { target, user, password } = system;
        const line = await worker.call<LineReport>('signIn', { target, user, password, pathOrder });
        await worker.call('signOut', {});
        return line;
      } finally {
        await worker.stop();
      }
    }

    it('the ports of the manual, on loopback alone, where nothing is said', async () => {
      await start('127.0.0.1');
      expect(listening()).toEqual(at('127.0.0.1', [...range(9000, 9009), ...MANUAL]).sort());
    });

    it('CCPORTCOUNT=2: no GUI ports, and a hand-off goes on by single port without asking', async () => {
      const system = await start('127.0.0.1', 'CCPORTCOUNT=2');
      expect(listening()).toEqual(at('127.0.0.1', [9000, 9001, ...MANUAL]).sort());
      expect(await signIn(system, ['hand-off'])).toMatchObject({ path: 'single-port', port: 9000 });
    });

    it('CCPORTCOUNT=64 and every other port moved: each where the file says, and each used', async () => {
      const ports = ['CCPORT=9100', 'CCPORTCOUNT=64', 'SERVICEPORT=7001', 'CHATPORT=7002', 'SSLPORT=7003'];
      const system = await start(FIRST, `LISTEN=${FIRST}`, ...ports);
      expect(listening()).toEqual(at(FIRST, [...range(9100, 9163), 7001, 7002, 7003]).sort());
      expect(await signIn(system, ['hand-off'])).toMatchObject({ path: 'hand-off', port: 9102 });
      expect(await signIn(system, ['websocket'])).toMatchObject({ path: 'websocket', port: 7003 });
      expect(await signIn(system, ['direct'])).toMatchObject({ path: 'direct', port: 9102 });
    });

    it('LISTEN with addresses of both families: these, and no other address of the machine', async () => {
      const system = await start(SIXTH, `LISTEN=${FIRST},${SIXTH}`, 'CCPORTCOUNT=3');
      const ports = [9000, 9001, 9002, ...MANUAL];
      expect(listening()).toEqual([...at(FIRST, ports), ...at(`[${SIXTH}]`, ports)].sort());
      expect(await signIn(system, ['hand-off'])).toMatchObject({ path: 'hand-off', port: 9002 });
      const other = { ...system, target: { ...system.target, host: SECOND } } as PracticeSystem;
      await expect(signIn(other, ['single-port'])).rejects.toMatchObject({ code: 'port-closed' });
    });

    it('LISTEN with every address of each family', async () => {
      await start(FIRST, 'LISTEN=0.0.0.0,::', 'CCPORTCOUNT=2');
      const ports = [9000, 9001, ...MANUAL];
      expect(listening()).toEqual([...at('0.0.0.0', ports), ...at('[::]', ports)].sort());
    });

    it('a port in use: says which, whose, and the line of the Config file; and leaves nothing open', async () => {
      const first = await start('127.0.0.1', 'CCPORTCOUNT=2');
      const before = listening();
      const config = ['# ports', 'CCPORT=9500', 'SERVICEPORT=9001', 'SSLPORT=9600', 'CHATPORT=9601'];
      await expect(start('127.0.0.1', ...config)).rejects.toThrow(
        new RegExp(
          `port 9001 \\(SERVICEPORT\\) on 127\\.0\\.0\\.1 is in use by .*main\\.ts \\(pid ${first.process.pid}\\); ` +
            `see ${folder}/Config-\\d+, line 3 \\(SERVICEPORT\\)`,
        ),
      );
      expect(listening()).toEqual(before);
    });

    it('an address that this machine does not have: says so, and where it stands', async () => {
      await expect(start('127.0.0.1', `LISTEN=${FIRST},10.96.0.99`)).rejects.toThrow(
        /on 10\.96\.0\.99 cannot be listened on.*see .*\/Config-\d+, line 1 \(LISTEN\)/,
      );
      expect(listening().filter((socket) => socket !== '')).toEqual([]);
    });
  },
);
