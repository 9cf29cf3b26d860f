import { reportOf, type ErrorReport } from '../protocol/errors.ts';
import type { SystemView } from './state.ts';

/** The certificate about which a person is asked, where the report asks. */
function fingerprintOf(report: ErrorReport | undefined): string | undefined {
  if (report?.code !== 'certificate-unknown' && report?.code !== 'certificate-changed') return undefined;
  const { fingerprint } = report.details;
  return typeof fingerprint === 'string' ? fingerprint : undefined;
}

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
