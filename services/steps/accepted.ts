import { createHash } from 'node:crypto';
import { canonicalText } from '../../core/model/canonicalText.ts';
import { isSameWindow, type RunWindow } from '../../core/model/runWindow.ts';
import type { AnswerEffects } from '../sequencer/events.ts';
import { findStepKind, type AnyStepKind } from './registry.ts';
import type { StepContext } from './StepKind.ts';

/*
 * What a person accepts at a step that shows what will be done, as another person approves it: by a digest over all that is shown.
 */

const digestOf = (content: object): string =>
  `sha256:${createHash('sha256').update(canonicalText(content)).digest('hex')}`;

/** The digest of what is shown, with what the job is and its settings. */
export function shownToAccept(
  kind: AnyStepKind & { form: 'ask' },
  { job, step }: StepContext,
  screen: unknown,
): NonNullable<AnswerEffects['shows']> {
  const { spec, settings } = job;
  const shown = kind.toApprove?.(screen) ?? screen;
  return {
    digest: digestOf({ operation: spec.id, version: spec.version, step: step.id, settings, shown }),
    ...(kind.isAsBound?.(job, screen) === true ? { asBound: true } : {}),
  };
}

/** The digest of what was accepted, once the job was given another time: of both. The same again with the time that it was accepted with. */
export function acceptedWithWindow(
  accepted: { readonly digest: string; readonly window: RunWindow },
  window: RunWindow,
): string {
  if (isSameWindow(accepted.window, window)) return accepted.digest;
  return digestOf({ accepted: accepted.digest, window });
}

/** In what two answers of a kind that accept what is shown differ, in words. */
export function changesOfAccepted(use: string, before: object, now: object): readonly string[] {
  const kind = findStepKind(use);
  return (kind?.form === 'ask' ? kind.changesSince?.(before, now) : undefined) ?? [];
}
