import type { z } from 'zod';
import { issueInWords } from '../model/schemaWords.ts';
import type { Verdict } from './AskShape.ts';
import type { AnyAskShape } from './registry.ts';

/** Parses with this tell what would be right. */
export const WORDS = { error: issueInWords };

/** The first thing that a schema refuses: the place in it, and what would be right. */
export function faultOf(error: z.ZodError): { readonly place: string; readonly message: string } {
  const issue = error.issues[0];
  const place = (issue?.path ?? []).reduce<string>(
    (before, key) =>
      typeof key === 'number' ? `${before}[${key}]` : `${before === '' ? '' : `${before}.`}${String(key)}`,
    '',
  );
  if (issue?.code === 'unrecognized_keys') {
    const at = [place, issue.keys[0]].filter((part) => part !== '').join('.');
    return { place: at, message: issue.message };
  }
  return { place, message: issue?.message ?? 'not understood' };
}

/**
 * Why an answer cannot be given at a screen, in words that stand behind `Next is off:`; undefined when it can. Window, putctl and the master ask this, so
 * that they give one reason. What only the master can judge (is that still in the library?) comes with its refusal.
 */
export function whyAnswerOff(
  shape: AnyAskShape,
  screen: unknown,
  draft: unknown,
  verdict?: Verdict,
): string | undefined {
  const off = shape.obstacle?.(screen) ?? shape.whyOff?.(screen, draft, verdict);
  if (off !== undefined) return off.trim() || 'the answer is refused';
  if (draft === undefined) return 'nothing is answered yet';
  const read = shape.answer.safeParse(draft, WORDS);
  if (read.success) return undefined;
  const { place, message } = faultOf(read.error);
  return place === '' ? message : `${place}: ${message}`;
}
