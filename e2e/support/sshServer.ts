import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { SshSurroundings } from '../../core/node/ssh/sshConfiguration.ts';
import { freePort } from './freePort.ts';
import { processesBelow } from './processes.ts';

const SSHD = '/usr/sbin/sshd';
/** Any port is free in a namespace of its own. */
const NAMESPACE_PORT = 2222;
const READY_DEADLINE_MS = 10_000;

/** Why a real sshd cannot be started here; undefined where it can. */
export function whyNoSshd(): string | undefined {
  if (!existsSync(SSHD)) return 'sshd is not installed';
  if (process.getuid?.() !== 0) return 'a test sshd needs root to let its own user in';
  return undefined;
}

/** A real OpenSSH server on loopback that lets one key in, with everything it needs in a temporary folder. */
export class SshServer {
  readonly folder: string;
  readonly address: string;
  readonly port: number;
  readonly user = userInfo().username;
  readonly keyFile: string;
  /** The same key, encrypted with the passphrase `let me in`. */
  readonly encryptedKeyFile: string;
  readonly knownHostsFile: string;
  /** `SHA256:...`, as ssh-keygen -lf prints it. */
  readonly hostKey: string;
  readonly #process: ChildProcess;
  #configs = 0;

  private constructor(folder: string, address: string, port: number, hostKey: string, process: ChildProcess) {
    this.folder = folder;
    this.address = address;
    this.port = port;
    this.hostKey = hostKey;
    this.keyFile = join(folder, 'id');
    this.encryptedKeyFile = join(folder, 'id-encrypted');
    this.knownHostsFile = join(folder, 'known_hosts');
    this.#process = process;
  }

  /** What this machine has for ssh: `configText` in place of its configuration, this host's key known, its own program. */
  async surroundings(configText = '', more: Partial<SshSurroundings> = {}): Promise<SshSurroundings> {
    const configFile = join(this.folder, `config-${this.#configs++}`);
    await writeFile(configFile, `${configText}\nHost *\n  UserKnownHostsFile ${this.knownHostsFile}\n`, {
      mode: 0o600,
    });
    return { configFile, program: 'ssh', home: this.folder, localUser: this.user, env: {}, ...more };
  }

  /**
   * Starts it on a free port of loopback, or in a network namespace at an address there; `config` goes before its own
   * lines, so that it counts.
   */
  static async start(
    place?: {
      readonly namespace: string;
      readonly address: string;
      readonly port?: number;
    },
    config: (folder: string) => readonly string[] = () => [],
  ): Promise<SshServer> {
    const folder = await mkdtemp(join(tmpdir(), 'put-sshd-'));
    const keygen = (...args: string[]): void => {
      const done = spawnSync('ssh-keygen', ['-q', ...args]);
      if (done.status !== 0) throw new Error(String(done.stderr));
    };
    keygen('-t', 'ed25519', '-N', '', '-f', join(folder, 'host'));
    keygen('-t', 'ed25519', '-N', '', '-f', join(folder, 'id'));
    await writeFile(join(folder, 'id-encrypted'), await readFile(join(folder, 'id')), { mode: 0o600 });
    keygen('-p', '-P', '', '-N', 'let me in', '-f', join(folder, 'id-encrypted'));
    await mkdir('/run/sshd', { recursive: true });
    const address = place?.address ?? '127.0.0.1';
    const port = place ? (place.port ?? NAMESPACE_PORT) : await freePort();
    await writeFile(
      join(folder, 'sshd_config'),
      [
        ...config(folder),
        `ListenAddress ${address}:${port}`,
        `HostKey ${join(folder, 'host')}`,
        `AuthorizedKeysFile ${join(folder, 'id.pub')}`,
        'PermitRootLogin prohibit-password',
        'StrictModes no',
        'UsePAM no',
        'PidFile none',
        '',
      ].join('\n'),
    );
    const [type, key] = (await readFile(join(folder, 'host.pub'), 'utf8')).split(' ');
    await writeFile(
      join(folder, 'known_hosts'),
      `${port === 22 ? address : `[${address}]:${port}`} ${type ?? ''} ${key ?? ''}\n`,
    );
    const args = ['-D', '-e', '-f', join(folder, 'sshd_config')];
    const child = place
      ? spawn('ip', ['netns', 'exec', place.namespace, SSHD, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
      : spawn(SSHD, args, { stdio: 'ignore' });
    const printed = spawnSync('ssh-keygen', ['-lf', join(folder, 'host.pub')], { encoding: 'utf8' }).stdout;
    const server = new SshServer(folder, address, port, printed.split(' ')[1] ?? '', child);
    // Only a process inside a namespace can connect there; sshd says that it listens.
    if (place) await once(child.stderr as Readable, 'data', { signal: AbortSignal.timeout(READY_DEADLINE_MS) });
    else await server.#untilReady();
    return server;
  }

  /** Ends every connection as a lost line does; new ones are let in. */
  cutConnections(): void {
    for (const pid of processesBelow(this.#process.pid ?? 0)) process.kill(pid, 'SIGKILL');
  }

  async stop(): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await gone;
    await rm(this.folder, { recursive: true, force: true });
  }

  async #untilReady(): Promise<void> {
    for (const deadline = Date.now() + READY_DEADLINE_MS; Date.now() < deadline;) {
      const socket = connect(this.port, '127.0.0.1');
      const ready = await new Promise<boolean>((resolve) => {
        socket.once('data', () => resolve(true));
        socket.once('error', () => resolve(false));
      });
      socket.destroy();
      if (ready) return;
    }
    throw new Error('sshd did not start');
  }
}
