import { X509Certificate } from 'node:crypto';

/** Host names and addresses that a certificate is made out to, without those that stand for many (wildcards). */
export function certificateHosts(certificatePem: string): readonly string[] {
  const { subjectAltName = '' } = new X509Certificate(certificatePem);
  return [...subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):([A-Za-z0-9._:-]+)(?=,|$)/g)].map(
    ([, host = '']) => host,
  );
}
