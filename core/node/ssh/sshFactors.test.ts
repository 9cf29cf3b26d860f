import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ssh2, { type AuthContext, type Connection, type ServerConfig } from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WayQuestion, WaySecrets } from '../../model/ways.ts';
import { HostAddresses } from '../hostAddress.ts';
import { newSshKey } from './newSshKey.ts';
import type { SshHop } from './sshHostSettings.ts';
import { openSshTunnel } from './sshTunnel.ts';

/* Hosts as sites have them: two factors, one kind of host key, hardened or old algorithms, too many sign-ins at once. */

const hasAgent = spawnSync('which', ['ssh-agent']).status === 0;
const signal = AbortSignal.timeout(60_000);
const END = { hosts: ['127.0.0.1'], port: 9 };
const { privateKey: rsa } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaPem = rsa.export({ type: 'pkcs1', format: 'pem' }).toString();
const ed25519 = newSshKey();

let folder: string;
let keyFile: string;
const closers: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-ssh-factors-'));
  keyFile = join(folder, 'id');
  await writeFile(keyFile, ed25519.private, { mode: 0o600 });
});
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  await rm(folder, { recursive: true });
});

interface Host {
  readonly port: number;
  /** A list a connection: what was tried on it. */
  readonly connections: string[][];
  /** Ends every connection, as LoginGraceTime does. */
  hangUp(): void;
}

/** A host that judges by `step`, told the method and what was tried on this connection before. */
async function startHost(
  step: (context: AuthContext, tried: readonly string[]) => void,
  config: Partial<ServerConfig> = {},
): Promise<Host> {
  const connections: string[][] = [];
  const open = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [rsaPem], ...config }, (connection) => {
    const tried: string[] = [];
    connections.push(tried);
    open.add(connection);
    connection.on('error', () => {});
    connection.on('close', () => void open.delete(connection));
    connection.on('authentication', (context) => {
      tried.push(context.method);
      step(context, tried);
    });
    connection.on('tcpip', (accept) => void accept());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    for (const connection of open) connection.end();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections,
    hangUp() {
      for (const connection of open) connection.end();
    },
  };
}

const hopTo = (port: number, more: Partial<SshHop> = {}): SshHop => ({
  ...{ host: '127.0.0.1', address: '127.0.0.1', port, user: 'eva' },
  ...{ keyFiles: [keyFile], knownHostsFiles: [], jump: false },
  ...more,
});

/** Answers each prompt of the host from a list; keeps the questions and the verdicts. */
function personWith(answers: (string | undefined)[]) {
  const asked: WayQuestion[] = [];
  const told: string[] = [];
  const secrets: WaySecrets = {
    known: ({ kind }) => (kind === 'ssh-host-key' ? 'yes' : undefined),
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answers.shift());
    },
    told: ({ kind }, right) => void told.push(`${kind} ${right ? 'right' : 'wrong'}`),
  };
  return { secrets, asked, told };
}

async function opens(hop: SshHop, secrets: WaySecrets): Promise<void> {
  (await openSshTunnel([hop], END, secrets, signal, undefined, { busyWaitsMs: [5, 5, 5] })).destroy();
}

const KEY_THEN_CODE = (code: string, sent: string[]) => (context: AuthContext, tried: readonly string[]) => {
  if (context.method === 'publickey') {
    if (context.signature) context.reject(['keyboard-interactive'], true);
    else context.accept();
  } else if (context.method === 'keyboard-interactive' && tried.includes('publickey')) {
    context.prompt([{ prompt: 'Verification code: ', echo: true }], 'Second factor', 'of the site', ([answer]) => {
      sent.push(answer ?? '');
      if (answer === code) context.accept();
      else context.reject(['keyboard-interactive']);
    });
  } else context.reject(['publickey']);
};

describe('a host with two factors', () => {
  it('takes key and code on one connection, with the prompt of the host, and the code once', async () => {
    const sent: string[] = [];
    const host = await startHost(KEY_THEN_CODE('123456', sent));
    const { secrets, asked, told } = personWith(['123456']);
    await opens(hopTo(host.port), secrets);
    expect(host.connections).toEqual([['publickey', 'publickey', 'keyboard-interactive']]);
    expect(asked).toEqual([
      {
        ...{ kind: 'ssh-prompt', user: 'eva', host: '127.0.0.1', echo: true, prompt: 'Verification code:' },
        instructions: 'Second factor\nof the site',
      },
    ]);
    expect([sent, told]).toEqual([['123456'], ['ssh-prompt right']]);
  });

  it.skipIf(!hasAgent)('takes the key from the agent, and goes on by what the host still takes', async () => {
    const socket = join(folder, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    closers.push(() => void agent.kill());
    await once(agent.stdout, 'data');
    const added = spawnSync('ssh-add', ['-q', keyFile], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    expect(added.status).toBe(0);
    const sent: string[] = [];
    const host = await startHost(KEY_THEN_CODE('123456', sent));
    const { secrets } = personWith(['123456']);
    await opens(hopTo(host.port, { keyFiles: [], agent: socket }), secrets);
    expect(host.connections).toEqual([['publickey', 'publickey', 'keyboard-interactive']]);
    expect(sent).toEqual(['123456']);
  });

  it('asks anew after a wrong code and at each connection, and never sends one twice', async () => {
    const sent: string[] = [];
    const host = await startHost(KEY_THEN_CODE('222222', sent));
    const { secrets, asked } = personWith(['111111', '222222', '222222']);
    await opens(hopTo(host.port), secrets);
    await opens(hopTo(host.port), secrets);
    expect([sent, asked.length]).toEqual([['111111', '222222', '222222'], 3]);
  });

  it('asks for the password once for a prompt and keeps it apart from a code', async () => {
    const host = await startHost((context) => {
      if (context.method !== 'keyboard-interactive') return context.reject(['keyboard-interactive']);
      context.prompt(
        [
          { prompt: 'Password: ', echo: false },
          { prompt: 'One-time password (OTP): ', echo: false },
        ],
        (answers) => (answers.join() === 'word,007' ? context.accept() : context.reject()),
      );
    });
    const { secrets, asked, told } = personWith(['word', '007']);
    await opens(hopTo(host.port), secrets);
    expect(asked.map(({ kind }) => kind)).toEqual(['ssh-password', 'ssh-prompt']);
    expect(told).toEqual(['ssh-password right', 'ssh-prompt right']);
  });

  it('says what was asked where nobody answers', async () => {
    const host = await startHost(KEY_THEN_CODE('1', []));
    // The key was taken, so an agent that is away is not the cause.
    const hop = hopTo(host.port, { agent: join(folder, 'no-agent') });
    await expect(opens(hop, personWith([]).secrets)).rejects.toMatchObject({
      code: 'ssh-sign-in-refused',
      message: expect.stringMatching(/"Verification code:", which was not given/) as string,
    });
  });

  it('uses a password that was typed longer than the host waits at the next connection, but no code', async () => {
    const host = await startHost((context) => {
      if (context.method === 'password' && context.password === 'word') context.accept();
      else context.reject(['password']);
    });
    const known = new Map<string, string>();
    const slowly = (kind: WayQuestion['kind'], answer: string): WaySecrets => ({
      known: (question) => (question.kind === 'ssh-host-key' ? 'yes' : known.get(question.kind)),
      ask: (question) => {
        host.hangUp();
        if (question.kind === kind) known.set(kind, answer);
        return Promise.resolve(answer);
      },
      told: () => {},
    });
    await opens(hopTo(host.port, { keyFiles: [] }), slowly('ssh-password', 'word'));
    expect(host.connections.map((tried) => tried[0])).toEqual(['none', 'password']);
    const codes: string[] = [];
    const second = await startHost(KEY_THEN_CODE('7', codes));
    const late: WaySecrets = {
      ...slowly('ssh-prompt', '7'),
      ask: () => {
        second.hangUp();
        return Promise.resolve('7');
      },
    };
    await expect(opens(hopTo(second.port), late)).rejects.toMatchObject({ code: 'ssh-sign-in-refused' });
    expect(second.connections.length).toBe(1);
  });
});

it('says that a name is no alias of this machine', async () => {
  const look = (): Promise<never> => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
  const options = { addresses: new HostAddresses(look) };
  const hop = hopTo(22, { host: 'master-7', address: 'master-7' });
  const { secrets } = personWith([]);
  await expect(openSshTunnel([hop], END, secrets, signal, undefined, options)).rejects.toMatchObject({
    code: 'host-unknown',
    message: expect.stringMatching(/no HostName for master-7 either/) as string,
  });
});

describe('host keys and algorithms', () => {
  const lets = (context: AuthContext): void => context.accept();

  it('asks for the kind of key that known_hosts has', async () => {
    const host = await startHost(lets, { hostKeys: [ed25519.private, rsaPem] });
    const parsed = ssh2.utils.parseKey(rsaPem);
    if (parsed instanceof Error) throw parsed;
    const knownHosts = join(folder, 'known_hosts');
    const key = parsed.getPublicSSH().toString('base64');
    await writeFile(knownHosts, `cluster-7 ssh-rsa ${key}\n[127.0.0.1]:${host.port} ssh-rsa ${key}\n`);
    const nobody: WaySecrets = { known: () => undefined, ask: () => Promise.resolve(undefined), told: () => {} };
    await opens(hopTo(host.port, { knownHostsFiles: [knownHosts] }), nobody);
    await opens(hopTo(host.port, { knownHostsFiles: [knownHosts], hostKeyAlias: 'cluster-7' }), nobody);
    const elsewhere = hopTo(host.port, { knownHostsFiles: [knownHosts], hostKeyAlias: 'other' });
    await expect(opens(elsewhere, nobody)).rejects.toMatchObject({ code: 'ssh-host-key-unknown' });
  });

  it('finds the accepted key of any kind among those of the host', async () => {
    const host = await startHost(lets, { hostKeys: [ed25519.private, rsaPem] });
    const parsed = ssh2.utils.parseKey(rsaPem);
    if (parsed instanceof Error) throw parsed;
    const { sshFingerprintOf } = await import('./sshHostKey.ts');
    const hostKey = sshFingerprintOf(parsed.getPublicSSH());
    await opens(hopTo(host.port, { hostKey }), personWith([]).secrets);
  });

  it.each(['diffie-hellman-group16-sha512', 'diffie-hellman-group14-sha1', 'ecdh-sha2-nistp521'] as const)(
    'meets a host that has %s alone',
    async (kex) => {
      const host = await startHost(lets, { algorithms: { kex: [kex] } });
      await opens(hopTo(host.port), personWith([]).secrets);
    },
  );

  it('names what the host offers where nothing fits', async () => {
    const host = await startHost(lets, { algorithms: { kex: ['diffie-hellman-group1-sha1'] } });
    await expect(opens(hopTo(host.port), personWith([]).secrets)).rejects.toMatchObject({
      code: 'ssh-algorithms-differ',
      message: expect.stringMatching(/key exchange.*offers diffie-hellman-group1-sha1/) as string,
    });
  });
});

describe('a host that is busy', () => {
  it('is tried again, apart from refusals', async () => {
    const host = await startHost((context) => context.accept());
    let drops = 2;
    const gate = createTcpServer((socket) => {
      socket.on('error', () => {});
      if (drops-- > 0) {
        socket.end('Exceeded MaxStartups\r\n');
        return;
      }
      const inner = connectTcp(host.port, '127.0.0.1');
      inner.on('error', () => {});
      socket.pipe(inner).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(gate, 'listening');
    closers.push(() => {
      gate.close();
    });
    await opens(hopTo((gate.address() as AddressInfo).port), personWith([]).secrets);
    expect(drops).toBe(-1);
    drops = 99;
    await expect(opens(hopTo((gate.address() as AddressInfo).port), personWith([]).secrets)).rejects.toMatchObject({
      code: 'ssh-host-busy',
      message: expect.stringContaining('Exceeded MaxStartups') as string,
    });
  });

  it('is told from another program that answers in its place, which is asked once', async () => {
    let asked = 0;
    const web = createTcpServer((socket) => {
      asked += 1;
      socket.on('error', () => {});
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(web, 'listening');
    closers.push(() => {
      web.close();
    });
    const { port } = web.address() as AddressInfo;
    await expect(opens(hopTo(port), personWith([]).secrets)).rejects.toMatchObject({ code: 'ssh-not-spoken' });
    expect(asked).toBe(1);
  });
});
