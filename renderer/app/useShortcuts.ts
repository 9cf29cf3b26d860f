import { useEffect } from 'react';
import { useCommandList } from './commands.tsx';
import { useApp } from './context.ts';
import { commandOfKey, isSingleKey } from './shortcuts.ts';

const TEXT =
  'input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]';
/** What takes keys for itself: nothing behind it is reached by one. */
const ON_TOP = '[role=dialog], [role=alertdialog], [role=menu]';

/** Runs the command of a pressed key, unless the part with the focus took the key for itself. */
export function useShortcuts(): void {
  const list = useCommandList();
  const singleKeys = useApp((state) => state.singleKeys);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const shortcut = commandOfKey(event);
      const at = event.target instanceof Element ? event.target : undefined;
      // A key that is held down does its deed once.
      if (!shortcut || event.defaultPrevented || event.repeat || event.isComposing) return;
      if (document.querySelector(ON_TOP)) return;
      if (isSingleKey(shortcut) && (!singleKeys || at?.closest(TEXT))) return;
      const command = list.find(shortcut.id);
      if (!command) return;
      event.preventDefault();
      if (command.off === undefined) command.run();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [list, singleKeys]);
}
