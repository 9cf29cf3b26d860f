import { printable } from '../../core/model/strangerText.ts';
import type { MethodResult } from '../../core/protocol/methods.ts';
import { formatTime } from '../output/words.ts';
import type { StepId } from '../../core/model/operationSpec.ts';

export type LogLine = MethodResult<'job.nodeLog'>['lines'][number];

export interface LogOptions {
  readonly step?: StepId | undefined;
  readonly from?: number | undefined;
  readonly limit?: number | undefined;
  readonly since?: string | undefined;
  readonly follow?: boolean | undefined;
  readonly grep?: string | undefined;
  /** The nodes that did not come through. */
  readonly failed?: boolean | undefined;
}

/** A line of a log for people. */
export function lineText({ atMs, stepId, attempt, text }: LogLine): string {
  return `${formatTime(atMs)}  ${stepId}${attempt > 1 ? ` (attempt ${attempt})` : ''}  ${printable(text)}`;
}
