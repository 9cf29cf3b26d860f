import { z } from 'zod';
import { clockOffText } from '../../core/model/clockOff.ts';
import { sameMachineWarnings } from '../../core/model/factsWarnings.ts';
import { briefNames } from '../../core/model/nodeNames.ts';
import { versionRows } from '../../core/model/versionTable.ts';
import type { RowOf } from '../../core/steps/tables.ts';
import { FACT_SECTIONS, type FactSection } from '../nodes/NodePort.ts';
import { outcomeOfTrouble, probeOfTrouble } from './detached.ts';
import { nodeWork, type StepTable, type TableContext, type WorkKind } from './StepKind.ts';

interface FactsParams {
  /** What is read; without it, what a plan needs to know. */
  readonly sections: readonly FactSection[];
}

interface FactsWork extends FactsParams {
  /** Whether a node is one of the job. */
  readonly takesPart: (nodeId: string) => boolean;
}

/** Everything but what only a switch of versions asks for. */
const SECTIONS = FACT_SECTIONS.filter((section) => section !== 'active-versions');

/** Reads facts from each node. */
export const facts: WorkKind<FactsParams> = {
  form: 'work',
  params: z.strictObject({
    sections: z.array(z.enum(FACT_SECTIONS)).min(1).default(SECTIONS),
  }),
  ...nodeWork<FactsParams, FactsWork>({
    workFor: ({ job, params }) => ({ sections: params.sections, takesPart: (nodeId) => !!job.member(nodeId) }),
    run: async (node, { sections, takesPart }, io) => {
      const read = await node.facts(sections, io.signal);
      if (!read.ok) return outcomeOfTrouble(read.trouble, io.signal);
      const clockOff = clockOffText(read.value.clockOffsetMs);
      if (clockOff !== undefined) io.onLog(`the clock of ${node.nodeId} is ${clockOff}`);
      // A state that was not asked for is not known, and nothing is said of it.
      const seen = sections.includes('services') ? { service: read.value.service.state } : {};
      const told = { facts: read.value, found: read.value.packages, ...seen };
      const others = (read.value.boot?.alsoNamed ?? []).filter(takesPart);
      if (others.length === 0) return { state: 'ok', ...told };
      const message = `${node.nodeId} is the same machine as ${others.join(', ')}`;
      io.onLog(message);
      return { state: 'warned', cause: { code: 'same-machine', message }, ...told };
    },
    probe: async (node, _work, io) => {
      const read = await node.facts(['packages', 'services'], io.signal);
      if (!read.ok) return probeOfTrouble(read.trouble);
      return { done: 'no', found: read.value.packages, service: read.value.service.state };
    },
  }),
};

/** What is where, by node type, of every package. */
export function versionsOfNodes({ job }: TableContext): StepTable<RowOf<'facts', 'versions'>> {
  const members = job.members();
  const unread = members.filter(({ found }) => found === undefined).map(({ nodeId }) => nodeId);
  const rows = versionRows(members.map(({ nodeId, type, found }) => ({ nodeId, type, packages: found })));
  const notes = sameMachineWarnings(members).map(({ message }) => message);
  if (unread.length > 0) {
    const whose = unread.length === 1 ? 'a node' : `${unread.length} nodes`;
    notes.push(`The packages of ${whose} are not known: ${briefNames(unread)}.`);
  }
  return { rows, notes };
}

/** What differs between nodes of one type. */
export function versionsThatDiffer(context: TableContext): StepTable<RowOf<'facts', 'differences'>> {
  const { rows, notes } = versionsOfNodes(context);
  return { rows: rows.filter(({ differs }) => differs), notes };
}
