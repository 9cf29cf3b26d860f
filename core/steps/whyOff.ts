import { faultText } from '../protocol/schemaWords.ts';
import type { Verdict } from './AskShape.ts';
import type { AnyAskShape } from './registry.ts';

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
  const read = shape.answer.safeParse(draft);
  return read.success ? undefined : faultText(read.error);
}
