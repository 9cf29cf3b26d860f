import { useEffect } from 'react';
import { useApp } from './context.ts';

/** Sets the theme on the document; `system` follows the operating system as it changes. */
export function useTheme(): void {
  const theme = useApp((state) => state.theme);
  useEffect(() => {
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    const apply = (): void => {
      document.documentElement.dataset['theme'] = theme === 'system' ? (dark.matches ? 'dark' : 'light') : theme;
    };
    apply();
    dark.addEventListener('change', apply);
    return () => dark.removeEventListener('change', apply);
  }, [theme]);
}
