import { PutError } from '../protocol/errors.ts';

/** TLS alerts about the certificate of the other end (RFC 8446, section 6.2), as OpenSSL names them. */
const CERTIFICATE_ALERT =
  /^ERR_SSL_(SSLV3|TLSV1|TLSV13)_ALERT_(CERTIFICATE_REQUIRED|UNKNOWN_CA|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_REVOKED|CERTIFICATE_UNKNOWN|ACCESS_DENIED)$/;

/** `client-certificate-refused` for an alert about our certificate; undefined for anything else. */
export function certificateAlertError(where: string, error: Error): PutError | undefined {
  const systemCode = (error as NodeJS.ErrnoException).code ?? '';
  const reason = CERTIFICATE_ALERT.exec(systemCode)?.[2];
  if (reason === undefined) return undefined;
  const what = reason === 'CERTIFICATE_REQUIRED' ? 'demands a client certificate' : 'refused the client certificate';
  const words = reason.toLowerCase().replaceAll('_', ' ');
  return new PutError('client-certificate-refused', `${where} ${what} (${words})`, { systemCode }, { cause: error });
}
