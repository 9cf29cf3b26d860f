import { flipFuses as writeFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** *Hardened* goes out; *testable* lets Playwright take hold of the main process. */
export const FLAVOURS = ['hardened', 'testable'] as const;
export type Flavour = (typeof FLAVOURS)[number];

/** Switches inside Electron's executable, set for good when the app is packed. */
export const FUSES = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
};

interface PackedApp {
  readonly appOutDir: string;
  readonly electronPlatformName: string;
  readonly packager: { readonly appInfo: { readonly productFilename: string }; readonly executableName?: string };
}

/** The executable of a packed app. */
export function executableOf({ appOutDir, electronPlatformName, packager }: PackedApp): string {
  const name = packager.appInfo.productFilename;
  if (electronPlatformName === 'darwin') return join(appOutDir, `${name}.app`);
  if (electronPlatformName === 'win32') return join(appOutDir, `${name}.exe`);
  return join(appOutDir, packager.executableName ?? name);
}

/** A script in the place of Electron (the stand-in of the tests) has no fuses. */
function isScript(file: string): boolean {
  const descriptor = openSync(file, 'r');
  const head = Buffer.alloc(2);
  try {
    readSync(descriptor, head, 0, 2, 0);
  } finally {
    closeSync(descriptor);
  }
  return head.toString('latin1') === '#!';
}

/** electron-builder calls this after packing, before signing. Throws when a fuse cannot be set. */
export async function flipFuses(packed: PackedApp, flavour: Flavour = 'hardened'): Promise<void> {
  const executable = executableOf(packed);
  if (packed.electronPlatformName === 'linux' && isScript(executable)) {
    console.log(`${executable} is a script; it has no fuses to set.`);
    return;
  }
  await writeFuses(executable, {
    version: FuseVersion.V1,
    // An ad-hoc signature lets an unsigned build start on Apple silicon.
    resetAdHocDarwinSignature: packed.electronPlatformName === 'darwin',
    strictlyRequireAllFuses: false,
    ...FUSES,
    [FuseV1Options.EnableNodeCliInspectArguments]: flavour === 'testable',
  });
}
