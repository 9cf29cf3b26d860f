import { useCommands } from '../app/commands.tsx';
import { keysOfCommand } from '../app/shortcuts.ts';
import { t } from '../texts/en.ts';

interface AcceptProps {
  readonly text: string;
  readonly accepted: boolean;
  readonly locked: boolean;
  /** Ticked, or the tick taken back. */
  readonly onChange: (accepted: boolean) => void;
}

/** The tick of a person who has read what is shown; it has a key of its own, so that Next alone never gives it. */
export function Accept({ text, accepted, locked, onChange }: AcceptProps) {
  const key = keysOfCommand('accept')?.keys;
  useCommands([
    {
      ...{ id: 'accept', name: accepted ? t.keyboard.takeBack : text },
      run: () => onChange(!accepted),
      off: locked ? t.keyboard.acceptOff : undefined,
    },
  ]);
  return (
    <div className="panel accept">
      <label className="check">
        <input
          type="checkbox"
          checked={accepted}
          disabled={locked}
          aria-keyshortcuts={key}
          onChange={(event) => onChange(event.target.checked)}
        />
        {text}
      </label>
      <kbd aria-hidden="true">{key}</kbd>
    </div>
  );
}
