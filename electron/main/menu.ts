import type { MenuItemConstructorOptions } from 'electron';
import { THEMES, type Theme } from './windowState.ts';

export interface MenuActions {
  readonly theme: Theme;
  setTheme(theme: Theme): void;
  openHelp(): void;
  openLogFolder(): void;
  saveSupportBundle(): void;
  talkAboutUpdates(): void;
}

const THEME_LABELS: Readonly<Record<Theme, string>> = {
  system: 'As the &System',
  light: '&Light',
  dark: '&Dark',
};

/** The application menu: the roles that every platform's keyboard and screen reader users expect, and ours. */
export function menuTemplate(platform: NodeJS.Platform, actions: MenuActions): MenuItemConstructorOptions[] {
  const mac = platform === 'darwin';
  const themes: MenuItemConstructorOptions[] = THEMES.map((theme) => ({
    id: `theme-${theme}`,
    label: THEME_LABELS[theme],
    type: 'radio',
    checked: theme === actions.theme,
    click: () => actions.setTheme(theme),
  }));
  return [
    ...(mac ? [{ role: 'appMenu' } satisfies MenuItemConstructorOptions] : []),
    { label: '&File', submenu: [mac ? { role: 'close' } : { role: 'quit' }] },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        { label: '&Theme', submenu: themes },
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { type: 'separator' },
        { role: 'togglefullscreen' },
      ],
    },
    { role: 'windowMenu' },
    {
      role: 'help',
      submenu: [
        // The page itself handles F1; the accelerator here only names it.
        { id: 'help', label: '&Help', accelerator: 'F1', registerAccelerator: false, click: () => actions.openHelp() },
        { id: 'logs', label: 'Open the &Log Folder', click: () => actions.openLogFolder() },
        { id: 'support', label: '&Save a Support Bundle…', click: () => actions.saveSupportBundle() },
        { id: 'updates', label: '&Updates…', click: () => actions.talkAboutUpdates() },
        ...(mac ? [] : [{ type: 'separator' } as const, { role: 'about' } as const]),
      ],
    },
  ];
}
