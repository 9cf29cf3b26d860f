import type { Configuration } from 'electron-builder';
import { join } from 'node:path';
import { flipFuses, type Flavour } from './fuses.ts';

/*
 * What electron-builder makes of dist/: an installer for one user on Windows, an image on macOS, packages on Linux. No target
 * needs administrator rights but deb and rpm, which a site's own software distribution installs.
 *
 * Not here: signing. It reads CSC_LINK and CSC_KEY_PASSWORD (Windows and macOS) and APPLE_API_KEY and its companions
 * (notarization) from the environment of the machine that releases.
 *
 * AppArmor: Ubuntu 24.04 and newer let only named programs make user namespaces, which Chromium's sandbox needs. The deb
 * brings electron-builder's own profile for that; AppImage and zip have none, so there a site sets
 * kernel.apparmor_restrict_unprivileged_userns=0 or installs the deb. The sandbox is never switched off.
 *
 * `publish` names no real server: it makes the files by which the updater reads a source (latest.yml and its like), and that tell an installed
 * copy what it was installed by. Where newer versions come from is said by the person (Help, Updates).
 */

/** A script by which deb and rpm outlive an upgrade. */
const AFTER_REMOVE = join(import.meta.dirname, 'linuxAfterRemove.tpl');
const HARDENED: Configuration = {
  appId: 'org.put-desktop.PUTDesktop',
  productName: 'PUT Desktop',
  copyright: 'PUT Desktop contributors',
  directories: { output: 'out', buildResources: 'assets' },
  // Everything that runs is bundled into dist; no node_modules and no source go out.
  files: [
    'package.json',
    'dist/electron/**/*',
    'dist/renderer/**/*',
    'dist/putservices.js',
    '!dist/**/*.map',
    // The desktop reads them as they are.
    '!dist/**/*.br',
    '!node_modules/**/*',
  ],
  extraResources: [
    { from: 'dist/licences', to: 'licences', filter: ['main.txt', 'preload.txt', 'renderer.txt', 'putservices.txt'] },
    { from: 'assets/packages', to: 'packages', filter: ['release-*/**/*.rpm', 'release-*/**/*.certlist'] },
  ],
  asar: true,
  npmRebuild: false,
  electronLanguages: ['en-US'],
  publish: { provider: 'generic', url: 'https://updates.put-desktop.invalid/' },
  afterPack: (packed) => flipFuses(packed),
  protocols: { name: 'PUT Desktop', schemes: ['put'] },
  linux: {
    target: ['AppImage', 'deb', 'rpm', 'tar.gz'],
    executableName: 'put-desktop',
    artifactName: 'put-desktop-${version}-${arch}.${ext}',
    icon: 'assets/icons',
    category: 'System',
    synopsis: 'Upgrades the software on every node of a cluster',
    maintainer: 'PUT Desktop contributors <maintainers@put-desktop.invalid>',
    desktop: { entry: { Name: 'PUT Desktop', StartupWMClass: 'PUT Desktop', Keywords: 'upgrade;cluster;rpm;' } },
  },
  deb: { afterRemove: AFTER_REMOVE },
  rpm: { afterRemove: AFTER_REMOVE },
  win: {
    target: ['nsis', 'zip'],
    artifactName: 'PUT-Desktop-${version}-${arch}.${ext}',
    icon: 'assets/icons/512x512.png',
  },
  nsis: {
    oneClick: false,
    perMachine: false,
    allowElevation: false,
    allowToChangeInstallationDirectory: true,
    // Saved systems and the practice system belong to the person, not to the program.
    deleteAppDataOnUninstall: false,
  },
  mac: {
    target: (['dmg', 'zip'] as const).map((target) => ({ target, arch: ['universal'] })),
    artifactName: 'PUT-Desktop-${version}-${arch}.${ext}',
    icon: 'assets/icons/512x512.png',
    category: 'public.app-category.utilities',
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: 'build/entitlements.mac.plist',
    entitlementsInherit: 'build/entitlements.mac.plist',
  },
};

/**
 * The configuration of a flavour. *Hardened* is what goes out. *Testable* is the same with the one fuse open by which Playwright takes hold of the
 * main process; it has names of its own, so that nobody takes it for the other, and both can be installed side by side.
 */
export function builderConfig(flavour: Flavour = 'hardened'): Configuration {
  if (flavour === 'hardened') return HARDENED;
  return {
    ...HARDENED,
    appId: `${HARDENED.appId}.testable`,
    productName: `${HARDENED.productName} Testable`,
    afterPack: (packed) => flipFuses(packed, 'testable'),
    linux: { ...HARDENED.linux, executableName: 'put-desktop-testable' },
  };
}
