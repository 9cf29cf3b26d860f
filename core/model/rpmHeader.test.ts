import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libraryPackageOf, type RpmHeader } from './rpmHeader.ts';
import { readRpm } from './RpmHeaderReader.ts';
import { DIGEST_ALGORITHMS, SIGNATURE_TAG, TAG } from './rpmTags.ts';
import { formatRelation } from './rpmVersion.ts';
import { binary, craftHeader, craftLead, int16, int32, joinRpm, text, texts } from './testing/craftRpm.ts';
import { hasRpmTool, samplePackages } from './testing/rpmTool.ts';

const samples = samplePackages();
const sample = (fileName: string): Uint8Array =>
  samples.find((one) => one.fileName === fileName)?.bytes ?? new Uint8Array(0);

/** What rpm prints for a query format; each file's answer on its own. */
function queryAll(paths: readonly string[], format: string): string[] {
  const output = execFileSync('rpm', ['-qp', '--nosignature', '--nodigest', '--qf', `${format}\\f`, ...paths], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  return output.split('\f').slice(0, paths.length);
}

const list = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
const orNone = (value: string | number | undefined): string =>
  value === undefined || value === '' ? '(none)' : String(value);
const algorithmNumber = (name: string): string =>
  Object.entries(DIGEST_ALGORITHMS).find(([, one]) => one === name)?.[0] ?? '(none)';
const relationTags = (name: string): string => `[%{${name}NAME}|%{${name}FLAGS}|%{${name}VERSION}\\n]`;
const relationRows = (relations: RpmHeader['requires']): string =>
  list(relations.map((one) => `${one.name}|${one.flags}|${one.version}`));

/** Every field that the header reader gives: rpm's query format beside what we say of the same file. */
const FIELDS: readonly (readonly [field: string, format: string, ours: (header: RpmHeader) => string])[] = [
  ['name', '%{NAME}', (h) => h.name],
  ['epoch', '%{EPOCH}', (h) => (h.hasEpoch ? String(h.epoch) : '(none)')],
  ['version', '%{VERSION}', (h) => h.version],
  ['release', '%{RELEASE}', (h) => h.release],
  ['arch', '%{ARCH}', (h) => h.arch],
  ['os', '%{OS}', (h) => h.os],
  ['summary', '%{SUMMARY}', (h) => h.summary],
  ['source or binary', '%{SOURCERPM}', (h) => (h.kind === 'source' ? '(none)' : h.sourceRpm)],
  ['built with', '%{RPMVERSION}', (h) => h.builtWith],
  ['build time', '%{BUILDTIME}', (h) => orNone(h.buildTimeS)],
  ['installed size', '%{LONGSIZE}', (h) => String(h.installedBytes)],
  ['archive size', '%{LONGARCHIVESIZE}', (h) => orNone(h.archiveBytes)],
  ['announced size', '%{LONGSIGSIZE}', (h) => orNone(h.announcedBytes)],
  ['requires', relationTags('REQUIRE'), (h) => relationRows(h.requires)],
  ['provides', relationTags('PROVIDE'), (h) => relationRows(h.provides)],
  ['conflicts', relationTags('CONFLICT'), (h) => relationRows(h.conflicts)],
  ['obsoletes', relationTags('OBSOLETE'), (h) => relationRows(h.obsoletes)],
  ['requires in words', '[%{REQUIRENEVRS}\\n]', (h) => list(h.requires.map(formatRelation))],
  [
    'files',
    '[%{FILENAMES}|%{LONGFILESIZES}|%{FILEMODES}|%{FILEDIGESTS}|%{FILELINKTOS}\\n]',
    (h) => list(h.files.map((f) => [f.path, f.bytes, f.mode, f.digest, f.linkTo].join('|'))),
  ],
  [
    'owners and flags of files',
    '[%{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILEFLAGS}|%{FILECOLORS}\\n]',
    (h) => list(h.files.map((f) => [f.user, f.group, f.flags, f.color].join('|'))),
  ],
  ['file digest algorithm', '%{FILEDIGESTALGO}', (h) => algorithmNumber(h.fileDigestAlgorithm)],
  ['payload format', '%{PAYLOADFORMAT}', (h) => h.payload.format],
  ['payload compressor', '%{PAYLOADCOMPRESSOR}', (h) => orNone(h.payload.compressor)],
  ['payload flags', '%{PAYLOADFLAGS}', (h) => h.payload.flags],
  ['payload digest', '[%{PAYLOADDIGEST}]', (h) => h.payload.digest],
  ['uncompressed payload digest', '[%{PAYLOADDIGESTALT}]', (h) => h.payload.uncompressedDigest],
  ['payload digest algorithm', '%{PAYLOADDIGESTALGO}', (h) => algorithmNumber(h.payload.digestAlgorithm)],
  ['header SHA1', '%{SHA1HEADER}', (h) => orNone(h.headerSha1)],
  ['header SHA256', '%{SHA256HEADER}', (h) => orNone(h.headerSha256)],
  ['MD5', '%{SIGMD5}', (h) => orNone(h.md5)],
  [
    'signatures',
    '%|RSAHEADER?{RSA }|%|DSAHEADER?{DSA }|%|SIGPGP?{PGP }|%|SIGGPG?{GPG }|',
    (h) => h.signatures.map((one) => `${one} `).join(''),
  ],
  ...(
    [
      ['pre', 'PREIN'],
      ['post', 'POSTIN'],
      ['preun', 'PREUN'],
      ['postun', 'POSTUN'],
      ['pretrans', 'PRETRANS'],
      ['posttrans', 'POSTTRANS'],
      ['verifyscript', 'VERIFYSCRIPT'],
    ] as const
  ).map(([name, tag]): readonly [string, string, (h: RpmHeader) => string] => [
    `%${name}`,
    `%{${tag}}|[%{${tag}PROG} ]`,
    (h) => {
      const script = h.scriptlets.find((one) => one.name === name);
      return `${script?.hasBody ? script.body : '(none)'}|${script ? script.interpreter.map((word) => `${word} `).join('') : ''}`;
    },
  ]),
];

describe.skipIf(!hasRpmTool)('every field as the installed rpm prints it', () => {
  let answers: string[][] = [];
  beforeAll(() => {
    // One rpm process for all fields and files.
    const paths = samples.map((one) => one.path);
    answers = queryAll(paths, FIELDS.map(([, format]) => format).join('\x1e')).map((answer) => answer.split('\x1e'));
  });

  it.each(FIELDS.map(([field, , ours], number) => ({ field, ours, number })))('$field', ({ ours, number }) => {
    const said = (text: (one: (typeof samples)[number], i: number) => string | undefined): string[] =>
      samples.map((one, i) => `${one.fileName}: ${text(one, i)}`);
    expect(said((one) => ours(readRpm(one.bytes)))).toEqual(said((_, i) => answers[i]?.[number]));
  });

  it('requires, provides, conflicts, obsoletes and scripts as rpm lists them', () => {
    for (const one of samples.filter((each) => /^(ptdbms|pagent|pgateway|ptlegacy)-/.test(each.fileName))) {
      const header = readRpm(one.bytes);
      for (const kind of ['requires', 'provides', 'conflicts', 'obsoletes'] as const) {
        const output = execFileSync('rpm', ['-qp', `--${kind}`, one.path], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
        });
        const lines = output.split('\n').filter((line) => line !== '');
        expect([...new Set(header[kind].map(formatRelation))].sort()).toEqual([...new Set(lines)].sort());
      }
      const scripts = execFileSync('rpm', ['-qp', '--scripts', one.path], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const names: Readonly<Record<string, string>> = {
        preinstall: 'pre',
        postinstall: 'post',
        preuninstall: 'preun',
        postuninstall: 'postun',
        verify: 'verifyscript',
      };
      const found = [...scripts.matchAll(/^(\w+) (?:scriptlet|program|script)\b.*$/gm)].map(
        (match) => names[match[1] ?? ''] ?? match[1],
      );
      expect(header.scriptlets.map((script) => script.name).sort()).toEqual(found.sort());
    }
  });
});

describe('sample packages', () => {
  it('there are twelve at least, below 300 kB in all, of several compressions', () => {
    expect(samples.length).toBeGreaterThanOrEqual(12);
    expect(samples.reduce((sum, one) => sum + one.bytes.length, 0)).toBeLessThan(300_000);
    const compressors = new Set(samples.map((one) => readRpm(one.bytes).payload.compressor));
    expect([...compressors].sort()).toEqual(['', 'bzip2', 'gzip', 'xz', 'zstd']);
  });

  it.each(samples)('$fileName: the length is the announced one', ({ bytes }) => {
    const header = readRpm(bytes);
    expect(header.expectedFileBytes).toBe(bytes.length);
    expect(header.format).toBe(4);
    expect(header.leadVersion).toBe('3.0');
  });

  it('becomes an entry of the library', () => {
    const bytes = sample('ptdbms-17.20.03.01-1.x86_64.rpm');
    const file = { fileName: 'x.rpm', sha256: 'ab', fileBytes: bytes.length, uploadedBy: 'ann', uploadedAtMs: 5 };
    expect(libraryPackageOf(readRpm(bytes), file)).toMatchObject({
      ...file,
      name: 'ptdbms',
      epoch: 1,
      arch: 'x86_64',
      signed: false,
      scriptlets: ['post', 'postun', 'pretrans', 'posttrans', 'verifyscript'],
    });
  });
});

/** A package as rpm 3 wrote it: no sealed region, whole paths, relations partly without versions, size and MD5 as its only check. */
function craftVersion3(): Uint8Array {
  const main = craftHeader([
    text(TAG.name, 'oldtool'),
    text(TAG.version, '1.2'),
    text(TAG.release, '3'),
    text(TAG.summary, 'Gr\u00fc\u00dfe from 1998'),
    int32(TAG.size, 1234),
    text(TAG.os, 'linux'),
    text(TAG.arch, 'i386'),
    text(TAG.preIn, 'true'),
    texts(TAG.oldFileNames, '/usr/bin/oldtool', '/usr/doc/oldtool'),
    int32(TAG.fileSizes, 1000, 234),
    int16(TAG.fileModes, 0o100755, 0o100644),
    texts(TAG.fileDigests, 'd41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e'),
    texts(TAG.fileLinkTos, '', ''),
    text(TAG.sourceRpm, 'oldtool-1.2-3.src.rpm'),
    texts(TAG.provideName, 'oldthing'),
    int32(TAG.requireFlags, 0, 12),
    texts(TAG.requireName, '/bin/sh', 'libold'),
    texts(TAG.requireVersion, '', '2.0'),
    text(TAG.rpmVersion, '2.5.5'),
    texts(TAG.obsoleteName, 'oldertool'),
  ]);
  const payload = Buffer.from('payload');
  const md5 = createHash('md5').update(main).update(payload).digest();
  const signature = craftHeader([
    int32(SIGNATURE_TAG.size, main.length + payload.length),
    binary(SIGNATURE_TAG.md5, md5),
  ]);
  return joinRpm(craftLead({ name: 'oldtool-1.2-3' }), signature, main, payload);
}

describe('a package of rpm 3', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'put-rpm3-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read whole', () => {
    const header = readRpm(craftVersion3());
    expect(header).toMatchObject({
      ...{ name: 'oldtool', epoch: 0, hasEpoch: false, version: '1.2', release: '3', arch: 'i386', os: 'linux' },
      ...{
        format: 3,
        kind: 'binary',
        summary: 'Gr\u00fc\u00dfe from 1998',
        leadName: 'oldtool-1.2-3',
        installedBytes: 1234,
      },
      ...{ fileDigestAlgorithm: 'md5', headerSha1: '', headerSha256: '', signatures: [] },
      payload: { format: '', compressor: '', digest: '' },
      provides: [{ name: 'oldthing', sense: '', version: '', flags: 0 }],
      obsoletes: [{ name: 'oldertool', sense: '', version: '', flags: 0 }],
      scriptlets: [{ name: 'pre', interpreter: [], hasBody: true, body: 'true' }],
    });
    expect(header.files.map((file) => [file.path, file.bytes])).toEqual([
      ['/usr/bin/oldtool', 1000],
      ['/usr/doc/oldtool', 234],
    ]);
    expect(header.requires.map(formatRelation)).toEqual(['/bin/sh', 'libold >= 2.0']);
    expect(header.expectedFileBytes).toBe(craftVersion3().length);
  });

  it.skipIf(!hasRpmTool)('as the installed rpm reads it', () => {
    const path = join(folder, 'oldtool.rpm');
    writeFileSync(path, craftVersion3());
    const header = readRpm(craftVersion3());
    const answers = queryAll(
      [path],
      '%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} %{OS} %{SIZE} %{SIGSIZE} %{SIGMD5} [%{FILENAMES} ][%{REQUIRENEVRS},][%{OBSOLETENAME}]',
    );
    const files = header.files.map((file) => `${file.path} `).join('');
    const requires = header.requires.map((one) => `${formatRelation(one)},`).join('');
    expect(answers[0]).toBe(
      `${header.name} (none) ${header.version} ${header.release} ${header.arch} ${header.os} ${header.installedBytes} ${header.announcedBytes} ${header.md5} ${files}${requires}oldertool`,
    );
  });
});

describe('signatures and kinds', () => {
  const main = craftHeader([
    text(TAG.name, 'a'),
    text(TAG.version, '1'),
    text(TAG.release, '1'),
    text(TAG.os, 'linux'),
    text(TAG.arch, 'noarch'),
  ]);
  it.each(Object.entries({ RSA: 'rsa', DSA: 'dsa', PGP: 'pgp', GPG: 'gpg', PGP5: 'pgp5' } as const))(
    '%s is seen',
    (kind, tag) => {
      const signature = craftHeader([
        int32(SIGNATURE_TAG.size, main.length),
        binary(SIGNATURE_TAG[tag], Uint8Array.of(1, 2, 3)),
      ]);
      expect(readRpm(joinRpm(craftLead(), signature, main)).signatures).toEqual([kind]);
    },
  );

  it('OPENPGP, which holds texts, is seen', () => {
    const signature = craftHeader([texts(SIGNATURE_TAG.openPgp, 'aGVsbG8=')]);
    expect(readRpm(joinRpm(craftLead(), signature, main)).signatures).toEqual(['OPENPGP']);
  });

  it('a source package is known and not taken into the library', () => {
    const header = readRpm(
      joinRpm(craftLead({ type: 1 }), craftHeader([int32(SIGNATURE_TAG.size, main.length)]), main),
    );
    expect(header.kind).toBe('source');
    const file = { fileName: 'a.src.rpm', sha256: '', fileBytes: 1, uploadedBy: '', uploadedAtMs: 0 };
    expect(() => libraryPackageOf(header, file)).toThrow(expect.objectContaining({ code: 'package-not-installable' }));
  });

  it('sizes beyond 32 bits come from the long tags', () => {
    const size = 5 * 1024 ** 3;
    const long = (tag: number, value: number): { tag: number; type: number; data: number[] } => ({
      tag,
      type: 5,
      data: [value],
    });
    const big = craftHeader([
      ...[
        text(TAG.name, 'a'),
        text(TAG.version, '1'),
        text(TAG.release, '1'),
        text(TAG.os, 'linux'),
        text(TAG.arch, 'noarch'),
      ],
      ...[
        text(TAG.sourceRpm, 'a.src.rpm'),
        long(TAG.longSize, size),
        texts(TAG.baseNames, 'f'),
        texts(TAG.dirNames, '/'),
        int32(TAG.dirIndexes, 0),
        long(TAG.longFileSizes, size),
      ],
    ]);
    const header = readRpm(
      joinRpm(
        craftLead(),
        craftHeader([long(SIGNATURE_TAG.longSize, size + 7), long(SIGNATURE_TAG.longArchiveSize, size + 1)]),
        big,
      ),
    );
    expect(header).toMatchObject({
      installedBytes: size,
      archiveBytes: size + 1,
      announcedBytes: size + 7,
      kind: 'binary',
    });
    expect(header.files).toMatchObject([{ path: '/f', bytes: size, mode: 0, digest: '', linkTo: '' }]);
  });
});
