import { describe, expect, it } from 'vitest';
import { t } from '../texts/en.ts';
import { commandOfKey, SHORTCUTS, shownKeys, type PressedKey } from './shortcuts.ts';

const press = (key: string, held: Partial<PressedKey> = {}): string | undefined =>
  commandOfKey({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })?.id;

describe('shortcuts', () => {
  it('are found by their key, with Ctrl or Command, on any keyboard', () => {
    expect(press('k', { ctrlKey: true })).toBe('palette');
    expect(press('K', { metaKey: true })).toBe('palette');
    expect(press('Enter', { ctrlKey: true })).toBe('next');
    expect(press('?', { shiftKey: true })).toBe('shortcuts');
    expect(press('?')).toBe('shortcuts');
    expect(press('F1')).toBe('help');
  });

  it('are none with more or fewer keys held', () => {
    expect(press('k')).toBeUndefined();
    expect(press('Enter')).toBeUndefined();
    expect(press('Enter', { ctrlKey: true, shiftKey: true })).toBeUndefined();
    expect(press('k', { ctrlKey: true, altKey: true })).toBeUndefined();
    expect(press('/', { ctrlKey: true })).toBeUndefined();
    expect(press('F1', { shiftKey: true })).toBeUndefined();
  });

  it('each have a key of their own and a text', () => {
    const commands = SHORTCUTS.filter(({ by }) => by === 'command');
    expect(new Set(commands.map(({ keys }) => keys)).size).toBe(commands.length);
    expect(Object.keys({ ...t.keyboard.commands, ...t.keyboard.keysOfFocus }).sort()).toEqual(
      SHORTCUTS.map(({ id }) => id).sort(),
    );
  });

  it('are shown as they stand on the keyboard', () => {
    expect(shownKeys({ keys: 'Mod+K' }, false)).toEqual(['Ctrl+K']);
    expect(shownKeys({ keys: 'Mod+K' }, true)).toEqual(['⌘K']);
    expect(shownKeys({ keys: 'Enter Space' }, true)).toEqual(['Enter', 'Space']);
  });
});
