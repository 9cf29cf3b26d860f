import { type Finding, findingsOf } from './findings.ts';

/** The certificate that clients are shown. */
export interface CertificateSeen {
  /** Made by putservices itself, not given by TLSCERT and TLSKEY. */
  readonly own: boolean;
  readonly fingerprint: string;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Whether it names this machine. */
  readonly namesHost: boolean;
  readonly hostName: string;
  readonly keyFile: string;
  /** Rights of the key file. */
  readonly keyMode: number;
}

const DAY_MS = 86_400_000;
/** An authority of a site takes its days to sign a new one. */
const SOON_DAYS = 30;
const { ok, notice, failed } = findingsOf('certificate');

/** Whether clients can use the certificate; undefined: none was made yet. */
export function judgeCertificate(seen: CertificateSeen | undefined, nowMs: number): Finding[] {
  if (!seen)
    return [
      notice('there is none yet', 'The next start makes one. Then hand its fingerprint on: putservices certificate.'),
    ];
  const { own, fingerprint, validFromMs, validToMs, namesHost, hostName, keyFile, keyMode } = seen;
  const findings: Finding[] = [];
  const days = Math.floor((validToMs - nowMs) / DAY_MS);
  const renew = own
    ? 'putservices renews it by itself at its start and once a day, with the same key.'
    : 'Have the authority sign a new one, put it in the place of TLSCERT and start putservices anew.';
  if (nowMs < validFromMs) {
    findings.push(
      failed(
        `it is not valid before ${new Date(validFromMs).toISOString()}`,
        'Look at the clock of this machine, else have the certificate made anew.',
      ),
    );
  } else if (nowMs >= validToMs) findings.push(failed(`it ended on ${new Date(validToMs).toISOString()}`, renew));
  else if (days < SOON_DAYS) findings.push(notice(`it ends in ${days} days`, renew));
  if ((keyMode & 0o077) !== 0) {
    findings.push(
      notice(
        `others than its owner have rights to ${keyFile} (${(keyMode & 0o777).toString(8)})`,
        `Whoever reads the key can pose as this system: chmod 600 ${keyFile}, or 640 with a group of the service alone.`,
      ),
    );
  }
  if (!own && !namesHost) {
    findings.push(
      notice(
        `it does not name this machine, ${hostName}`,
        'Clients that check it by its authority refuse it unless they dial a name that stands in it.',
      ),
    );
  }
  const whose = own ? 'own' : 'of TLSCERT';
  if (findings.length === 0) findings.push(ok(`${whose}, ${days} days left, fingerprint ${fingerprint}`));
  return findings;
}
