import { errorOf, PutError, reportOf } from '../core/protocol/errors.ts';
import type { BridgeAnswer, ErrorReport } from '../electron/contract/bridge.ts';

/** The answer of an ask that failed within the page, as the bridge would give it. */
export function failedAnswer(error: PutError | ErrorReport): Extract<BridgeAnswer<never>, { ok: false }> {
  const known = error instanceof PutError ? error : errorOf(error);
  return { ok: false, error: { ...reportOf(known), nextStep: known.nextStep, retry: known.retry } };
}
