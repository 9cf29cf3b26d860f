import { useMemo, useState } from 'react';
import { byName } from '../../components/format.ts';
import { t } from '../../texts/en.ts';

const words = t.inventory;
/** Names that are listed at a time; the others are found by a part of their name. */
const LISTED = 100;

/** Chooses nodes by name among any number of them: a filter, the first that fit it, and all that fit it at once. */
export function NodeChooser(props: {
  readonly label: string;
  readonly names: readonly string[];
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}) {
  const { names, chosen, onChange } = props;
  const [part, setPart] = useState('');
  const wanted = part.trim().toLowerCase();
  const inOrder = useMemo(() => [...names].sort(byName), [names]);
  const fitting = useMemo(() => inOrder.filter((name) => name.toLowerCase().includes(wanted)), [inOrder, wanted]);
  const listed = fitting.slice(0, LISTED);
  const set = (some: readonly string[], on: boolean): void => {
    const next = new Set(chosen);
    for (const name of some) {
      if (on) next.add(name);
      else next.delete(name);
    }
    onChange(next);
  };
  return (
    <fieldset className="node-chooser">
      <legend>{props.label}</legend>
      <div className="row-buttons">
        <input
          type="search"
          aria-label={words.chooseFilter}
          placeholder={words.chooseFilter}
          spellCheck={false}
          value={part}
          onChange={(event) => setPart(event.target.value)}
        />
        <button type="button" className="btn small" disabled={fitting.length === 0} onClick={() => set(fitting, true)}>
          {words.chooseAll(fitting.length)}
        </button>
        <button type="button" className="btn small" disabled={chosen.size === 0} onClick={() => onChange(new Set())}>
          {words.chooseNone}
        </button>
        <span className="sub num">{words.chosen(chosen.size, names.length)}</span>
      </div>
      <ul>
        {listed.map((name) => (
          <li key={name}>
            <label className="check mono">
              <input
                type="checkbox"
                checked={chosen.has(name)}
                onChange={(event) => set([name], event.target.checked)}
              />
              {name}
            </label>
          </li>
        ))}
      </ul>
      {fitting.length > listed.length && <p className="sub">{words.chooseMore(fitting.length - listed.length)}</p>}
    </fieldset>
  );
}
