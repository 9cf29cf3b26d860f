import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileClient } from '../../core/client/FileClient.ts';
import type { PutClient } from '../../core/client/PutClient.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';
import { shellWord } from '../../core/model/shellWords.ts';
import { listCommand } from '../../services/nodes/ssh/rpmFacts.ts';
import { addresses, ansibleEnvironment, overMasters, run, sshOptions } from './labTools.ts';
import { upgradeJob, type JobSeconds } from './upgradeJob.ts';

/*
 * The same upgrade by different tools inside the network of a lab: from what is on the nodes to what was read back, the way of the files to the nodes counted. Seconds.
 */

export interface Upgrade {
  /** Folder of the lab. */
  readonly folder: string;
  /** Files of the new packages. */
  readonly files: readonly string[];
  readonly service: string;
}

/** Nodes that the other tools work on at once: what is fastest on two cores, and what is usual. */
const AT_ONCE = '32';
let system: PracticeSystem | undefined;
let engineer: PutClient | undefined;

/** putservices on a master inside the lab, with the packages in its library. */
async function master({ folder, files }: Upgrade): Promise<PracticeSystem> {
  if (system) return system;
  system = await PracticeSystem.start({
    real: { nodesFile: join(folder, 'nodes-inside.yaml'), keyFile: join(folder, 'id') },
  });
  const client = await system.signIn();
  const uploads = new FileClient(client, createSystemClock());
  for (const file of files) await uploads.upload(await openFileSource(file), () => {}).done;
  uploads.close();
  await client.close();
  return system;
}

/** Install/Upgrade Software through putservices, by a client beside it that is signed in as the others are: once, before anything is measured. */
async function product(upgrade: Upgrade): Promise<JobSeconds> {
  engineer ??= await (await master(upgrade)).signIn();
  return upgradeJob(engineer, upgrade.files);
}

/**
 * What is done on a node, as one would write it: look, judge, stop, upgrade, start, read back. Both begin with the same inventory (packages, room, service), and
 * rpm is asked for what ours asks it for: all that a plan is judged by, whether there are signatures (these packages have none, and none is required), how far it
 * is, and the whole list afterwards.
 */
const steps = (files: readonly string[], service: string): string =>
  [
    'cd /tmp/put-bench',
    `${listCommand(true)} > before`,
    'df -Pkl > room',
    `systemctl is-active ${service} > state`,
    `rpmkeys -Kv ${files.map((file) => basename(file)).join(' ')} > checked`,
    'rpm -Uv --percent --test *.rpm > tested',
    `systemctl stop ${service}`,
    'rpm -Uv --percent *.rpm > done',
    `${listCommand(false)} > after`,
    `systemctl start ${service}`,
    `systemctl is-active ${service} > /dev/null`,
  ].join(' && ');

/** Brings files to every node over ssh masters that are open, and runs a command there. */
function overSsh(folder: string, files: readonly string[], to: string, command: string): Promise<number> {
  const ssh = `ssh ${sshOptions(folder, overMasters(folder)).join(' ')}`;
  const script = join(folder, 'over-ssh.sh');
  const [place = ''] = files.map((file) => dirname(file));
  const names = files.map((file) => basename(file)).join(' ');
  writeFileSync(
    script,
    `set -e
tar -C ${place} -cf - ${names} | ${ssh} "$1" 'mkdir -p ${to} && tar -C ${to} -xf -'
${ssh} "$1" ${shellWord(command)}
`,
  );
  const list = join(folder, 'hosts');
  writeFileSync(list, `${addresses(folder).join('\n')}\n`);
  return run('xargs', ['-a', list, '-P', AT_ONCE, '-I', '{}', 'sh', script, '{}']);
}

/** The same rpm commands under xargs over ssh masters that are open. */
const rpmAlone = ({ folder, files, service }: Upgrade): Promise<number> =>
  overSsh(folder, files, '/tmp/put-bench', steps(files, service));

async function clush({ folder, files, service }: Upgrade): Promise<number> {
  const options = sshOptions(folder, overMasters(folder)).join(' ').replaceAll('%', '%%');
  const words = ['-f', '128', '-S', '-w', addresses(folder).join(','), '-o', options];
  return (
    (await run('clush', [...words, 'mkdir -p /tmp/put-bench'])) +
    (await run('clush', [...words, '--copy', ...files, '--dest', '/tmp/put-bench/'])) +
    (await run('clush', [...words, steps(files, service)]))
  );
}

function ansible({ folder, files, service }: Upgrade): Promise<number> {
  const hosts = join(folder, 'ansible-hosts');
  mkdirSync(folder, { recursive: true });
  writeFileSync(hosts, `${addresses(folder).join('\n')}\n`);
  const playbook = join(folder, 'upgrade.json');
  const tasks = [
    { file: { path: '/tmp/put-bench', state: 'directory' } },
    ...files.map((file) => ({ copy: { src: file, dest: '/tmp/put-bench/' } })),
    ...steps(files, service)
      .split(' && ')
      .slice(1)
      .map((shell) => ({ shell, args: { chdir: '/tmp/put-bench' } })),
  ];
  writeFileSync(playbook, JSON.stringify([{ hosts: 'all', gather_facts: false, strategy: 'free', tasks }]));
  return run('ansible-playbook', ['-i', hosts, '-f', '32', playbook], ansibleEnvironment(folder));
}

/** Opens the connections that the others keep. */
const openMasters = ({ folder }: Upgrade): Promise<number> => {
  const list = join(folder, 'hosts');
  writeFileSync(list, `${addresses(folder).join('\n')}\n`);
  const words = sshOptions(folder, overMasters(folder));
  return run('xargs', ['-a', list, '-P', '64', '-I', '{}', 'ssh', ...words, '{}', 'true']);
};

serveTasks({
  bring: ({ folder, files, to }: Upgrade & { readonly to: string }) => overSsh(folder, files, to, 'true'),
  ours: async (upgrade: Upgrade) => (await product(upgrade)).seen,
  product,
  /** Where the master is reached from inside the lab, and as whom. */
  place: async (upgrade: Upgrade) => {
    const { target, user, password } = await master(upgrade);
    return { target, user, password };
  },
  openMasters,
  rpmAlone,
  clush,
  ansible,
  end: async () => {
    await engineer?.close();
    await system?.stop();
    return true;
  },
});
