import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { FileClient } from '../../core/client/FileClient.ts';
import type { JobHead } from '../../core/model/jobParts.ts';
import { openFileSource } from '../../core/node/fileSource.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { stateWhere } from '../../e2e/support/installedVersions.ts';
import { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';
import { BENCH_PACKAGES } from './benchPackages.ts';
import { addresses, ansibleEnvironment, overMasters, run, secondsSince, sshOptions } from './labTools.ts';

/*
 * The same upgrade by different tools inside the network of a lab: from what is on the nodes to what was read back, the way of the files to the nodes counted. Seconds.
 */

interface Upgrade {
  /** Folder of the lab. */
  readonly folder: string;
  /** Files of the new packages. */
  readonly files: readonly string[];
  readonly service: string;
}

/** Nodes that the other tools work on at once: what is fastest on two cores, and what is usual. */
const AT_ONCE = '32';
let system: PracticeSystem | undefined;

/** Install/Upgrade Software through putservices, from the request of a client to the end as that client sees it. */
async function ours({ folder, files }: Upgrade): Promise<number> {
  const first = system === undefined;
  system ??= await PracticeSystem.start({
    real: { nodesFile: join(folder, 'nodes-inside.yaml'), keyFile: join(folder, 'id') },
  });
  const client = await system.signIn();
  try {
    if (first) {
      const uploads = new FileClient(client, createSystemClock());
      for (const file of files) await uploads.upload(await openFileSource(file), () => {}).done;
      uploads.close();
    }
    const jobId = randomUUID();
    const startMs = performance.now();
    await client.request('job.start', {
      jobId,
      operationId: 'install-upgrade-software',
      answers: { packages: files.map((file) => basename(file)) },
      acceptPlan: true,
    });
    const ends = new Set(['succeeded', 'warned', 'failed', 'exited', 'attention', 'input']);
    const head = await stateWhere<JobHead>(
      client,
      `job:${jobId}`,
      (state) => ends.has(state.state) && (state.state !== 'input' || state.answers?.active === false),
    );
    const seconds = secondsSince(startMs);
    if (head.state !== 'succeeded' && head.state !== 'warned') {
      const why = JSON.stringify(head.attention[0]?.cause ?? head.answers);
      throw new PutError('internal', `the job is ${head.state} at ${head.currentStep}: ${why}`);
    }
    return seconds;
  } finally {
    await client.close();
  }
}

/** What is done on a node, as one would write it: look, judge, stop, upgrade, start, read back. */
const steps = (files: readonly string[], service: string): string =>
  [
    'cd /tmp/put-bench',
    'rpm -qa > before',
    `rpmkeys -K --nosignature ${files.map((file) => basename(file)).join(' ')} > /dev/null`,
    'rpm -U --test *.rpm',
    `systemctl stop ${service}`,
    'rpm -U *.rpm',
    `systemctl start ${service}`,
    `rpm -q ${BENCH_PACKAGES.join(' ')} > after`,
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
${ssh} "$1" '${command}'
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
  ours,
  openMasters,
  rpmAlone,
  clush,
  ansible,
  end: async () => {
    await system?.stop();
    return true;
  },
});
