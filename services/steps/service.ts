import { z } from 'zod';
import { exitText } from '../../core/model/commandOutput.ts';
import type { ServiceState } from '../../core/model/node.ts';
import { outcomeOfTrouble, probeByFacts, runDetached } from './detached.ts';
import type { NodeCommand } from '../nodes/NodePort.ts';
import { whyUnchanged } from './plan.ts';
import { nodeWork, type WorkKind } from './StepKind.ts';

interface ServiceParams {
  readonly action: 'stop' | 'start';
  /** Only nodes on which the plan changes something; otherwise every node, by what is so there. */
  readonly onlyWhereChanged: boolean;
}

/** What is done to the service of a node; without a name the node's facts tell it. */
export interface ServiceWork {
  readonly action: 'stop' | 'start';
  readonly name?: string | undefined;
  /** What the site does for it; otherwise `systemctl`. */
  readonly command?: readonly string[] | undefined;
}

const STATE_TEXTS: Readonly<Record<ServiceState, string>> = {
  up: 'up',
  down: 'down',
  unknown: 'not known to be up or down',
  none: 'not there',
};

const WANTED = { stop: 'down', start: 'up' } as const;

/** Stops or starts the service of a node; what counts is how the service is afterwards. */
export const serviceWork = nodeWork<ServiceParams, ServiceWork>({
  whyNot: ({ job, params }, nodeId) => {
    if (job.member(nodeId)?.service?.state === 'none') return 'the inventory names no service for it';
    return params.onlyWhereChanged ? whyUnchanged(job, nodeId) : undefined;
  },
  workFor: ({ job, params: { action } }, nodeId) => {
    const known = job.member(nodeId)?.facts?.service;
    return { action, name: known?.name, ...(known?.[action] ? { command: known[action] } : {}) };
  },
  run: async (node, { action, name: known, command: own }, io) => {
    let [name, words] = [known, own];
    if (name === undefined) {
      const before = await node.facts(['services'], io.signal);
      if (!before.ok) return outcomeOfTrouble(before.trouble, io.signal);
      const { service } = before.value;
      if (service.state === 'none') return { state: 'ok', service: 'none' };
      [name, words] = [service.name, service[action]];
    }
    const [program = 'systemctl', ...rest] = words ?? ['systemctl', action, name];
    io.onLog([program, ...rest].join(' '));
    // What a command of the site writes is read as it comes: it may be much.
    const how: Partial<NodeCommand> = words ? { live: true } : action === 'stop' ? { leavesNothing: true } : {};
    const command: NodeCommand = { argv: [program, ...rest], ...how };
    const ended = await runDetached(node, command, io, io.onLog);
    if ('outcome' in ended) return ended.outcome;
    const after = await node.facts(['services'], io.signal);
    if (!after.ok) return { ...outcomeOfTrouble(after.trouble, io.signal) };
    const { state } = after.value.service;
    if (state !== WANTED[action] || ended.exit.code !== 0) {
      const { code: exitCode, signal } = ended.exit;
      const how = `${[program, ...rest].join(' ')}, which ended with ${exitText({ exitCode, signal })}`;
      const message = `${name} on ${node.nodeId} is ${STATE_TEXTS[state]} after ${how}`;
      const cause = { code: 'service-failed', message };
      return { state: 'failed', cause, service: state };
    }
    io.onProgress(100);
    return { state: 'ok', service: state };
  },
  probe: (node, { action }, io) =>
    probeByFacts(node, io, ['services'], ({ service: { state } }) => ({
      done: state === WANTED[action] ? 'yes' : 'no',
      service: state,
    })),
});

/** Stops or starts the service of each node. */
export const service: WorkKind<ServiceParams> = {
  form: 'work',
  leavesPackages: true,
  params: z.strictObject({ action: z.enum(['stop', 'start']), onlyWhereChanged: z.boolean().default(false) }),
  ...serviceWork,
};
