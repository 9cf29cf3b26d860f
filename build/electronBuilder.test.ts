import { describe, expect, it } from 'vitest';
import { builderConfig } from './electronBuilder.ts';

const { linux, mac, win, nsis, asar, files, publish } = builderConfig();

describe('the packages of the desktop', () => {
  it('are those that each platform is promised', () => {
    expect(linux?.target).toEqual(['AppImage', 'deb', 'rpm', 'tar.gz']);
    expect(win?.target).toEqual(['nsis', 'zip']);
    expect(mac?.target).toEqual(['dmg', 'zip'].map((target) => ({ target, arch: ['universal'] })));
    expect([asar, mac?.hardenedRuntime]).toEqual([true, true]);
  });

  it('ask for no administrator on Windows, and leave what belongs to the person', () => {
    expect(nsis).toMatchObject({ perMachine: false, allowElevation: false, deleteAppDataOnUninstall: false });
    expect(win).not.toHaveProperty('requestedExecutionLevel');
  });

  it('hold what was built and no source, and look for updates at no server by themselves', () => {
    expect(files).toContain('!node_modules/**/*');
    expect((files as string[]).filter((one) => !one.startsWith('!') && !/^(package\.json|dist\/)/.test(one))).toEqual(
      [],
    );
    expect(publish).toMatchObject({ url: expect.stringContaining('.invalid/') as string });
  });

  it('have a testable flavour that nobody takes for the hardened one', () => {
    const testable = builderConfig('testable');
    expect(testable.appId).not.toBe(builderConfig().appId);
    expect(testable.productName).toContain('Testable');
    expect(testable.linux?.executableName).not.toBe(linux?.executableName);
  });
});
