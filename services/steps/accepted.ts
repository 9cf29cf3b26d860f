import { createHash } from 'node:crypto';
import { canonicalText } from '../../core/model/canonicalText.ts';
import type { AnswerEffects } from '../sequencer/events.ts';
import { findStepKind, type AnyStepKind } from './registry.ts';
import type { StepContext } from './StepKind.ts';

/*
 * What a person accepts at a step that shows what will be done, as another person approves it: by a digest over all that is shown.
 */

/** The digest of what is shown, with what the job is and its settings. */
export function shownToAccept(
  kind: AnyStepKind & { form: 'ask' },
  { job, step }: StepContext,
  screen: unknown,
): NonNullable<AnswerEffects['shows']> {
  const { spec, settings } = job;
  const shown = kind.toApprove?.(screen) ?? screen;
  const text = canonicalText({ operation: spec.id, version: spec.version, step: step.id, settings, shown });
  return {
    digest: `sha256:${createHash('sha256').update(text).digest('hex')}`,
    ...(kind.isAsBound?.(job, screen) === true ? { asBound: true } : {}),
  };
}

/** In what two answers of a kind that accept what is shown differ, in words. */
export function changesOfAccepted(use: string, before: object, now: object): readonly string[] {
  const kind = findStepKind(use);
  return (kind?.form === 'ask' ? kind.changesSince?.(before, now) : undefined) ?? [];
}
