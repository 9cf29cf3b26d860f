import type { ErrorReport } from '../protocol/errors.ts';

/** A certificate about which a person is asked. */
export interface CertificateQuestion {
  readonly shown: string;
  /** Absent: none was accepted before. */
  readonly pinned?: string | undefined;
  /** Who made the one that is shown, in words, where that is known. */
  readonly origin?: string | undefined;
}

/** What the report asks of a person: at a sign-in by its code, of a session that waits before a stranger by what that was. */
export function certificateQuestion(report: ErrorReport | undefined): CertificateQuestion | undefined {
  const { code, details } = report ?? {};
  const asked = code === 'stranger-answers' ? details?.['was'] : code;
  if (asked !== 'certificate-unknown' && asked !== 'certificate-changed') return undefined;
  const shown = details?.['fingerprint'];
  const pinned = details?.['pinned'];
  const origin = details?.['origin'];
  if (typeof shown !== 'string') return undefined;
  return {
    shown,
    ...(typeof origin === 'string' ? { origin } : {}),
    ...(asked === 'certificate-changed' ? { pinned: typeof pinned === 'string' ? pinned : '' } : {}),
  };
}
