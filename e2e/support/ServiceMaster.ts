import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../../lab/Lab.ts';
import type { PutctlRun } from './runPutctl.ts';

const PUTCTL = fileURLToPath(new URL('../../dist/putctl.js', import.meta.url));
const STATE = '/var/lib/putservices';
const PASSWORD = 'long enough';
const DEADLINE_MS = 30_000;

/** The first node of a lab as the master of all of its nodes: the package of putservices is on it, as a service of its systemd. */
export class ServiceMaster {
  readonly lab: Lab;
  readonly #folder: string;
  #fingerprint = '';

  /** `folder`: for what putctl needs on this machine. */
  constructor(lab: Lab, folder: string) {
    this.lab = lab;
    this.#folder = folder;
  }

  get node(): Lab['nodes'][number] {
    const [node] = this.lab.nodes;
    if (!node) throw new Error('the lab has no node');
    return node;
  }

  /** Runs a script on a node as root, on the master unless another is named; what it printed. Throws with that where its status is another one. */
  async run(script: string, status = 0, nodeId = this.node.nodeId): Promise<string> {
    // What Node is told by the environment of this machine is not there on a master.
    const done = await this.lab.run(nodeId, `unset NODE_EXTRA_CA_CERTS NODE_OPTIONS; ${script}`);
    if (done.status !== status) throw new Error(`${script}\nended with ${done.status}\n${done.output}`);
    return done.output;
  }

  /** Waits until a script ends well on the master. Throws with the end of the journal where it does not in time. */
  async until(script: string, stillWanted = (): boolean => true): Promise<void> {
    for (const end = performance.now() + DEADLINE_MS; performance.now() < end && stillWanted(); await wait(100))
      if ((await this.lab.run(this.node.nodeId, script)).status === 0) return;
    throw new Error(`not so in time: ${script}\n${await this.run('journalctl -u putservices -n 30 --no-pager')}`);
  }

  /** Brings a file to a node, to the master unless another is named. */
  async copy(file: string, to: string, node = this.node): Promise<void> {
    const { address, port } = node.outside;
    const options = ['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'];
    const words = [...options, '-i', this.lab.keyFile, '-p', String(port), `root@${address}`, `cat > ${to}`];
    const copy = spawn('ssh', words, { stdio: ['pipe', 'ignore', 'inherit'] });
    createReadStream(file).pipe(copy.stdin);
    const [code] = (await once(copy, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${file} could not be brought to ${node.nodeId}`);
  }

  /** Once the service runs: an account, the inventory with all nodes of the lab, the master's key on each of them. */
  async settle(): Promise<void> {
    writeFileSync(join(this.#folder, 'password'), `${PASSWORD}\n`, { mode: 0o600 });
    const asService = 'runuser -u putservices --';
    await this.run(
      `echo '${PASSWORD}' | ${asService} putservices account add anna --role admin --state ${STATE} --password-file -`,
    );
    writeFileSync(join(this.#folder, 'nodes.yaml'), this.lab.inventoryFile('inside'));
    await this.copy(join(this.#folder, 'nodes.yaml'), '/root/nodes.yaml');
    await this.run(`install -o putservices -m 600 /root/nodes.yaml ${STATE}/nodes.yaml`);
    await this.until(`cmp -s ${STATE}/nodes.yaml ${STATE}/nodes-in-effect.yaml`);
    const line = await this.run(`ssh-keygen -y -f ${STATE}/ssh/id_ed25519`);
    for (const { nodeId } of this.lab.nodes) await this.run(`echo '${line}' >>/root/.ssh/authorized_keys`, 0, nodeId);
    this.#fingerprint = await this.run(`${asService} putservices certificate --state ${STATE}`);
  }

  /** The built putctl of this machine, inside the network of the lab. */
  putctl(command: string, ...args: readonly string[]): ChildProcess {
    const [enter = '', ...words] = this.lab.enter;
    return spawn(
      enter,
      [
        ...[...words, process.execPath, PUTCTL, command],
        ...['--host', this.node.inside.address, '--user', 'anna', '--fingerprint', this.#fingerprint],
        ...['--password-file', join(this.#folder, 'password'), ...args],
      ],
      { env: { ...process.env, HOME: this.#folder }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
  }

  /** The same to its end. */
  async putctlRun(command: string, ...args: readonly string[]): Promise<PutctlRun> {
    const child = this.putctl(command, ...args);
    let [out, err] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (err += text));
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, out, err };
  }

  /** Puts packages on a node as they are before an upgrade, without their scriptlets. */
  async install(files: readonly string[], node: Lab['nodes'][number]): Promise<void> {
    for (const file of files) {
      await this.copy(file, `/root/${basename(file)}`, node);
      await this.run(`rpm -U --noscripts --force-debian /root/${basename(file)}`, 0, node.nodeId);
    }
  }
}

/** The state folder of the service. */
export const SERVICE_STATE = STATE;

/** A block of a document in the repository, by the language that it is marked with. */
export function blockOf(document: string, language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(readFileSync(document, 'utf8'))?.[1] ?? '';
}
