import { Button } from 'react-aria-components/Button';
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Separator } from 'react-aria-components/Menu';
import type { MenuEntries } from '../ContextMenu.tsx';
import { t } from '../../texts/en.ts';
import type { TableColumn } from './tableColumn.ts';
import type { TableColumns } from './useTableColumns.ts';

const words = t.tables;

/** The menu of a table: which columns are shown, and what leaves the table. */
export function TableMenu<Row>({
  label,
  columns,
  all,
  entries,
}: {
  readonly label: string;
  readonly columns: TableColumns<Row>;
  readonly all: readonly TableColumn<Row>[];
  readonly entries: MenuEntries;
}) {
  const choosable = all.filter(({ kind }) => kind !== 'buttons');
  const shown = choosable.filter(({ id }) => columns.isShown(id)).map(({ id }) => id);
  const runs = new Map(entries.flatMap((entry) => (entry ? [[entry.id, entry.run] as const] : [])));
  return (
    <MenuTrigger>
      <Button className="table-menu-button" aria-label={words.menu(label)}>
        <svg viewBox="0 0 14 14" width="14" height="14" aria-hidden="true">
          <path d="M2 3.5h10M2 7h10M2 10.5h10" stroke="currentColor" strokeWidth="1.4" />
        </svg>
      </Button>
      <Popover className="menu-popover" placement="bottom end" offset={2}>
        <Menu
          className="menu"
          aria-label={words.menu(label)}
          onAction={(key) => runs.get(String(key))?.()}
          disabledKeys={entries.flatMap((entry) => (entry?.disabled ? [entry.id] : []))}
        >
          <MenuSection
            selectionMode="multiple"
            selectedKeys={shown}
            onSelectionChange={(keys) => {
              for (const { id } of choosable) {
                const is = keys === 'all' || keys.has(id);
                if (is !== columns.isShown(id)) columns.show(id, is);
              }
            }}
          >
            <Header className="menu-header">{words.columns}</Header>
            {choosable.map(({ id, title }) => (
              <MenuItem key={id} id={id} className="menu-item" textValue={title}>
                {({ isSelected }) => (
                  <>
                    <span className="menu-tick" aria-hidden="true">
                      {isSelected ? '✓' : ''}
                    </span>
                    {title}
                    {columns.isFolded(id) && <small className="sub">{words.folded}</small>}
                  </>
                )}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator className="menu-rule" />
          <MenuSection>
            {entries.flatMap((entry) =>
              entry
                ? [
                    <MenuItem key={entry.id} id={entry.id} className="menu-item" textValue={entry.text}>
                      {entry.text}
                    </MenuItem>,
                  ]
                : [],
            )}
          </MenuSection>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
