import { JOB_OUTCOMES } from '../../core/model/job.ts';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ssh2 from 'ssh2';
import type { JobHead } from '../../core/model/jobParts.ts';
import { createSystemClock } from '../../core/node/systemClock.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { stateWhere } from '../../e2e/support/installedVersions.ts';
import { PracticeSystem } from '../../e2e/support/practiceSystem.ts';
import { serveTasks } from '../../lab/NamespaceWorker.ts';
import type { NodePort, WorkKey } from '../../services/nodes/NodePort.ts';
import { openSshNodePort } from '../../services/nodes/ssh/SshNodePort.ts';
import { addresses, ansibleEnvironment, inventoryOf, overMasters, run, secondsSince, sshOptions } from './labTools.ts';

/*
 * Measures inside the network of a lab, where every tool reaches the nodes in the same way. All times are seconds by the clock, from the call to the end of
 * the last node.
 */

interface Place {
  /** Folder of the lab. */
  readonly folder: string;
  readonly nodes: readonly string[];
}

const NEVER = new AbortController().signal;
let system: PracticeSystem | undefined;
let port: NodePort | undefined;
let works = 0;

/** A no-op as detached work on every node, by the driver alone. */
async function driver({ folder, nodes }: Place): Promise<number> {
  if (!port) {
    const inventory = inventoryOf(folder);
    const key = ssh2.utils.parseKey(readFileSync(join(folder, 'id')));
    if (key instanceof Error) throw key;
    port = openSshNodePort({
      inventory: { current: () => inventory, onChange: () => () => {} },
      key: { key, publicLine: '' },
      secrets: { sudoPassword: () => undefined, wrongSudoPassword: () => {} },
      clock: createSystemClock(),
      log: { info: () => {}, warn: () => {}, error: () => {} },
    });
    await port.refresh();
  }
  const opened = port;
  const attempt = ++works;
  const startMs = performance.now();
  await Promise.all(
    nodes.map(async (nodeId) => {
      const key: WorkKey = { jobId: `bench-${process.pid}`, stepId: 'no-op', attempt };
      const node = opened.node(nodeId, { ...key, mode: 'run' });
      const started = await node.start(key, { argv: ['true'] }, NEVER);
      const ended = started.ok ? await node.follow(key, 0, { onChunk: () => {} }, NEVER) : started;
      if (!ended.ok) throw new PutError('internal', ended.trouble.cause.message);
      if (ended.value.code !== 0) throw new PutError('internal', `${nodeId}: true ended with ${ended.value.code}`);
    }),
  );
  return secondsSince(startMs);
}

/** The operation Run Command through putservices, from the request of a client to the end as that client sees it: the whole job, and its work step. */
async function product({ folder, nodes }: Place): Promise<{ job: number; step: number }> {
  system ??= await PracticeSystem.start({
    real: { nodesFile: join(folder, 'nodes-inside.yaml'), keyFile: join(folder, 'id') },
  });
  const client = await system.signIn();
  try {
    const jobId = randomUUID();
    const startMs = performance.now();
    await client.request('job.start', {
      jobId,
      operationId: 'run-command',
      answers: { command: ['true'] },
      acceptPlan: true,
      settings: { nodesAtOnce: Math.max(64, nodes.length) },
    });
    let stepFromMs = startMs;
    const ends = new Set<string>([...JOB_OUTCOMES, 'attention', 'input']);
    const view = await stateWhere<JobHead>(client, `job:${jobId}`, (state) => {
      if (state.currentStep === 'run' && stepFromMs === startMs) stepFromMs = performance.now();
      return ends.has(state.state) && (state.state !== 'input' || state.answers?.active === false);
    });
    const job = secondsSince(startMs);
    if (view.state !== 'succeeded') {
      throw new PutError(
        'internal',
        `the job is ${view.state}: ${JSON.stringify(view.attention?.[0]?.cause ?? view.answers)}`,
      );
    }
    return { job, step: secondsSince(stepFromMs) };
  } finally {
    await client.close();
  }
}

serveTasks({
  driver,
  product,
  ssh: ({ folder }: Place) => {
    const list = join(folder, 'hosts');
    writeFileSync(list, `${addresses(folder).join('\n')}\n`);
    return run('xargs', ['-a', list, '-P', '64', '-I', '{}', 'ssh', ...sshOptions(folder), '{}', 'true']);
  },
  clush: ({ folder }: Place) =>
    run('clush', ['-f', '128', '-w', addresses(folder).join(','), '-o', sshOptions(folder).join(' '), 'true']),
  clushWarm: ({ folder }: Place) =>
    run('clush', [
      '-f',
      '128',
      '-w',
      addresses(folder).join(','),
      '-o',
      // clush reads a per cent sign as one of its own.
      sshOptions(folder, overMasters(folder)).join(' ').replaceAll('%', '%%'),
      'true',
    ]),
  pdsh: ({ folder }: Place) =>
    run('pdsh', ['-R', 'ssh', '-f', '128', '-w', addresses(folder).join(','), 'true'], {
      PDSH_SSH_ARGS_APPEND: sshOptions(folder).join(' '),
    }),
  ansible: ({ folder }: Place) => {
    const hosts = join(folder, 'ansible-hosts');
    mkdirSync(folder, { recursive: true });
    writeFileSync(hosts, `${addresses(folder).join('\n')}\n`);
    return run('ansible', ['all', '-i', hosts, '-f', '32', '-m', 'command', '-a', 'true'], ansibleEnvironment(folder));
  },
  end: async () => {
    await port?.close();
    await system?.stop();
    return true;
  },
});
