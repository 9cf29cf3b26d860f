import { extractFile, listPackage } from '@electron/asar';
import { Arch, build, Platform } from 'electron-builder';
import { NodeHttpExecutor } from 'builder-util';
import { GenericProvider } from 'electron-updater/out/providers/GenericProvider.js';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join, resolve, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { _electron } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builderConfig } from '../../build/electronBuilder.ts';
import { bundle } from '../../build/bundle.ts';
import { buildServicesPackages, type ServicesFormat, whyNoFormat } from '../../build/putservicesPackages.ts';
import { serveUpdateFolder } from '../../electron/main/updateFolder.ts';
import { canShowWindows } from '../support/desktop.ts';

const root = resolve(import.meta.dirname, '..', '..');
const standIn = join(root, 'e2e', 'standin');
/** Whether a file system can be laid over that of this machine, which takes root. */
const canUnshare =
  process.platform === 'linux' && spawnSync('unshare', ['--mount', 'sh', '-c', 'mount -t tmpfs t /run']).status === 0;
const SEVEN_ZIP = '/usr/bin/7za';
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
    await expect(validateConfiguration({ ...builderConfig() }, logger)).resolves.toBeUndefined();
    await expect(validateConfiguration({ ...builderConfig(), noSuchKey: 1 }, logger)).rejects.toThrow(/noSuchKey/);
  });

  /** Root of a scratch file system laid over that of this machine, while the script runs in a mount namespace of its own; what it printed. */
  const inOverlay = (script: string, file: string): string => {
    const place = mkdtempSync(join(folder, 'installed-'));
    execFileSync('mount', ['-t', 'tmpfs', 't', place]);
    const overlay = `set -eu
      mkdir -p /opt
      for place in /usr /etc /var /opt; do
        mkdir -p "$1/over$place/up" "$1/over$place/work"
        mount -t overlay o -o "lowerdir=$place,upperdir=$1/over$place/up,workdir=$1/over$place/work" "$place"
      done
      mount -t tmpfs t /run
      ${script}`;
    try {
      return said('unshare', '--mount', 'sh', '-c', overlay, 'sh', place, file).trim();
    } finally {
      execFileSync('umount', ['-l', place]);
    }
  };
  const said = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

  describe.runIf(process.platform === 'linux')('of the desktop for Linux', () => {
    let output: string;
    const canArchive = existsSync(SEVEN_ZIP);
    const asarOf = (unpacked: string): string => join(unpacked, 'resources', 'app.asar');
    const formats = (['deb', 'rpm'] as const).filter((format) => whyNoFormat(format) === undefined);
    beforeAll(async () => {
      output = join(folder, 'out');
      // Only stands in for the tool that electron-builder would fetch; what it is told to pack is what goes out.
      process.env['ELECTRON_BUILDER_7ZIP_PATH'] ??= SEVEN_ZIP;
      process.env['CUSTOM_FPM_PATH'] = join(root, 'e2e', 'support', 'fpm.mjs');
      await build({
        targets: Platform.LINUX.createTarget(['dir', ...(canArchive ? ['tar.gz'] : []), ...formats], Arch.x64),
        config: {
          ...builderConfig(),
          electronDist: fakeDistribution(),
          directories: { output, buildResources: 'assets' },
        },
        projectDir: root,
        publish: 'never',
      });
    });
    const made = (suffix: string): string => {
      const [file = ''] = readdirSync(output).filter((name) => name.endsWith(suffix));
      return join(output, file);
    };

    it('packs what runs and nothing else, and that runs', async () => {
      const unpacked = join(output, 'linux-unpacked');
      const packed = listPackage(asarOf(unpacked), { isPack: false }).map((name) => name.replaceAll('\\', '/'));
      for (const needed of ['electron/main.js', 'electron/preload.cjs', 'renderer/index.html', 'putservices.js'])
        expect(packed).toContain(`/dist/${needed}`);
      expect(packed.filter((name) => !/^\/(package\.json|dist)(\/|$)/.test(name))).toEqual([]);
      expect(packed.filter((name) => /\.(map|ts|tsx|env)$/.test(name))).toEqual([]);
      expect(readdirSync(join(unpacked, 'resources', 'packages')).sort()).toEqual(['release-1', 'release-2']);
      expect(readFileSync(join(unpacked, 'resources', 'licences', 'renderer.txt'), 'utf8')).toMatch(/^react-dom \d/m);
      if (!canShowWindows) return;

      const env = {
        ...(process.env as Record<string, string>),
        PUT_DATA_DIR: join(folder, 'data'),
        STANDIN_HOME: standIn,
      };
      const app = await _electron.launch({ executablePath: join(unpacked, 'put-desktop'), args: [], cwd: folder, env });
      const page = await app.firstWindow();
      await page.waitForURL(/\/index\.html/);
      await page.locator('#root > .shell').waitFor();
      expect(await app.evaluate(({ app: packedApp }) => packedApp.isPackaged)).toBe(true);
      const samples = await page.evaluate(() => {
        type Bridge = {
          invoke(method: string, params: object): Promise<{ ok: boolean; value: { handles: string[] } }>;
        };
        return (window as unknown as { putBridge: Bridge }).putBridge.invoke('files.samples', {});
      });
      expect(samples.value.handles.length).toBeGreaterThanOrEqual(12);
      await app.close();
    });

    it('says by its own files how an installed copy is replaced, and the updater reads a folder of them', async () => {
      const served = await serveUpdateFolder(output);
      try {
        const provider = new GenericProvider(
          { provider: 'generic', url: served.url },
          { isAddNoCacheQuery: false, allowDowngrade: false } as never,
          { isUseMultipleRangeRequest: false, platform: 'linux', executor: new NodeHttpExecutor() as never },
        );
        const found = await provider.getLatestVersion();
        const { version } = JSON.parse(
          extractFile(asarOf(join(output, 'linux-unpacked')), 'package.json').toString(),
        ) as {
          version: string;
        };
        expect(found.version).toBe(version);
        const listed = found.files.map(({ url, sha512 }) => [url, sha512]).sort();
        const digest = (name: string): string =>
          createHash('sha512')
            .update(readFileSync(join(output, name)))
            .digest('base64');
        expect(listed).toEqual(
          formats
            .map((format) => basename(made(`.${format}`)))
            .map((name) => [name, digest(name)])
            .sort(),
        );
      } finally {
        served.close();
      }
    });

    /** What is there of the installed desktop, as the scripts of a test print it. */
    const LOOK = `ls -d '/opt/PUT Desktop/put-desktop' /usr/bin/put-desktop /usr/share/applications/put-desktop.desktop /usr/share/icons/hicolor/256x256/apps/put-desktop.png 2>/dev/null || :`;
    const INSTALLED_DESKTOP = [
      '/opt/PUT Desktop/put-desktop',
      '/usr/bin/put-desktop',
      '/usr/share/applications/put-desktop.desktop',
      '/usr/share/icons/hicolor/256x256/apps/put-desktop.png',
    ];
    const ENTRY = `grep -E '^(Name|Exec|MimeType|Categories)=' /usr/share/applications/put-desktop.desktop | sort`;

    it.runIf(canUnshare && formats.includes('deb'))('is installed and removed by dpkg', () => {
      const lines = inOverlay(
        `dpkg --force-depends -i "$2" >/dev/null 2>&1; dpkg --force-depends -i "$2" >/dev/null 2>&1; ${LOOK}; echo --; ${ENTRY}; echo --; dpkg -r put-desktop >/dev/null 2>&1; ${LOOK}`,
        made('.deb'),
      ).split(/--\n?/);
      expect(lines[0]?.trim().split('\n')).toEqual(INSTALLED_DESKTOP);
      expect(lines[1]?.trim().split('\n')).toEqual([
        'Categories=System;',
        'Exec="/opt/PUT Desktop/put-desktop" %U',
        'MimeType=x-scheme-handler/put;',
        'Name=PUT Desktop',
      ]);
      expect(lines[2] ?? '').toBe('');
    });

    it.runIf(canUnshare && formats.includes('rpm'))('is installed, upgraded and removed by rpm', () => {
      const rpm = 'rpm --dbpath /var/lib/rpm-of-test --force-debian --nodeps';
      const lines = inOverlay(
        // In place of its next version: the script of the one before runs after that of the new one.
        `${rpm} -U "$2" >/dev/null 2>&1; ${rpm} -U --replacepkgs "$2" >/dev/null 2>&1; ${LOOK}; echo --; ${rpm} -e put-desktop >/dev/null 2>&1; ${LOOK}`,
        made('.rpm'),
      ).split('--');
      expect(lines[0]?.trim().split('\n')).toEqual(INSTALLED_DESKTOP);
      expect(lines[1]?.trim()).toBe('');
    });

    it.runIf(canArchive)('is an archive that runs where it was unpacked', () => {
      const names = said('tar', '-tzf', made('.tar.gz')).split('\n');
      for (const name of ['put-desktop', 'resources/app.asar', 'resources/packages/release-1/'])
        expect(
          names.some((one) => one.endsWith(`/${name}`)),
          name,
        ).toBe(true);
    });
  });

  /** Files of a package of putservices, folders aside. */
  const installed = (): string[] =>
    [
      '/etc/putservices/Config',
      '/usr/bin/putctl',
      '/usr/bin/putservices',
      ...['release-1', 'release-2'].flatMap((release) =>
        readdirSync(join(root, 'assets', 'packages', release))
          .filter((name) => /\.(rpm|certlist)$/.test(name))
          .map((name) => `/usr/lib/putservices/assets/packages/${release}/${name}`),
      ),
      '/usr/lib/putservices/dist/putctl-program.js',
      '/usr/lib/putservices/dist/putctl.js',
      '/usr/lib/putservices/dist/putservices.js',
      ...['putctl', 'putservices', 'windows'].map((name) => `/usr/lib/putservices/licences/${name}.txt`),
      '/usr/lib/putservices/node',
      '/usr/lib/putservices/package.json',
      '/usr/lib/putservices/putservices.js',
      '/usr/lib/systemd/system/putservices.service',
      ...readdirSync(join(root, 'docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `/usr/share/doc/putservices/${name}`),
      ...['node', 'putctl', 'putservices', 'windows'].map((name) => `/usr/share/doc/putservices/licences/${name}.txt`),
      '/usr/share/bash-completion/completions/putctl',
      '/usr/share/fish/vendor_completions.d/putctl.fish',
      '/usr/share/man/man1/putctl.1.gz',
      '/usr/share/man/man8/putservices.8.gz',
      '/usr/share/zsh/site-functions/_putctl',
      ...readdirSync(join(root, 'dist', 'renderer'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) =>
          join('/usr/lib/putservices/windows', relative(join(root, 'dist', 'renderer'), entry.parentPath), entry.name),
        ),
    ].sort();
  // Node itself would only make the tests slow.
  const packed = async (format: ServicesFormat): Promise<string> => {
    const [file = ''] = await buildServicesPackages(join(folder, 'packages'), { formats: [format], node: '/bin/true' });
    return file;
  };
  it.runIf(whyNoFormat('rpm') === undefined)('makes an RPM of putservices that a master node can install', async () => {
    const rpm = await packed('rpm');
    const lines = said(
      'rpm',
      '-qp',
      '--qf',
      '[%{FILEMODES:perms} %{FILEUSERNAME}:%{FILEGROUPNAME} %{FILENAMES}\n]',
      rpm,
    );
    const files = lines
      .trim()
      .split('\n')
      .map((line) => line.split(' '));
    expect(
      files
        .filter(([mode]) => !mode?.startsWith('d'))
        .map(([, , name]) => name)
        .sort(),
    ).toEqual(installed());
    expect(lines).toContain('-rw-r----- root:putservices /etc/putservices/Config');
    expect(said('rpm', '-qp', '--configfiles', rpm).trim()).toBe('/etc/putservices/Config');
    expect(said('rpm', '-qp', '--scripts', rpm)).toContain('useradd -r -g putservices');
    const inside = (name: string): Buffer =>
      execFileSync('sh', ['-c', 'rpm2archive - < "$1" | tar -xzO "./usr/share/$2"', 'sh', rpm, name]);
    expect(inside('doc/putservices/licences/node.txt').toString()).toContain('Node.js is licensed for use as follows');
    expect(inside('doc/putservices/licences/putservices.txt').toString()).toMatch(/^ws \d[\s\S]*Einar Otto Stangvik/m);
    expect(gunzipSync(inside('man/man1/putctl.1.gz')).toString()).toMatch(/^\.SS putctl status \[job\]$/m);
    const page = gunzipSync(inside('man/man8/putservices.8.gz'));
    expect(page.toString()).toMatch(/^\.SS putservices doctor$/m);
    expect(page.toString()).toMatch(/^\.B SERVICEPORT=1\\-65535$/m);
  });

  it.runIf(whyNoFormat('deb') === undefined)('makes the same as a Debian package', async () => {
    const deb = await packed('deb');
    const files = said('dpkg-deb', '-c', deb)
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    expect(files.map(([, owner]) => owner)).toEqual(files.map(() => 'root/root'));
    const names = files.filter(([mode]) => !mode?.startsWith('d')).map((columns) => columns[5]?.slice(1));
    expect(names.sort()).toEqual(installed());
    expect(said('dpkg-deb', '-I', deb, 'conffiles').trim()).toBe('/etc/putservices/Config');
  });

  it.runIf(canUnshare)('makes an archive whose script installs, upgrades and removes', async () => {
    const archive = await packed('tar.gz');
    const script = `
      tar -C "$1" -xzf "$2"
      cd "$1"/putservices-*/
      sed -i 's/putservices --version/true/' install.sh
      ./install.sh >/dev/null
      echo '#mine' >> /etc/putservices/Config
      ./install.sh | grep -c 'is installed'
      stat -c '%U:%G %a' /etc/putservices/Config
      tail -n 1 /etc/putservices/Config
      find /usr/bin/putctl /usr/bin/putservices /usr/lib/putservices /usr/lib/systemd/system/putservices.service /usr/share/doc/putservices -type f | wc -l
      ./install.sh --remove >/dev/null
      ls -d /usr/bin/putctl /usr/bin/putservices /usr/lib/putservices /usr/share/doc/putservices /etc/putservices/Config 2>/dev/null || :`;
    const lines = inOverlay(script, archive).split('\n');
    const programs = installed().filter(
      (name) => !/^\/etc|\/man\d\/|putctl\.fish$|_putctl$|bash-completion/.test(name),
    ).length;
    expect(lines).toEqual(['1', 'root:putservices 640', '#mine', String(programs), '/etc/putservices/Config']);
  });

  it.runIf(existsSync('/usr/bin/systemd-analyze'))('has a service unit that systemd understands', () => {
    const unit = join(folder, 'putservices.service');
    const text = execFileSync('sed', [
      's#^ExecStart=.*#ExecStart=/bin/true#',
      join(root, 'build/putservices/putservices.service'),
    ]);
    writeFileSync(unit, text);
    const verified = said('sh', '-c', 'systemd-analyze verify --man=no "$1" 2>&1 || true', 'sh', unit);
    expect(verified.split('\n').filter((line) => line.includes('putservices.service'))).toEqual([]);
    // 0 is confined best; most services of a distribution are above 9. In tenths.
    const judged = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=15', unit], {
      encoding: 'utf8',
    });
    expect(judged.status, judged.stdout.trim().split('\n').at(-1)).toBe(0);
  });
});
