import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fileSystemOf, spoolFolderOn, whyNoSpoolFolder } from './spoolFolder.ts';

describe('the folder for packages', () => {
  it.each([
    ['/', 'below /, such as /var/spool/put'],
    ['//', 'below /, such as /var/spool/put'],
    ['/var/', 'below /var, such as /var/put'],
    ['/etc', '/etc belongs to the system'],
    ['/usr/local/put', '/usr belongs to the system'],
    ['/var/lib/rpm', '/var/lib belongs to the system'],
    ['var/spool', 'begins with /'],
    ['/var/spool/../../etc', 'name the folder itself'],
    ['/var/./spool', 'name the folder itself'],
    ['/var/spool/a\nb', 'control characters'],
  ])('may not be %s', (path, why) => expect(whyNoSpoolFolder(path)).toContain(why));

  it.each(['/var/opt/teradata', '/var/spool/put', '/data', '/data/rpm/', '/etcetera', '/usrlocal/put'])(
    'may be %s',
    (path) => expect(whyNoSpoolFolder(path)).toBeUndefined(),
  );

  it('is proposed only where it may be, and lies on the file system that it is proposed on', () => {
    expect(['/', '/var', '/opt', '/var/opt/teradata', '/boot', '/run/user'].map(spoolFolderOn)).toEqual([
      '/var/spool/put',
      '/var/spool/put',
      '/opt/put',
      '/var/opt/teradata',
      undefined,
      undefined,
    ]);
    const part = fc.stringMatching(/^[a-z0-9._-]{1,8}$/);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const area = { path: `/${parts.join('/')}` };
        const folder = spoolFolderOn(area.path);
        expect(folder === undefined ? undefined : whyNoSpoolFolder(folder)).toBeUndefined();
        if (folder !== undefined) expect(fileSystemOf([area], folder)).toBe(area);
      }),
    );
  });

  it('lies on the nearest file system above it', () => {
    const areas = [{ path: '/' }, { path: '/var' }, { path: '/var/opt/teradata' }];
    const of = (folder: string): string | undefined => fileSystemOf(areas, folder)?.path;
    expect(['/var/opt/teradata/x', '/var/opt/teradata', '/var/spool/put', '/data'].map(of)).toEqual([
      '/var/opt/teradata',
      '/var/opt/teradata',
      '/var',
      '/',
    ]);
    expect(fileSystemOf([{ path: '/var' }], '/data')).toBeUndefined();
  });
});
