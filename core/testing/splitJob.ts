import { countCells, type JobView } from '../model/job.ts';
import {
  outlineOf,
  parsePart,
  silentNodes,
  type JobHead,
  type JobNodeRow,
  type JobPart,
  type JobPartName,
  type Sharded,
  type StepHead,
} from '../model/jobParts.ts';

const SHARD = 128;
const versions = new WeakMap<object, number>();
let lastVersion = 0;

function versionOf(screen: object): number {
  const version = versions.get(screen) ?? ++lastVersion;
  versions.set(screen, version);
  return version;
}

/** The head of a whole job, for tests that make whole jobs. */
export function headOf(job: JobView): JobHead {
  const { steps, screen, inputs, nodes, plan, packages, attention, report, ...rest } = job;
  return {
    ...rest,
    steps: Object.fromEntries(
      Object.entries(steps).map(([stepId, { cells, ...step }]): [string, StepHead] => {
        const all = Object.values(cells ?? {});
        const ended = all.filter(({ state }) => state !== 'waiting' && state !== 'unknown');
        const percents = ended.map(({ state, percent = 0 }) => (state === 'running' ? percent : 100));
        const silent = stepId === job.currentStep ? silentNodes(Object.entries(cells ?? {})) : undefined;
        const percent = Math.floor(percents.reduce((sum, one) => sum + one, 0) / all.length);
        return [
          stepId,
          {
            ...step,
            ...(cells ? { counts: countCells(cells) } : {}),
            ...(all.length > 0 && stepId === job.currentStep ? { percent } : {}),
            ...(silent ? { silent } : {}),
          },
        ];
      }),
    ),
    ...(screen ? { screen: { stepId: screen.stepId, kind: screen.kind, version: versionOf(screen) } } : {}),
    answered: Object.fromEntries(Object.entries(inputs).map(([stepId, input]) => [stepId, outlineOf(input)])),
    nodes: Object.keys(nodes).length,
    packages: packages.length,
    planned: plan !== undefined,
    attention: attention.map(({ nodeIds, ...line }) => ({
      ...line,
      nodes: nodeIds.length,
      first: nodeIds.slice(0, 8),
    })),
    ...(report ? { report } : {}),
  };
}

function sharded<T>(nodeIds: readonly string[], valueOf: (nodeId: string) => T | undefined): Sharded<T> {
  const shards: Record<string, Record<string, T>> = {};
  for (const [index, nodeId] of nodeIds.entries()) {
    const value = valueOf(nodeId);
    if (value !== undefined) (shards[Math.floor(index / SHARD)] ??= {})[nodeId] = value;
  }
  return { shards };
}

/** A part of a whole job; throws for a name that no part has. */
export function partOf<P extends JobPartName>(job: JobView, name: P): JobPart<P> {
  return anyPartOf(job, name) as JobPart<P>;
}

function anyPartOf(job: JobView, name: string): object {
  const part = parsePart(name);
  const ids = Object.keys(job.nodes);
  switch (part?.kind) {
    case 'nodes':
      return sharded(ids, (id): JobNodeRow | undefined => job.nodes[id]);
    case 'plan':
      return job.plan ? { plan: job.plan } : {};
    case 'packages':
      return {
        order: job.packages.map(({ packageName }) => packageName),
        rows: Object.fromEntries(job.packages.map((row) => [row.packageName, row])),
      };
    case 'failed':
      return sharded(ids, (id) => {
        const outcomes = job.nodes[id]?.outcomes ?? {};
        const failed = Object.keys(outcomes).filter((one) => outcomes[one] === 'fail');
        return failed.length > 0 ? failed : undefined;
      });
    case 'services':
      return sharded(ids, (id) => {
        const service = job.nodes[id]?.service;
        return service?.state === 'up' ? undefined : service;
      });
    case 'held': {
      const { first = [] } = job.held ?? {};
      const held = { state: 'held' as const, user: job.driver, reason: 'no reason was given' };
      return sharded(first, () => held);
    }
    case 'report':
      return job.report ? { report: job.report } : {};
    case 'step': {
      const screen = job.screen?.stepId === part.of ? job.screen : undefined;
      const input = job.inputs[part.of];
      return { ...(screen ? { screen, version: versionOf(screen) } : {}), ...(input === undefined ? {} : { input }) };
    }
    case 'cells': {
      const cells = job.steps[part.of]?.cells ?? {};
      return sharded(Object.keys(cells), (id) => cells[id]);
    }
    case 'package':
      return sharded(ids, (id) => job.nodes[id]?.outcomes[part.of]);
    case 'node': {
      const node = job.nodes[part.of];
      const changes = job.plan?.nodes[part.of];
      return {
        ...(node ? { node } : {}),
        ...(changes ? { changes } : {}),
        cells: Object.fromEntries(
          Object.entries(job.steps).flatMap(([stepId, { cells }]) => {
            const cell = cells?.[part.of];
            return cell ? [[stepId, cell]] : [];
          }),
        ),
      };
    }
    default:
      throw new Error(`a job has no part ${name}`);
  }
}
