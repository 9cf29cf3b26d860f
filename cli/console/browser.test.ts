import { describe, expect, it } from 'vitest';
import { browserArguments, findBrowser, hasDisplay } from './browser.ts';

const places = (platform: string, there: string[], env: Record<string, string> = {}) => ({
  platform,
  env,
  home: '/home/anna',
  exists: (path: string) => there.includes(path),
});

describe('findBrowser', () => {
  it('finds what is installed, Chromium before Chrome before Edge on Linux', () => {
    expect(findBrowser(places('linux', ['/usr/bin/google-chrome', '/usr/bin/chromium']))?.path).toBe(
      '/usr/bin/chromium',
    );
    expect(findBrowser(places('linux', ['/opt/microsoft/msedge/microsoft-edge']))?.name).toBe('Microsoft Edge');
    expect(findBrowser(places('linux', ['/home/anna/bin/chromium'], { PATH: '/home/anna/bin:relative' }))?.path).toBe(
      '/home/anna/bin/chromium',
    );
    expect(findBrowser(places('linux', []))).toBeUndefined();
  });

  it('knows the places of macOS and Windows', () => {
    const mac = '/home/anna/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge';
    expect(findBrowser(places('darwin', [mac]))).toEqual({ name: 'Microsoft Edge', path: mac });
    const edge = 'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe';
    expect(findBrowser(places('win32', [edge], { 'ProgramFiles(x86)': 'C:\\Program Files (x86)' }))?.path).toBe(edge);
  });

  it('takes the one that PUT_BROWSER names, and no other', () => {
    expect(findBrowser(places('linux', ['/opt/b', '/usr/bin/chromium'], { PUT_BROWSER: '/opt/b' }))?.path).toBe(
      '/opt/b',
    );
    expect(findBrowser(places('linux', ['/usr/bin/chromium'], { PUT_BROWSER: '/opt/b' }))).toBeUndefined();
  });
});

describe('browser window', () => {
  it('gives up the sandbox only as root', () => {
    const options = { profileFolder: '/p', asRoot: false };
    expect(browserArguments('http://127.0.0.1:1/', options)).not.toContain('--no-sandbox');
    expect(browserArguments('http://127.0.0.1:1/', { ...options, asRoot: true })).toContain('--no-sandbox');
    expect(browserArguments('http://127.0.0.1:1/', options).slice(0, 2)).toEqual([
      '--app=http://127.0.0.1:1/',
      '--user-data-dir=/p',
    ]);
  });

  it('needs a display on Linux', () => {
    expect([
      hasDisplay('linux', {}),
      hasDisplay('linux', { DISPLAY: ':0' }),
      hasDisplay('darwin', {}),
      hasDisplay('win32', {}),
    ]).toEqual([false, true, true, true]);
  });
});
