import { useMemo, useState } from 'react';
import { Autocomplete } from 'react-aria-components/Autocomplete';
import { Dialog as AriaDialog } from 'react-aria-components/Dialog';
import { Header, ListBox, ListBoxItem, ListBoxSection, Text } from 'react-aria-components/ListBox';
import { Modal, ModalOverlay } from 'react-aria-components/Modal';
import { Input, SearchField } from 'react-aria-components/SearchField';
import { useCommandList } from '../../app/commands.tsx';
import { useShownTopic } from '../../app/useShownTopic.ts';
import { useUnhurried } from '../../components/useUnhurried.ts';
import { useActions, useApp } from '../../app/context.ts';
import { keysOfCommand, shownKeys } from '../../app/shortcuts.ts';
import { focusView } from '../../app/useFocusKeeper.ts';
import type { Place } from '../../stores/viewSlice.ts';
import { t } from '../../texts/en.ts';
import { buttonsShown } from './buttonsShown.ts';
import { entriesOfPicture, findEntries, type PaletteEntry, type PaletteTarget } from './paletteEntries.ts';
import { isMac } from './isMac.ts';

/** Lines of a group at most: a list of thousands is searched, not read. */
const MOST_OF_GROUP = 20;
const LOOK_AGAIN_MS = 1_000;

const words = t.keyboard;

/** Finds a command, a place, a job, a node or a package by its name, and goes there or does it. */
export function Palette({ place, onClose }: { place: Place; onClose: () => void }) {
  const list = useCommandList();
  // All nodes are among what is found: looked at anew once in a while, not with every news of a running job.
  const picture = useUnhurried(
    useApp((state) => state.picture),
    LOOK_AGAIN_MS,
  );
  useShownTopic('nodes', Object.values(picture?.systems ?? {}));
  const { go, showNode } = useActions();
  const [typed, setTyped] = useState('');
  // As the window stood when the palette was asked for.
  const [buttons] = useState(() => buttonsShown(document));
  const entries = useMemo(() => (picture ? entriesOfPicture(picture, place) : []), [picture, place]);
  const commands = list
    .all()
    .filter(({ unlisted }) => !unlisted)
    .map(({ id, name, off }): PaletteEntry => ({
      ...{ id: `command ${id}`, group: 'command', name, about: off ?? '', off: off !== undefined },
      target: { kind: 'command', commandId: id },
    }));
  const named = new Set(commands.map(({ name }) => name));
  const pressed = buttons.flatMap(({ name, about, off }, at): PaletteEntry[] =>
    named.has(name) ? [] : [{ id: `button ${at}`, group: 'command', name, about, off, target: { kind: 'button', at } }],
  );
  const groups = findEntries([...commands, ...pressed, ...entries], typed, MOST_OF_GROUP);
  const byId = new Map(groups.flatMap(({ entries: shown }) => shown.map((entry) => [entry.id, entry] as const)));

  function take(id: string): void {
    const target = byId.get(id)?.target;
    if (!target) return;
    onClose();
    // After the dialog gave the focus back, so that what comes keeps it.
    requestAnimationFrame(() => reach(target));
  }

  function reach(target: PaletteTarget): void {
    if (target.kind === 'command') {
      const command = list.find(target.commandId);
      if (command && command.off === undefined) command.run();
    } else if (target.kind === 'button') {
      buttons[target.at]?.press();
    } else {
      if (target.place !== place) go(target.place);
      if (target.kind === 'node') showNode(target.nodeId);
      requestAnimationFrame(() => requestAnimationFrame(focusView));
    }
  }

  return (
    <ModalOverlay className="overlay top" isOpen isDismissable onOpenChange={(open) => !open && onClose()}>
      <Modal className="modal wide palette">
        <AriaDialog className="dialog" aria-label={words.paletteTitle}>
          <Autocomplete inputValue={typed} onInputChange={setTyped}>
            <SearchField aria-label={words.find} autoFocus>
              <Input
                role="combobox"
                aria-expanded
                aria-haspopup="listbox"
                placeholder={words.placeholder}
                maxLength={200}
                onKeyDown={(event) => {
                  // The search field empties itself first; here the topmost thing closes at once.
                  if (event.key === 'Escape') onClose();
                }}
              />
            </SearchField>
            <ListBox
              className="menu"
              aria-label={words.found}
              disabledKeys={[...byId.values()].filter(({ off }) => off).map(({ id }) => id)}
              onAction={(key) => take(String(key))}
              renderEmptyState={() => <p className="sub">{words.nothing(typed)}</p>}
            >
              {groups.map(({ group, entries: shown, more }) => (
                <ListBoxSection key={group} id={group} aria-label={words.groups[group]}>
                  <Header className="menu-header">
                    {words.groups[group]}
                    {more > 0 && ` · ${words.more(more)}`}
                  </Header>
                  {shown.map((entry) => (
                    <EntryItem key={entry.id} entry={entry} />
                  ))}
                </ListBoxSection>
              ))}
            </ListBox>
          </Autocomplete>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

function EntryItem({ entry }: { entry: PaletteEntry }) {
  const shortcut = entry.target.kind === 'command' ? keysOfCommand(entry.target.commandId) : undefined;
  return (
    <ListBoxItem id={entry.id} className="menu-item" textValue={entry.name}>
      <Text slot="label" className={entry.group === 'node' || entry.group === 'package' ? 'mono' : ''}>
        {entry.name}
      </Text>
      {entry.about !== '' && (
        <Text slot="description" className="sub">
          {entry.about}
        </Text>
      )}
      {shortcut && <kbd>{shownKeys(shortcut, isMac()).join(' ')}</kbd>}
    </ListBoxItem>
  );
}
