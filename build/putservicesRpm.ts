import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { bundle } from './bundle.ts';

/* Makes the RPM of putservices for a master node: `node build/putservicesRpm.ts [FOLDER]` (default: out). */

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '..');
const BUILD_TIMEOUT_MS = 600_000;

/** Builds the RPM into a folder; answers its path. `node` is the Node executable that goes into it. */
export async function buildServicesRpm(folder: string, node: string): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const top = mkdtempSync(join(tmpdir(), 'put-rpm-'));
  const file = `putservices-${version}-1.rpm`;
  const defines = {
    _topdir: top,
    _rpmdir: top,
    _rpmfilename: file,
    // Node is 120 MB: fast compression, read by every rpm since 4.14.
    _binary_payload: 'w3.zstdio',
    put_version: version,
    put_root: root,
    put_node: node,
  };
  try {
    const options = Object.entries(defines).flatMap(([name, value]) => ['--define', `${name} ${value}`]);
    const spec = join(root, 'build', 'putservices', 'putservices.spec');
    await run('rpmbuild', ['-bb', '--quiet', ...options, spec], { timeout: BUILD_TIMEOUT_MS });
    await mkdir(folder, { recursive: true });
    await copyFile(join(top, file), join(folder, file));
    return join(folder, file);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await bundle(['putservices']);
  console.log(await buildServicesRpm(resolve(process.argv[2] ?? join(root, 'out')), process.execPath));
}
