import { advisedReport, errorOf, PutError } from '../core/protocol/errors.ts';
import type { BridgeAnswer, ErrorReport } from '../electron/contract/bridge.ts';

/** The answer of an ask that failed within the page, as the bridge would give it. */
export function failedAnswer(error: PutError | ErrorReport): Extract<BridgeAnswer<never>, { ok: false }> {
  return { ok: false, error: advisedReport(error instanceof PutError ? error : errorOf(error)) };
}
