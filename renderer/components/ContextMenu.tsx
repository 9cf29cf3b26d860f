import { useRef } from 'react';
import { Menu, MenuItem, Popover, Separator } from 'react-aria-components/Menu';

/** What a menu offers; `undefined` in a list is a rule between two groups. */
export interface MenuEntry {
  readonly id: string;
  readonly text: string;
  readonly disabled?: boolean | undefined;
  readonly run: () => void;
}

export type MenuEntries = readonly (MenuEntry | undefined)[];

interface ContextMenuProps {
  readonly label: string;
  /** Where it was asked for, in px from the top left of the window. */
  readonly at: { readonly x: number; readonly y: number };
  readonly entries: MenuEntries;
  readonly onClose: () => void;
}

/** A menu where the pointer or the active row is; shown while it is rendered, closed by Escape, a choice, or a click beside it. */
export function ContextMenu({ label, at, entries, onClose }: ContextMenuProps) {
  const anchor = useRef<HTMLSpanElement>(null);
  const runs = new Map(entries.flatMap((entry) => (entry ? [[entry.id, entry.run] as const] : [])));
  return (
    <>
      <span ref={anchor} className="menu-anchor" aria-hidden="true" style={{ left: at.x, top: at.y }} />
      <Popover
        className="menu-popover"
        triggerRef={anchor}
        isOpen
        placement="bottom start"
        offset={2}
        onOpenChange={(open) => {
          if (!open) onClose();
        }}
      >
        <Menu
          className="menu"
          aria-label={label}
          autoFocus="first"
          disabledKeys={entries.flatMap((entry) => (entry?.disabled ? [entry.id] : []))}
          onAction={(key) => runs.get(String(key))?.()}
          onClose={onClose}
        >
          {entries.map((entry, i) =>
            entry ? (
              <MenuItem key={entry.id} id={entry.id} className="menu-item" textValue={entry.text}>
                {entry.text}
              </MenuItem>
            ) : (
              <Separator key={`rule-${i}`} className="menu-rule" />
            ),
          )}
        </Menu>
      </Popover>
    </>
  );
}
