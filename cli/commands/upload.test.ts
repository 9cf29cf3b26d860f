import { Buffer } from 'node:buffer';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { craftPackage } from '../../core/model/testing/craftPackage.ts';
import { PutError } from '../../core/protocol/errors.ts';
import { EXIT } from '../exitCodes.ts';
import { FakeHost, TEST_FINGERPRINT } from '../testing/FakeMaster.ts';

let host: FakeHost;
let folder: string;

beforeEach(async () => {
  host = new FakeHost();
  folder = await mkdtemp(join(tmpdir(), 'putctl-upload-'));
});
afterEach(async () => {
  expect(host.master.openSessions, 'sessions left open').toBe(0);
  await rm(folder, { recursive: true });
});

const GOOD = craftPackage();
const CERT_LIST = 'release 1\ntitle One\ngood 1-1 noarch mandatory *\n';
const LAB = ['--host', 'lab', '--fingerprint', TEST_FINGERPRINT];
const put = async (name: string, data: Uint8Array | string): Promise<string> => {
  await writeFile(join(folder, name), data);
  return join(folder, name);
};
const codeOf = (document: Record<string, unknown>): unknown =>
  (document['error'] as { code?: unknown } | undefined)?.code;
const upload = (...paths: string[]) => host.runJson('upload', ...paths);
const statesOf = (document: Record<string, unknown>): string[] =>
  (document['files'] as { name: string; state: string; error?: { code: string } }[]).map(
    (file) => `${file.name} ${file.error?.code ?? file.state}`,
  );
const leftOut = (document: Record<string, unknown>): string[] =>
  (document['leftOut'] as { path: string; reason: string }[]).map(
    ({ path, reason }) => `${path.slice(folder.length + 1)}: ${reason}`,
  );

describe('upload', () => {
  it('sends what folders and files hold, each once, and tells what was there', async () => {
    await put('a.rpm', GOOD);
    await put('b.certlist', CERT_LIST);
    await put('notes.txt', 'notes');
    host.master.uploaded.push('a.rpm');
    const { code, document } = await upload(folder, join(folder, 'a.rpm'));
    expect(code).toBe(EXIT.done);
    expect(document).toMatchObject({ sent: 1, there: 1, failed: 0, otherFiles: [join(folder, 'notes.txt')] });
    expect(statesOf(document)).toEqual(['a.rpm there', 'b.certlist sent']);
  });

  it('tells one cause of many failures once, with their number', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await put(`${name}.rpm`, GOOD);
    host.master.answers['file.begin'] = ({ name }: { name: string }) => {
      if (name === 'e.rpm') throw new PutError('transfer-busy', 'e.rpm is being sent by ben');
      throw new PutError('library-full', `${name} needs ${name.charCodeAt(0)} bytes`);
    };
    expect(await host.run('upload', folder, ...LAB)).toBe(EXIT.failed);
    expect(host.err.match(/library-full/g)).toHaveLength(2);
    expect(host.err).toContain('The same (library-full) for 3 more files.');
    expect(host.err.match(/transfer-busy/g)).toHaveLength(1);
    for (const name of ['a', 'b', 'c', 'd', 'e']) expect(host.out).toContain(`${name}.rpm`);
  });

  it('goes on after a file that fails, and the exit code tells', async () => {
    await put('a.rpm', GOOD);
    await put('b.rpm', GOOD);
    host.master.answers['file.begin'] = ({ name }: { name: string }) => {
      if (name === 'a.rpm') throw new PutError('library-full', 'a.rpm needs more');
    };
    const { code, document } = await upload(folder);
    expect(code).toBe(EXIT.failed);
    expect(document).toMatchObject({ sent: 1, failed: 1 });
    expect(document['files']).toMatchObject([
      { name: 'a.rpm', error: { code: 'library-full', nextStep: expect.any(String) as string } },
      { name: 'b.rpm' },
    ]);
  });

  it('names a path that is not there, and an empty folder', async () => {
    expect(codeOf((await upload(join(folder, 'none.rpm'))).document)).toBe('file-unreadable');
    expect(codeOf((await upload(folder)).document)).toBe('file-unreadable');
    expect(codeOf((await upload()).document)).toBe('usage');
  });

  it('refuses what the library would refuse before a byte of it is sent, and sends the rest', async () => {
    const paths = [
      await put('cut.rpm', GOOD.subarray(0, -100)),
      await put('tool.src.rpm', craftPackage({ source: true })),
      await put('text.rpm', 'hello'),
      await put('bad.certlist', 'release 1\n'),
      await put('odd name.rpm', GOOD),
      join(folder, 'gone.rpm'),
      await put('good.rpm', GOOD),
    ];
    const { code, document } = await upload(...paths);
    expect(code).toBe(EXIT.failed);
    expect(statesOf(document).sort()).toEqual([
      'bad.certlist certlist-invalid',
      'cut.rpm rpm-invalid',
      'gone.rpm file-unreadable',
      'good.rpm sent',
      'odd name.rpm package-name-invalid',
      'text.rpm rpm-invalid',
      'tool.src.rpm package-not-installable',
    ]);
    expect(host.master.uploaded).toEqual(['good.rpm']);
    const messages = JSON.stringify(document);
    expect(messages).toContain(
      'text.rpm: offset 0: lead of an RPM package expected (edabeedb); this is another kind of file',
    );
    expect(messages).toContain('the file ends here');
  });

  it('a flipped bit is found while the digest is made', async () => {
    const bad = Uint8Array.from(GOOD);
    bad[bad.length - 5] = 0;
    const { code, document } = await upload(await put('bad.rpm', bad));
    expect(code).toBe(EXIT.failed);
    expect(statesOf(document)).toEqual(['bad.rpm rpm-invalid']);
    expect(host.master.uploaded).toEqual([]);
  });

  it('is capped in kB a second where that is asked for', async () => {
    await upload(await put('a.rpm', GOOD), '--cap', '40');
    expect(host.master.uploadCapBytesPerSecond).toBe(40_000);
    expect((await upload(await put('b.rpm', GOOD), '--cap', '0.2')).code).toBe(EXIT.failed);
  });

  it('takes packages by any letters of their ending', async () => {
    const { code, document } = await upload(await put('X.RPM', GOOD));
    expect(code).toBe(EXIT.done);
    expect(statesOf(document)).toEqual(['X.rpm sent']);
  });
});

describe('a release folder', () => {
  it('of folders and links is sent whole; what is left out is named', async () => {
    for (const name of ['noarch', 'x86_64', 'SRPMS', 'store']) await mkdir(join(folder, name));
    await put('noarch/a.rpm', craftPackage({ name: 'a' }));
    await put('x86_64/a.rpm', craftPackage({ name: 'a' }));
    await put('x86_64/b.rpm', craftPackage({ name: 'b' }));
    await put('SRPMS/b.src.rpm', craftPackage({ name: 'b', source: true }));
    await put('store/0001', craftPackage({ name: 'c' }));
    await put('README', 'read me');
    await symlink('store/0001', join(folder, 'c.rpm'));
    await symlink('nowhere', join(folder, 'dead.rpm'));
    await symlink('..', join(folder, 'noarch', 'up'));
    const { code, document } = await upload(folder);
    expect(statesOf(document).sort()).toEqual(['a.rpm sent', 'b.rpm sent', 'c.rpm sent']);
    expect(leftOut(document)).toEqual([
      'dead.rpm: a link that leads nowhere',
      expect.stringMatching(/^SRPMS\/b\.src\.rpm: b\.src\.rpm is a source package/),
    ]);
    expect(code).toBe(EXIT.warnings);
  });

  it('with two different files of one name: neither is sent', async () => {
    for (const name of ['one', 'two']) await mkdir(join(folder, name));
    await put('one/a.rpm', craftPackage({ name: 'a' }));
    await put('two/a.rpm', craftPackage({ name: 'aa' }));
    await put('c.rpm', GOOD);
    const { code, document } = await upload(folder);
    expect(code).toBe(EXIT.failed);
    expect(statesOf(document)).toEqual(['c.rpm sent', 'a.rpm usage', 'a.rpm usage']);
  });

  it.skipIf(process.platform !== 'linux')('with a name that is not UTF-8: named, and the others are sent', async () => {
    await writeFile(Buffer.concat([Buffer.from(`${folder}/gr`), Buffer.from([0xfc]), Buffer.from('n.rpm')]), GOOD);
    await put('good.rpm', GOOD);
    const { code, document } = await upload(folder);
    expect(code).toBe(EXIT.warnings);
    expect(statesOf(document)).toEqual(['good.rpm sent']);
    expect(leftOut(document)).toEqual([expect.stringContaining('gr\\xfcn.rpm: the name is not UTF-8')]);
  });
});

describe('packages', () => {
  it('lists what cannot be used with its reason and the way to remove it', async () => {
    const problem = { fileName: 'tool.src.rpm', code: 'package-not-installable', message: 'is a source', fileBytes: 9 };
    host.master.setState('library', {
      ...{ packages: {}, certLists: {}, freeBytes: 1 },
      problems: { 'tool.src.rpm': problem },
    });
    expect((await host.runJson('packages')).document).toMatchObject({ problems: [problem] });
    await host.run('packages', ...LAB);
    expect(host.out).toContain('tool.src.rpm');
    expect(host.out).toContain('putctl packages remove NAME');
  });

  it('inspect says what a source package is, and which digests agree', async () => {
    const { code, document } = await host.runJson(
      ...['packages', 'inspect', await put('s.src.rpm', craftPackage({ source: true })), await put('g.rpm', GOOD)],
    );
    expect(code).toBe(EXIT.done);
    expect(document['files']).toMatchObject([
      { header: { kind: 'source' } },
      { header: { kind: 'binary' }, compared: expect.arrayContaining(['sha256 of the payload']) as string[] },
    ]);
    await host.run('packages', 'inspect', join(folder, 's.src.rpm'));
    expect(host.out).toContain('a source package: nodes cannot install it');
  });

  it('inspect waits for no pipe or device', async () => {
    const { code, document } = await host.runJson('packages', 'inspect', '/dev/null', await put('g.rpm', GOOD));
    expect(code).toBe(EXIT.failed);
    expect(document).toMatchObject({
      failed: 1,
      files: [{ header: {} }, { path: '/dev/null', error: { code: 'file-unreadable' } }],
    });
  });
});
