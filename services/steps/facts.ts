import { z } from 'zod';
import type { FactSection } from '../nodes/NodePort.ts';
import { outcomeOfTrouble, probeOfTrouble } from './detached.ts';
import { nodeWork, type WorkKind } from './StepKind.ts';

const SECTIONS: readonly FactSection[] = ['os', 'packages', 'relations', 'filesystems', 'services', 'rpm'];

/** Reads facts from each node. */
export const facts: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  ...nodeWork<object, undefined>({
    workFor: () => undefined,
    run: async (node, _work, io) => {
      const read = await node.facts(SECTIONS, io.signal);
      if (!read.ok) return outcomeOfTrouble(read.trouble, io.signal);
      return { state: 'ok', facts: read.value, found: read.value.packages, service: read.value.service.state };
    },
    probe: async (node, _work, io) => {
      const read = await node.facts(['packages', 'services'], io.signal);
      if (!read.ok) return probeOfTrouble(read.trouble);
      return { done: 'no', found: read.value.packages, service: read.value.service.state };
    },
  }),
};
