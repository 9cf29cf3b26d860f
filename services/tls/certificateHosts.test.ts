import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { certificateHosts } from './certificateHosts.ts';
import { selfSignedCertificate } from './selfSignedCertificate.ts';

it('names the hosts and addresses that a certificate is made out to, and none that stands for many', () => {
  const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = selfSignedCertificate({
    ...{ key, commonName: 'evil.example', notBeforeMs: 0, notAfterMs: 9e11 },
    dnsNames: ['put.site.example', '*.site.example', 'localhost'],
    ips: ['10.0.0.5', '::1'],
  });
  expect(certificateHosts(pem)).toEqual(['put.site.example', 'localhost', '10.0.0.5', '0:0:0:0:0:0:0:1']);
});
