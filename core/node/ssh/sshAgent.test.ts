import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import ssh2 from 'ssh2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_WAY_SECRETS } from '../../model/ways.ts';
import { agentOfOneKey, listAgentKeys, parseAgentKeys } from './sshAgent.ts';
import type { SshHop } from './sshHostSettings.ts';
import { findHopKeys } from './sshKeys.ts';

const hasAgent = spawnSync('which', ['ssh-agent']).status === 0;
let folder: string;
const servers: Server[] = [];
let agent: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'put-agent-'));
});
afterEach(async () => {
  agent?.kill();
  agent = undefined;
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

const hopWith = (more: Partial<SshHop>): SshHop => ({
  ...{ host: 'gate', address: 'gate', port: 22, user: 'eva', keyFiles: [], knownHostsFiles: [], jump: false },
  ...more,
});

async function makeKey(name: string, ...args: string[]): Promise<string> {
  const file = join(folder, name);
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file, ...args]);
  if (made.status !== 0) throw new Error(String(made.stderr));
  return file;
}
const blobOf = async (file: string): Promise<string> => (await readFile(`${file}.pub`, 'utf8')).split(' ')[1] ?? '';

/** An agent that takes connections and says `answer`, or nothing. */
async function strangeAgent(answer?: Buffer): Promise<string> {
  const path = join(folder, 'strange');
  const server = createServer((socket) => {
    socket.on('error', () => {});
    if (answer) socket.end(answer);
  }).listen(path);
  await once(server, 'listening');
  servers.push(server);
  return path;
}

describe('an SSH agent that is no help', () => {
  it.each([
    ['is not there', undefined, /cannot be reached \(ENOENT\)/],
    ['never answers', 'silent', /did not answer within 0.05 s/],
    ['refuses', Buffer.from([0, 0, 0, 1, 5]), /refused to list/],
    ['announces too much', Buffer.from([255, 0, 0, 0]), /announced/],
    ['hangs up', Buffer.alloc(0), /closed the connection/],
  ] as const)('%s: it is named, with the reason', async (_what, answer, reason) => {
    const path =
      answer === undefined ? join(folder, 'nothing') : await strangeAgent(answer === 'silent' ? undefined : answer);
    await expect(listAgentKeys(path, 50)).rejects.toMatchObject({
      code: 'ssh-agent-unavailable',
      message: expect.stringMatching(reason) as string,
      details: { agent: path },
    });
  });

  it('never signs: it is hung up on at the deadline, so that nothing keeps the program from ending', async () => {
    const key = await makeKey('id');
    const parsed = ssh2.utils.parseKey(await readFile(`${key}.pub`));
    if (parsed instanceof Error) throw parsed;
    const path = join(folder, 'strange');
    const hungUp = new Promise<void>((resolve) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.resume().once('close', () => resolve());
      }).listen(path);
      servers.push(server);
    });
    const fault = await new Promise<Error | null | undefined>((resolve) => {
      agentOfOneKey(path, parsed, 50).sign(parsed, Buffer.from('data'), {}, (error) => resolve(error));
    });
    expect(fault?.message).toMatch(/did not sign in time/);
    await hungUp;
  });

  it('leaves the key files, which go on alone', async () => {
    const key = await makeKey('id');
    const keys = await findHopKeys(hopWith({ keyFiles: [key], agent: join(folder, 'nothing') }), NO_WAY_SECRETS);
    expect(keys.usable.map(({ in: place }) => place)).toEqual(['file']);
    expect(keys.agentFault).toMatchObject({ code: 'ssh-agent-unavailable' });
  });

  it('reads any answer without a fault', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const keys = parseAgentKeys(Buffer.from([12, ...bytes]));
        expect(keys === undefined || Array.isArray(keys)).toBe(true);
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});

describe.skipIf(!hasAgent)('the keys of an agent', () => {
  async function startAgent(...files: string[]): Promise<string> {
    const path = join(folder, 'agent');
    agent = spawn('ssh-agent', ['-D', '-a', path], { stdio: ['ignore', 'pipe', 'ignore'] });
    if (agent.stdout) await once(agent.stdout, 'data');
    const added = spawnSync('ssh-add', ['-q', ...files], { env: { ...process.env, SSH_AUTH_SOCK: path } });
    if (added.status !== 0) throw new Error(String(added.stderr));
    return path;
  }

  it('are those of the named files with IdentitiesOnly, a .pub file among them, and each is offered once', async () => {
    const [one, two, three] = [await makeKey('one'), await makeKey('two'), await makeKey('three')];
    const path = await startAgent(one, two, three);
    const blobs = { one: await blobOf(one), two: await blobOf(two), three: await blobOf(three) };
    const only = await findHopKeys(
      hopWith({ keyFiles: [`${two}.pub`], agent: path, identitiesOnly: true }),
      NO_WAY_SECRETS,
    );
    expect(only.usable).toMatchObject([{ in: 'agent', blob: blobs.two, agent: path }]);
    const all = await findHopKeys(hopWith({ keyFiles: [`${three}.pub`, one], agent: path }), NO_WAY_SECRETS);
    expect(all.usable.map(({ in: place, blob }) => [place, blob])).toEqual([
      ['file', blobs.one],
      ['agent', blobs.three],
      ['agent', blobs.two],
    ]);
  });

  it('spare the passphrase of a file that is loaded', async () => {
    const locked = await makeKey('locked');
    const path = await startAgent(locked);
    const again = spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'let me in', '-f', locked]);
    expect(again.status).toBe(0);
    const keys = await findHopKeys(hopWith({ keyFiles: [locked], agent: path }), NO_WAY_SECRETS);
    expect([keys.usable.length, keys.locked.length]).toEqual([1, 0]);
    const alone = await findHopKeys(hopWith({ keyFiles: [locked] }), NO_WAY_SECRETS);
    expect([alone.usable.length, alone.locked.length]).toEqual([0, 1]);
  });

  it('that only OpenSSH can use are named', async () => {
    const [key, authority] = [await makeKey('user'), await makeKey('authority')];
    const signed = spawnSync('ssh-keygen', ['-q', '-s', authority, '-I', 'eva', '-n', 'eva', `${key}.pub`]);
    expect(signed.status).toBe(0);
    const path = await startAgent(key);
    const byFile = await findHopKeys(hopWith({ keyFiles: [key] }), NO_WAY_SECRETS);
    expect(byFile.onlyOpenSsh).toEqual([`the certificate ${key}-cert.pub`]);
    const byAgent = await findHopKeys(hopWith({ agent: path }), NO_WAY_SECRETS);
    expect(byAgent.onlyOpenSsh).toEqual(['a key of the agent (ssh-ed25519-cert-v01@openssh.com)']);
    await writeFile(join(folder, 'token.pub'), 'sk-ssh-ed25519@openssh.com AAAA\n');
    const onToken = await findHopKeys(hopWith({ keyFiles: [join(folder, 'token')] }), NO_WAY_SECRETS);
    expect(onToken.onlyOpenSsh[0]).toMatch(/the key on a token/);
  });
});
