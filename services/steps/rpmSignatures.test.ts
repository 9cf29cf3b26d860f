import { describe, expect, it } from 'vitest';
import { createSignatureReader, type SignatureRule } from './rpmSignatures.ts';

const SPOOL = '/var/spool/put';
const planned = { epoch: 0, version: '2', release: '1', arch: 'noarch', sha256: '', fileBytes: 1, mandatory: false };

/** What `rpmkeys -Kv` of rpm 4.18 writes. */
const UNSIGNED = [
  '    Header SHA256 digest: OK',
  '    Header SHA1 digest: OK',
  '    Payload SHA256 digest: OK',
  '    MD5 digest: OK',
];
const SIGNED = ['    Header V4 RSA/SHA256 Signature, key ID 4a5b6c7d: OK', ...UNSIGNED];
const STRANGE = ['    Header V4 RSA/SHA256 Signature, key ID 4a5b6c7d: NOKEY', ...UNSIGNED];
const POLICY = ['    Header RSA signature: NOTFOUND', '    Header DSA signature: NOTFOUND', ...UNSIGNED];
const FLIPPED = [
  '    Header SHA256 digest: OK',
  '    Payload SHA256 digest: BAD (Expected 97d9f547 != ce5852d6)',
  '    MD5 digest: BAD (Expected 34f5b0e9 != bf5a1d04)',
];

function codesOf(rule: SignatureRule, files: Readonly<Record<string, readonly string[]>>): string[] {
  const names = Object.keys(files);
  const paths = new Map(names.map((name) => [`${SPOOL}/${name}.rpm`, { ...planned, name, fileName: `${name}.rpm` }]));
  const reader = createSignatureReader(paths, rule);
  for (const name of names) [`${SPOOL}/${name}.rpm:`, ...(files[name] ?? [])].forEach((line) => reader.take(line));
  return reader.causes('n1').map(({ packageName, code }) => `${packageName ?? ''} ${code}`);
}

describe('createSignatureReader', () => {
  it('requires a signature of a key that the node knows, whatever the policy of rpm there is', () => {
    const files = { signed: SIGNED, unsigned: UNSIGNED, policy: POLICY, strange: STRANGE, flipped: FLIPPED };
    expect(codesOf('required', files)).toEqual([
      'unsigned signature-missing',
      'policy signature-missing',
      'strange signature-unknown',
      'flipped package-damaged',
    ]);
    expect(codesOf('digests-only', files)).toEqual(['flipped package-damaged']);
  });

  it('takes a file of which nothing is said for damaged, and finds the next one behind its name', () => {
    const paths = new Map(
      ['cut', 'whole'].map((name) => [`${SPOOL}/${name}.rpm`, { ...planned, name, fileName: `${name}.rpm` }]),
    );
    const reader = createSignatureReader(paths, 'digests-only');
    reader.take(`error: ${SPOOL}/cut.rpm: signature hdr blob(4388): BAD, read returned 0`);
    reader.take(`${SPOOL}/cut.rpm:${SPOOL}/whole.rpm:`);
    UNSIGNED.forEach((line) => reader.take(line));
    const causes = reader.causes('n1');
    expect(causes.map(({ packageName }) => packageName)).toEqual(['cut']);
    expect(causes[0]?.message).toContain('signature hdr blob(4388): BAD');
  });
});
