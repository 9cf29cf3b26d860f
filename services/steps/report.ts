import { z } from 'zod';
import type { ConcludeKind } from './StepKind.ts';

/** Writes the report. */
export const report: ConcludeKind<object> = { form: 'conclude', params: z.strictObject({}) };
