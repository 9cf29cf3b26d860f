import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Dial, TargetAddress } from '../../core/client/paths.ts';
import { PutClient } from '../../core/client/PutClient.ts';
import type { TimelineEntry } from '../../core/model/job.ts';
import type { PortsView, SessionRow, SideRow } from '../../core/model/ports.ts';
import { dialNetwork } from '../../core/node/dial.ts';
import { deflateCompression } from '../../core/node/messageCompression.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { driveJob, startInstall } from '../support/installDriver.ts';
import { PracticeSystem } from '../support/practiceSystem.ts';
import { SAMPLES_FOLDER, uploadSamples } from '../support/samples.ts';

const CLI = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

let system: PracticeSystem;

beforeAll(async () => {
  system = await PracticeSystem.start({ nodes: 8 });
});
afterAll(() => system.stop());

/** Bytes that a client sent, by port. */
type SentBytes = Map<number, number>;

function countingDial(sent: SentBytes): Dial {
  return async (target, signal) => {
    const transport = await dialNetwork(target, signal);
    const send = transport.send.bind(transport);
    transport.send = (bytes) => {
      sent.set(target.port, (sent.get(target.port) ?? 0) + bytes.length);
      return send(bytes);
    };
    return transport;
  };
}

async function signInDirect(target: TargetAddress): Promise<{ client: PutClient; sent: SentBytes }> {
  const sent: SentBytes = new Map();
  const client = new PutClient({
    target,
    pathOrder: ['direct'],
    dial: countingDial(sent),
    clock: createSystemClock(),
    random: Math.random,
    software: 'tests',
    clientSystem: 'laptop',
    compression: deflateCompression,
    onChange: () => {},
  });
  await client.signIn({ user: system.user, password: system.password });
  return { client, sent };
}

async function until<T>(what: string, look: () => T | undefined | false, deadlineMs = 40_000): Promise<T> {
  const endMs = Date.now() + deadlineMs;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > endMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const upSides = (client: PutClient): string[] =>
  client.sides.filter(({ state }) => state === 'up').map(({ service }) => service);

/** The side connections of the client's session as the master lists them. */
async function listedSides(client: PutClient): Promise<readonly SideRow[]> {
  let view: PortsView | undefined;
  const watch = client.watchState<PortsView>('ports', (state) => (view = state));
  const sides = await until('the session in the ports view', () => {
    const row = Object.values(view?.sessions ?? {}).find(({ path }) => path === 'direct');
    return row?.sides;
  });
  watch.close();
  return sides;
}

/** Says something and waits until the timeline has it. */
async function chat(client: PutClient, text: string): Promise<void> {
  const entries: TimelineEntry[] = [];
  const watch = client.watchLog<TimelineEntry>('timeline', 0, (more) => entries.push(...more));
  await client.request('chat.say', { messageId: text.replaceAll(' ', '-'), text });
  await until(`the message ${text}`, () => entries.some((entry) => entry.text === text));
  watch.close();
}

async function sampleBytes(): Promise<number> {
  const names = await readdir(SAMPLES_FOLDER, { recursive: true });
  const sizes = await Promise.all(
    names.filter((name) => name.endsWith('.rpm')).map(async (name) => (await stat(join(SAMPLES_FOLDER, name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

it('upgrades a system with jobs and files over SERVICEPORT and chat over CHATPORT', async () => {
  const { target } = system;
  const { client, sent } = await signInDirect(target);
  try {
    expect(client.line?.path).toBe('direct');
    expect(client.line?.port).toBe(target.ccPort + 2);
    await until('the side lines', () => upSides(client).length === 3);
    const sides = await listedSides(client);
    expect(sides.map(({ service, port }) => `${service} ${port}`).sort()).toEqual(
      [`chat ${target.chatPort}`, `file ${target.servicePort}`, `job ${target.servicePort}`].sort(),
    );
    await uploadSamples(client);
    const greetedBytes = sent.get(target.chatPort) ?? 0;
    await chat(client, 'by its own port');
    expect(sent.get(target.chatPort)).toBeGreaterThan(greetedBytes + 100);
    const jobId = await startInstall(client);
    const job = await driveJob(client, jobId);
    expect(job.state).toBe('succeeded');
    const fileBytes = await sampleBytes();
    expect(fileBytes).toBeGreaterThan(10_000);
    expect(sent.get(target.servicePort)).toBeGreaterThan(fileBytes);
    expect(sent.get(target.ccPort + 2)).toBeLessThan(fileBytes / 2);
  } finally {
    await client.close();
  }
});

/** Takes connections and never says a word, as a port behind a firewall that drops packets. */
async function listenSilently(): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.on('error', () => {}).resume());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

it.each([
  ['SERVICEPORT', 'servicePort'],
  ['CHATPORT', 'chatPort'],
] as const)('works when %s is refused, and when nothing comes back from it', async (_name, key) => {
  const { server, port } = await listenSilently();
  const services = key === 'servicePort' ? ['job', 'file'] : ['chat'];
  try {
    const silent = await signInDirect({ ...system.target, [key]: port });
    // Nobody waits for the port that says nothing.
    await chat(silent.client, `silent ${key}`);
    await uploadSamples(silent.client);
    expect(upSides(silent.client)).not.toContain(services[0]);
    await until('the end of the dial', () =>
      silent.client.sides.some(({ service, cause }) => services[0] === service && cause?.code === 'tls-silent'),
    );
    await silent.client.close();
    server.close();
    await new Promise((resolve) => setImmediate(resolve));

    const refused = await signInDirect({ ...system.target, [key]: port });
    await chat(refused.client, `refused ${key}`);
    await uploadSamples(refused.client);
    await until('the other lines', () => upSides(refused.client).length === 3 - services.length);
    const blocked = refused.client.sides.filter(({ state }) => state === 'blocked');
    expect(blocked.map(({ service, port: at, cause }) => [service, at, cause?.code])).toEqual(
      services.map((service) => [service, port, 'port-closed']),
    );
    await refused.client.close();
  } finally {
    server.close();
  }
});

it('is what putctl goes with --path direct, and its ports show in the table of sessions', async () => {
  const { host, ccPort, servicePort, chatPort, fingerprint } = system.target;
  const ports = ['--cc-port', ccPort, '--service-port', servicePort, '--chat-port', chatPort].map(String);
  const args = [CLI, 'ports', '--host', host, ...ports, '--fingerprint', fingerprint, '--path', 'direct', '--watch'];
  const folder = await mkdtemp(join(tmpdir(), 'put-direct-'));
  const child = spawn(process.execPath, [...args, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PUT_DATA_DIR: folder, PUT_USER: system.user, PUT_PASSWORD: system.password },
  });
  const ended = once(child, 'close');
  try {
    let shown: readonly SideRow[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => {
      // The last line tells that it was interrupted.
      const { sessions } = JSON.parse(line) as { sessions?: readonly SessionRow[] };
      shown = sessions?.find(({ path }) => path === 'direct')?.sides ?? shown;
    });
    await until('the three side connections', () => shown.length === 3);
    expect(new Set(shown.map(({ port }) => port))).toEqual(new Set([servicePort, chatPort]));
  } finally {
    child.kill('SIGINT');
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
});
