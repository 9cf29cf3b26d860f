import { z } from 'zod';
import { shellCommand } from '../../core/model/command.ts';
import type { NodeCommand, NodeHandle } from '../nodes/NodePort.ts';
import type { WorkOutcome } from '../sequencer/events.ts';
import { probeOfCommands, runDetached } from './detached.ts';
import type { JobSoFar } from './JobSoFar.ts';
import { nodeWork, type StepIo, type WorkKind } from './StepKind.ts';

/** Names of the settings that say what has to hold; each may be left out of a job. */
interface GateParams {
  readonly command?: string | undefined;
  readonly service?: string | undefined;
  readonly port?: string | undefined;
}

/** One thing that has to hold on a node. */
interface Check {
  /** Tells the commands of one attempt apart. */
  readonly part: string;
  readonly command: NodeCommand;
  /** What it says where it does not hold. */
  readonly otherwise: string;
}

function setting(job: JobSoFar, name: string | undefined): string | undefined {
  const value = name === undefined ? undefined : job.settings[name];
  return typeof value === 'number' || (typeof value === 'string' && value !== '') ? String(value) : undefined;
}

/** Sockets that listen, as the kernel tells them: it needs no tool on the node, and opens no connection that the service would have to refuse. */
function listens(port: number): NodeCommand {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return { argv: ['grep', '-qE', `:${hexPort} 0+:0000 0A `, '/proc/net/tcp', '/proc/net/tcp6'] };
}

/** What has to hold on a node before the next wave begins. */
export function gateChecks(job: JobSoFar, params: GateParams): readonly Check[] {
  const service = setting(job, params.service);
  const port = setting(job, params.port);
  const command = setting(job, params.command);
  const checks: Check[] = [];
  if (service !== undefined) {
    const argv = ['systemctl', 'is-active', service] as const;
    checks.push({ part: 'service', command: { argv }, otherwise: `the service ${service} is not active` });
  }
  if (port !== undefined)
    checks.push({ part: 'port', command: listens(Number(port)), otherwise: `nothing listens at port ${port}` });
  if (command !== undefined) {
    const [program = 'sh', ...words] = shellCommand(command);
    checks.push({
      part: 'command',
      command: { argv: [program, ...words], live: true },
      otherwise: `the command ${command} failed`,
    });
  }
  return checks;
}

async function judge(node: NodeHandle, checks: readonly Check[], io: StepIo): Promise<WorkOutcome> {
  const failed: string[] = [];
  for (const [at, { part, command, otherwise }] of checks.entries()) {
    io.onLog(command.argv.join(' '));
    const ended = await runDetached(node, command, io, io.onLog, undefined, part);
    if ('outcome' in ended) return ended.outcome;
    const { code, signal } = ended.exit;
    if (code !== 0) {
      failed.push(`${otherwise} (${code === undefined ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`})`);
    }
    io.onProgress((100 * (at + 1)) / checks.length);
  }
  if (failed.length === 0) return { state: 'ok' };
  return { state: 'failed', cause: { code: 'gate-failed', message: `${node.nodeId}: ${failed.join('; ')}` } };
}

/** Checks on each node of a wave what has to hold before the next one begins; changes nothing there. */
export const healthGate: WorkKind<GateParams> = {
  form: 'work',
  params: z.strictObject({
    command: z.string().optional(),
    service: z.string().optional(),
    port: z.string().optional(),
  }),
  ...nodeWork<GateParams, readonly Check[]>({
    workFor: ({ job, params }) => gateChecks(job, params),
    run: judge,
    probe: async (node, checks, io) => {
      const parts = checks.map(({ part }) => part);
      return (await probeOfCommands(node, io, parts)) ?? { done: 'no' };
    },
  }),
};
