import { z } from 'zod';
import type { WorkKind } from './StepKind.ts';

/** Reads facts from each node. */
export const facts: WorkKind<object> = {
  form: 'work',
  params: z.strictObject({}),
  action: () => ({ kind: 'facts' }),
};
