/*
 * Which folders of a node packages may be copied into. The spool area is a folder, on a file system that every node has: RPM files lie in it beside nothing
 * else, and a later clean-up of it takes nothing from the system.
 */

/** Nothing is copied into these or below: the system's own, or no place on a disk. */
const OF_THE_SYSTEM = [
  ...['/bin', '/boot', '/dev', '/etc', '/lib', '/lib32', '/lib64', '/libx32', '/lost+found', '/proc', '/root', '/run'],
  ...['/sbin', '/sys', '/usr', '/var/lib', '/var/run', '/var/log', '/var/cache'],
] as const;
/** Folders of many: a folder below them is right, they themselves are not. */
const OF_MANY: readonly string[] = ['/', '/home', '/mnt', '/opt', '/srv', '/tmp', '/var', '/var/spool', '/var/tmp'];

const isIn = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);

/** Why packages may not be copied into a folder, in words that say what would be right; undefined where they may. */
export function whyNoSpoolFolder(path: string): string | undefined {
  if (!path.startsWith('/')) return `${path} is no whole path; it begins with /, such as /var/spool/put`;
  if (path.split('/').some((part) => part === '..' || part === '.'))
    return `${path} goes through . or ..; name the folder itself`;
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'a path without control characters is needed';
  const folder = plainPath(path);
  const system = OF_THE_SYSTEM.find((one) => isIn(folder, one));
  if (system !== undefined)
    return `${system} belongs to the system of the node; packages go to a folder of their own, such as /var/spool/put`;
  if (OF_MANY.includes(folder)) {
    const below = folder === '/' ? '/var/spool/put' : `${folder}/put`;
    return `packages go to a folder of their own below ${folder}, such as ${below}`;
  }
  return undefined;
}

/** Without slashes that say nothing. */
export function plainPath(path: string): string {
  return path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
}

/** The folder for packages that is proposed on a file system; undefined where none may be there. */
export function spoolFolderOn(fileSystem: string): string | undefined {
  if (whyNoSpoolFolder(fileSystem) === undefined) return plainPath(fileSystem);
  const below = fileSystem === '/' || fileSystem === '/var' ? '/var/spool/put' : `${plainPath(fileSystem)}/put`;
  return whyNoSpoolFolder(below) === undefined ? below : undefined;
}

/** The file system that a folder lies on: of those named, the one that stands nearest above it. */
export function fileSystemOf<T extends { readonly path: string }>(areas: readonly T[], folder: string): T | undefined {
  const plain = plainPath(folder);
  return areas
    .filter(({ path }) => isIn(plain, path))
    .reduce<T | undefined>((best, one) => (best && best.path.length >= one.path.length ? best : one), undefined);
}
