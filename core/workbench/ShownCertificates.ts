import { reportOf, type ErrorReport } from '../protocol/errors.ts';
import { certificateQuestion } from '../model/certificateQuestion.ts';
import type { SystemView } from './state.ts';

const fingerprintOf = (report: ErrorReport | undefined): string | undefined => certificateQuestion(report)?.shown;

/** By system: the certificate that its last refused sign-in has shown to a person; only that can be accepted. */
export class ShownCertificates {
  readonly #fingerprints = new Map<string, string>();

  /** A sign-in was refused. */
  note(systemId: string, error: unknown): void {
    const shown = fingerprintOf(reportOf(error));
    if (shown !== undefined) this.#fingerprints.set(systemId, shown);
  }

  /** Whether a person was shown it, by a refused sign-in or by the session as it stands. */
  has(systemId: string, fingerprint: string, session: SystemView['session'] | undefined): boolean {
    const asked = session && 'cause' in session ? fingerprintOf(session.cause) : undefined;
    return this.#fingerprints.get(systemId) === fingerprint || asked === fingerprint;
  }

  forget(systemId: string): void {
    this.#fingerprints.delete(systemId);
  }
}
