import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_WAY_SECRETS, type WayQuestion, type WaySecrets } from '../../model/ways.ts';
import type { SshHop } from './sshHostSettings.ts';
import { openSshTunnel } from './sshTunnel.ts';

interface SshRig {
  readonly port: number;
  /** Methods that clients tried, in order. */
  readonly tried: string[];
  close(): void;
}

const hostKeyPem = (): string =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();

/** An SSH server that judges sign-ins by a function and leads forwarded connections on. */
async function startSsh(lets: (context: AuthContext) => boolean, methods: AuthContext['method'][]): Promise<SshRig> {
  const tried: string[] = [];
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [hostKeyPem()] }, (connection) => {
    connections.add(connection);
    connection.on('error', () => {});
    connection.on('close', () => void connections.delete(connection));
    connection.on('authentication', (context) => {
      tried.push(context.method);
      if (lets(context)) context.accept();
      else context.reject(methods);
    });
    connection.on('tcpip', (accept, reject, info) => {
      const target = connectTcp(info.destPort, info.destIP, () => {
        const channel = accept();
        target.pipe(channel).pipe(target);
      });
      target.once('error', reject);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    tried,
    close() {
      for (const connection of connections) connection.end();
      server.close();
    },
  };
}

let folder: string;
let echo: ReturnType<typeof createServer>;
const rigs: SshRig[] = [];
const signal = AbortSignal.timeout(30_000);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-ssh-unit-'));
  echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
});
afterEach(async () => {
  for (const rig of rigs.splice(0)) rig.close();
  echo.close();
  await rm(folder, { recursive: true });
});

async function rigOf(lets: (context: AuthContext) => boolean, ...methods: AuthContext['method'][]): Promise<SshRig> {
  const rig = await startSsh(lets, methods);
  rigs.push(rig);
  return rig;
}
const hopTo = (port: number, more: Partial<SshHop> = {}): SshHop => ({
  host: '127.0.0.1',
  address: '127.0.0.1',
  port,
  user: 'eva',
  keyFiles: [],
  knownHostsFiles: [],
  jump: false,
  ...more,
});

/** Answers from a table by kind of question, several in order; keeps what was asked and told. */
function secretsOf(answers: Partial<Record<WayQuestion['kind'], string[]>>, known: Record<string, string> = {}) {
  const asked: string[] = [];
  const told: string[] = [];
  const secrets: WaySecrets = {
    known: ({ kind }) => known[kind],
    ask: ({ kind }, wrong) => {
      asked.push(wrong ? `${kind} again` : kind);
      return Promise.resolve(answers[kind]?.shift());
    },
    told: ({ kind }, right) => void told.push(`${kind} ${right ? 'right' : 'wrong'}`),
  };
  return { secrets, asked, told };
}
const yes = () => ({ 'ssh-host-key': ['yes'] });
const word = (password: string) => (context: AuthContext) =>
  context.method === 'password' && context.password === password;

const here = (port: number) => ({ hosts: ['127.0.0.1'], port });

async function echoes(hops: readonly SshHop[], secrets: WaySecrets): Promise<string> {
  const stream = await openSshTunnel(hops, here((echo.address() as AddressInfo).port), secrets, signal);
  stream.write('hello');
  const [bytes] = (await once(stream, 'data')) as [Buffer];
  stream.destroy();
  return bytes.toString();
}

describe('signing in by SSH', () => {
  it('asks for a password only when the host takes one, once more after a wrong one', async () => {
    const rig = await rigOf(word('right'), 'password');
    const { secrets, asked, told } = secretsOf({ ...yes(), 'ssh-password': ['wrong', 'right'] });
    expect(await echoes([hopTo(rig.port)], secrets)).toBe('hello');
    expect(asked).toEqual(['ssh-host-key', 'ssh-password', 'ssh-password again']);
    expect(told).toEqual(['ssh-host-key right', 'ssh-password wrong', 'ssh-password right']);
  });

  it('gives up after two wrong passwords, and asks for none where only keys are taken', async () => {
    const rig = await rigOf(word('right'), 'password');
    const wrong = secretsOf({ ...yes(), 'ssh-password': ['a', 'b', 'right'] });
    await expect(echoes([hopTo(rig.port)], wrong.secrets)).rejects.toMatchObject({ code: 'ssh-sign-in-refused' });
    expect(wrong.asked.filter((kind) => kind.startsWith('ssh-password'))).toHaveLength(2);
    const keysOnly = await rigOf(() => false, 'publickey');
    const none = secretsOf({ ...yes(), 'ssh-password': ['right'] });
    await expect(echoes([hopTo(keysOnly.port)], none.secrets)).rejects.toMatchObject({ code: 'ssh-sign-in-refused' });
    expect(none.asked).toEqual(['ssh-host-key']);
  });

  it('sends a known password at once and asks anew when it is wrong', async () => {
    const rig = await rigOf(word('right'), 'password');
    const hop = hopTo(rig.port);
    const known = secretsOf(yes(), { 'ssh-password': 'right' });
    expect(await echoes([hop], known.secrets)).toBe('hello');
    expect(known.asked).toEqual(['ssh-host-key']);
    const stale = secretsOf({ ...yes(), 'ssh-password': ['right'] }, { 'ssh-password': 'old' });
    expect(await echoes([hop], stale.secrets)).toBe('hello');
    expect(stale.asked).toEqual(['ssh-host-key', 'ssh-password again']);
    expect(stale.told).toContain('ssh-password wrong');
  });

  it('answers keyboard-interactive prompts with the password', async () => {
    const rig = await startSsh(() => false, []);
    rig.close();
    const server = new ssh2.Server({ hostKeys: [hostKeyPem()] }, (connection) => {
      connection.on('error', () => {});
      connection.on('authentication', (context) => {
        if (context.method !== 'keyboard-interactive') context.reject(['keyboard-interactive']);
        else
          context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
            if (answers[0] === 'right') context.accept();
            else context.reject();
          });
      });
      connection.on('tcpip', (accept) => accept().pipe(accept()));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { secrets, told } = secretsOf({ ...yes(), 'ssh-password': ['right'] });
    const hop = hopTo((server.address() as AddressInfo).port);
    const stream = await openSshTunnel([hop], here(1), secrets, signal);
    stream.destroy();
    server.close();
    expect(told).toContain('ssh-password right');
  });

  it('tries an encrypted key last, and goes on to the password when it stays locked', async () => {
    const keyFile = join(folder, 'id');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFile(
      keyFile,
      privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open' }),
    );
    const rig = await rigOf(word('right'), 'publickey', 'password');
    const hop = hopTo(rig.port, { keyFiles: [keyFile] });
    const unlocked = secretsOf({ ...yes(), 'ssh-key-passphrase': ['open'], 'ssh-password': ['right'] });
    expect(await echoes([hop], unlocked.secrets)).toBe('hello');
    expect(unlocked.asked).toEqual(['ssh-host-key', 'ssh-key-passphrase', 'ssh-password']);
    expect(rig.tried).toContain('publickey');
    await expect(echoes([hop], secretsOf(yes()).secrets)).rejects.toMatchObject({ code: 'ssh-key-locked' });
  });

  it('asks about the host key of every hop, sends nothing before, and reaches the target through the jump', async () => {
    const [gate, master] = [await rigOf(word('gate'), 'password'), await rigOf(word('gate'), 'password')];
    const hops = [hopTo(gate.port, { jump: true }), hopTo(master.port)];
    await expect(echoes(hops, NO_WAY_SECRETS)).rejects.toMatchObject({
      code: 'ssh-host-key-unknown',
      details: { port: gate.port, fingerprint: expect.stringMatching(/^SHA256:/) as string },
    });
    expect(gate.tried).toEqual([]);
    const { secrets, asked } = secretsOf({ 'ssh-host-key': ['yes', 'yes'] }, { 'ssh-password': 'gate' });
    expect(await echoes(hops, secrets)).toBe('hello');
    expect(asked).toEqual(['ssh-host-key', 'ssh-host-key']);
    const trusting = { ...secrets, ask: () => Promise.resolve('yes') };
    let answered = 0;
    const { port } = echo.address() as AddressInfo;
    (await openSshTunnel(hops, here(port), trusting, signal, () => void answered++)).destroy();
    expect(answered).toBe(1);
    await expect(echoes([hopTo(master.port, { hostKey: 'SHA256:other' })], secrets)).rejects.toMatchObject({
      code: 'ssh-host-key-changed',
      details: { pinned: 'SHA256:other' },
    });
  });

  it('takes a host key that was accepted before at once, in one connection', async () => {
    const rig = await rigOf(word('gate'), 'password');
    const { secrets, asked, told } = secretsOf({}, { 'ssh-password': 'gate', 'ssh-host-key': 'yes' });
    expect(await echoes([hopTo(rig.port)], secrets)).toBe('hello');
    expect([asked, told, rig.tried]).toEqual([[], ['ssh-password right'], ['password']]);
  });

  it('names both keys where known_hosts has another one', async () => {
    const rig = await rigOf(() => true, 'password');
    const parsed = ssh2.utils.parseKey(hostKeyPem());
    if (parsed instanceof Error) throw parsed;
    const line = `[127.0.0.1]:${rig.port} ssh-rsa ${parsed.getPublicSSH().toString('base64')}\n`;
    const knownHosts = join(folder, 'known_hosts');
    await writeFile(knownHosts, line);
    const refused = await echoes([hopTo(rig.port, { knownHostsFiles: [knownHosts] })], NO_WAY_SECRETS).catch(
      (error: unknown) => error as { code: string; details: Record<string, string> },
    );
    expect(refused).toMatchObject({ code: 'ssh-host-key-changed' });
    const { details } = refused as { details: Record<string, string> };
    expect(details['pinned']).toMatch(/^SHA256:/);
    expect(details['pinned']).not.toBe(details['fingerprint']);
  });
});
