import { describe, expect, it } from 'vitest';
import { menuTemplate, type MenuActions } from './menu.ts';
import type { Theme } from './windowState.ts';

const platforms = ['linux', 'win32', 'darwin'] as const;
const actions = (chosen: Theme[] = []): MenuActions => ({
  theme: 'dark',
  setTheme: (theme) => chosen.push(theme),
  openHelp: () => undefined,
  openLogFolder: () => undefined,
  saveSupportBundle: () => undefined,
  talkAboutUpdates: () => undefined,
});

describe('the application menu', () => {
  it.each(platforms)('has a name or a role for every entry on %s, and no way to developer tools', (platform) => {
    const text = JSON.stringify(menuTemplate(platform, actions()));
    expect(text).not.toContain('toggleDevTools');
    const check = (items: ReturnType<typeof menuTemplate>): void => {
      for (const item of items) {
        expect(item.label ?? item.role ?? item.type).toBeTruthy();
        if (Array.isArray(item.submenu)) check(item.submenu);
      }
    };
    check(menuTemplate(platform, actions()));
  });

  it('offers the themes and marks the one in use', () => {
    const chosen: Theme[] = [];
    const view = menuTemplate('linux', actions(chosen)).find((item) => item.label === '&View')!;
    const themes = (view.submenu as ReturnType<typeof menuTemplate>)[0]!.submenu as ReturnType<typeof menuTemplate>;
    expect(themes.map((item) => item.checked)).toEqual([false, false, true]);
    (themes[1]!.click as () => void)();
    expect(chosen).toEqual(['light']);
  });
});
