/** What a shortcut does: a command that a view offers (`useCommand`), or what the part with the focus does by itself. */
export type CommandKey = 'palette' | 'shortcuts' | 'help' | 'next' | 'accept' | 'find' | 'close';
export type FocusKey =
  'controls' | 'press' | 'move' | 'pages' | 'mark' | 'markAll' | 'copy' | 'menu' | 'widen' | 'order' | 'dialog';

interface Keys {
  /** As shown: parts joined by `+`, alternatives apart by a blank; `Mod` is Ctrl, and Command on a Mac. */
  readonly keys: string;
}
export interface CommandShortcut extends Keys {
  readonly id: CommandKey;
  readonly by: 'command';
}
export interface FocusShortcut extends Keys {
  readonly id: FocusKey;
  readonly by: 'focus';
}
export type Shortcut = CommandShortcut | FocusShortcut;

/** Every key that the windows know; palette, help and handlers are made of this list. */
export const SHORTCUTS: readonly Shortcut[] = [
  { id: 'palette', keys: 'Mod+K', by: 'command' },
  { id: 'next', keys: 'Mod+Enter', by: 'command' },
  { id: 'accept', keys: 'F8', by: 'command' },
  { id: 'find', keys: '/', by: 'command' },
  { id: 'help', keys: 'F1', by: 'command' },
  { id: 'shortcuts', keys: '?', by: 'command' },
  { id: 'close', keys: 'Escape', by: 'command' },
  { id: 'dialog', keys: 'Escape', by: 'focus' },
  { id: 'controls', keys: 'Tab Shift+Tab', by: 'focus' },
  { id: 'press', keys: 'Enter Space', by: 'focus' },
  { id: 'move', keys: '↑ ↓ ← → Home End', by: 'focus' },
  { id: 'pages', keys: 'PageUp PageDown', by: 'focus' },
  { id: 'mark', keys: 'Space Shift+↑ Shift+↓', by: 'focus' },
  { id: 'markAll', keys: 'Mod+A', by: 'focus' },
  { id: 'copy', keys: 'Mod+C', by: 'focus' },
  { id: 'menu', keys: 'Shift+F10 Menu', by: 'focus' },
  { id: 'widen', keys: 'Alt+← Alt+→', by: 'focus' },
  { id: 'order', keys: 'Alt+↑ Alt+↓', by: 'focus' },
];

/** A key alone that a person may also mean as text; these can be switched off. */
export function isSingleKey({ keys }: Keys): boolean {
  return keys.length === 1;
}

/** What of a pressed key counts. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

/** The command of a pressed key. Shift counts only for what is no character of its own: `?` needs it on many keyboards. */
export function commandOfKey(pressed: PressedKey): CommandShortcut | undefined {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = pressed;
  if (altKey) return undefined;
  return SHORTCUTS.find((shortcut): shortcut is CommandShortcut => {
    if (shortcut.by !== 'command') return false;
    const parts = shortcut.keys.split('+');
    const wanted = parts.at(-1) ?? '';
    const needsMod = parts.includes('Mod');
    if (needsMod !== (ctrlKey || metaKey) || (shiftKey && !isSingleKey(shortcut))) return false;
    return key.toLowerCase() === wanted.toLowerCase();
  });
}

/** The keys as they stand on this machine's keyboard. */
export function shownKeys({ keys }: Keys, mac: boolean): readonly string[] {
  return keys.split(' ').map((one) => one.replace('Mod+', mac ? '⌘' : 'Ctrl+'));
}

export const keysOfCommand = (id: string): CommandShortcut | undefined =>
  SHORTCUTS.find((shortcut): shortcut is CommandShortcut => shortcut.by === 'command' && shortcut.id === id);
