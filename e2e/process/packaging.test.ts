import { listPackage } from '@electron/asar';
import { Arch, build, Platform } from 'electron-builder';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { _electron } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILDER_CONFIG } from '../../build/electronBuilder.ts';
import { bundle } from '../../build/bundle.ts';
import { buildServicesRpm } from '../../build/putservicesRpm.ts';
import { canShowWindows } from '../support/desktop.ts';

const root = resolve(import.meta.dirname, '..', '..');
const standIn = join(root, 'e2e', 'standin');
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'put-packaging-'));
  await bundle();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The stand-in in the shape of Electron's own distribution. */
function fakeDistribution(): string {
  const distribution = join(folder, 'electron');
  cpSync(join(standIn, 'runtime'), distribution, { recursive: true });
  mkdirSync(join(distribution, 'locales'));
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak'])
    writeFileSync(join(distribution, name), 'stand-in\n');
  chmodSync(join(distribution, 'electron'), 0o755);
  return distribution;
}

describe('packaging', () => {
  it("has a configuration that fits electron-builder's schema", async () => {
    const require = createRequire(import.meta.url);
    const { validateConfiguration } = require('app-builder-lib/out/util/config/config') as {
      validateConfiguration(config: object, logger: object): Promise<void>;
    };
    const logger = { isEnabled: false, add: () => undefined };
    await expect(validateConfiguration({ ...BUILDER_CONFIG }, logger)).resolves.toBeUndefined();
    await expect(validateConfiguration({ ...BUILDER_CONFIG, noSuchKey: 1 }, logger)).rejects.toThrow(/noSuchKey/);
  });

  it.runIf(process.platform === 'linux')('packs what runs and nothing else, and that runs', async () => {
    const output = join(folder, 'out');
    await build({
      targets: Platform.LINUX.createTarget('dir', Arch.x64),
      config: {
        ...BUILDER_CONFIG,
        electronDist: fakeDistribution(),
        directories: { output, buildResources: 'assets' },
      },
      projectDir: root,
    });
    const unpacked = join(output, 'linux-unpacked');
    const packed = listPackage(join(unpacked, 'resources', 'app.asar'), { isPack: false }).map((name) =>
      name.replaceAll('\\', '/'),
    );
    for (const needed of ['electron/main.js', 'electron/preload.cjs', 'renderer/index.html', 'putservices.js'])
      expect(packed).toContain(`/dist/${needed}`);
    expect(packed.filter((name) => !/^\/(package\.json|dist)(\/|$)/.test(name))).toEqual([]);
    expect(packed.filter((name) => /\.(map|ts|tsx|env)$/.test(name))).toEqual([]);
    expect(readdirSync(join(unpacked, 'resources', 'packages')).sort()).toEqual(['release-1', 'release-2']);
    if (!canShowWindows) return;

    const env = {
      ...(process.env as Record<string, string>),
      PUT_DATA_DIR: join(folder, 'data'),
      STANDIN_HOME: standIn,
    };
    const app = await _electron.launch({ executablePath: join(unpacked, 'put-desktop'), args: [], cwd: folder, env });
    const page = await app.firstWindow();
    await page.waitForURL(/\/index\.html$/);
    await page.locator('#root > *').first().waitFor();
    expect(await app.evaluate(({ app: packedApp }) => packedApp.isPackaged)).toBe(true);
    const samples = await page.evaluate(() => {
      type Bridge = { invoke(method: string, params: object): Promise<{ ok: boolean; value: { handles: string[] } }> };
      return (window as unknown as { putBridge: Bridge }).putBridge.invoke('files.samples', {});
    });
    expect(samples.value.handles.length).toBeGreaterThanOrEqual(12);
    await app.close();
  });

  it.runIf(existsSync('/usr/bin/rpmbuild'))('makes an RPM of putservices that a master node can install', async () => {
    // Node itself would only make the test slow.
    const rpm = await buildServicesRpm(join(folder, 'rpm'), '/bin/true');
    const query = (...args: string[]): string => execFileSync('rpm', ['-qp', ...args, rpm], { encoding: 'utf8' });
    expect(query('-l').trim().split('\n')).toEqual([
      '/etc/putservices',
      '/etc/putservices/Config',
      '/usr/bin/putservices',
      '/usr/lib/putservices',
      '/usr/lib/putservices/node',
      '/usr/lib/putservices/package.json',
      '/usr/lib/putservices/putservices.js',
      '/usr/lib/systemd/system/putservices.service',
      '/usr/share/doc/putservices',
      ...readdirSync(join(root, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .sort()
        .map((name) => `/usr/share/doc/putservices/${name}`),
    ]);
    expect(query('--configfiles').trim()).toBe('/etc/putservices/Config');
    expect(query('--scripts')).toContain('useradd -r -g putservices');
  });

  it.runIf(existsSync('/usr/bin/systemd-analyze'))('has a service unit that systemd understands', () => {
    const unit = join(folder, 'putservices.service');
    const text = execFileSync('sed', [
      's#^ExecStart=.*#ExecStart=/bin/true#',
      join(root, 'build/putservices/putservices.service'),
    ]);
    writeFileSync(unit, text);
    const said = execFileSync('sh', ['-c', 'systemd-analyze verify "$1" 2>&1 || true', 'sh', unit], {
      encoding: 'utf8',
    });
    expect(said.split('\n').filter((line) => line.includes('putservices.service'))).toEqual([]);
  });
});
