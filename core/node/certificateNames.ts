import type { X509Certificate } from 'node:crypto';

/** Names come from whoever answers: no longer than this is shown. */
const MOST_CHARACTERS = 80;

/** Common name of a distinguished name as Node writes it, else the organisation, else all of it; without what is not printable. */
function nameOf(distinguished: string): string {
  const parts = distinguished.split('\n');
  const of = (key: string): string | undefined => parts.findLast((part) => part.startsWith(key))?.slice(key.length);
  const name = of('CN=') ?? of('O=') ?? parts.join(', ');
  return [...name.replace(/\p{C}/gu, '?')].slice(0, MOST_CHARACTERS).join('');
}

/** Who a certificate says it is from, in words to follow "the certificate F": an inspecting device names itself here. */
export function originOf(certificate: X509Certificate): string {
  const { issuer, subject } = certificate;
  return issuer === subject ? `made out to "${nameOf(subject)}" by itself` : `issued by "${nameOf(issuer)}"`;
}
