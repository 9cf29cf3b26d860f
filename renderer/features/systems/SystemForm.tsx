import { useState } from 'react';
import type { SavedSystem } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const WAYS = ['single-port', 'hand-off', 'websocket', 'ssh'] as const;
type Way = (typeof WAYS)[number];
const PORT_KEYS = ['ccPort', 'sslPort', 'servicePort', 'chatPort'] as const;
type PortKey = (typeof PORT_KEYS)[number];

interface Draft {
  readonly name: string;
  readonly host: string;
  readonly ports: Readonly<Record<PortKey, string>>;
  readonly ways: readonly Way[];
}

const isWay = (path: string): path is Way => (WAYS as readonly string[]).includes(path);
const portOf = (text: string): number | undefined => {
  const port = Number(text);
  return /^\d{1,5}$/.test(text.trim()) && port >= 1 && port <= 65_535 ? port : undefined;
};

/** The first thing that keeps a system from being saved; undefined when it can be. */
export function problemOf(draft: Draft): string | undefined {
  const { form } = t.systems;
  if (draft.name.trim() === '') return form.needName;
  if (draft.host.trim() === '') return form.needHost;
  const bad = PORT_KEYS.find((key) => portOf(draft.ports[key]) === undefined);
  if (bad) return form.needPort(form[bad]);
  return draft.ways.length === 0 ? form.needPath : undefined;
}

/** Adds a system or changes a saved one. */
export function SystemForm({ saved, onClose }: { saved: SavedSystem | undefined; onClose: () => void }) {
  const { addSystem, updateSystem } = useActions();
  const busy = useApp(selectBusy('system'));
  const [draft, setDraft] = useState<Draft>({
    name: saved?.name ?? '',
    host: saved?.host ?? '',
    ports: {
      ccPort: String(saved?.ccPort ?? 9000),
      sslPort: String(saved?.sslPort ?? 8443),
      servicePort: String(saved?.servicePort ?? 8992),
      chatPort: String(saved?.chatPort ?? 11_111),
    },
    ways: saved ? saved.pathOrder.filter(isWay) : ['single-port', 'hand-off'],
  });
  const problem = problemOf(draft);
  const { form } = t.systems;

  async function save(): Promise<void> {
    const ports = Object.fromEntries(PORT_KEYS.map((key) => [key, portOf(draft.ports[key])]));
    const system = { name: draft.name.trim(), host: draft.host.trim(), ...ports, pathOrder: [...draft.ways] };
    const answer = saved ? await updateSystem(saved.systemId, system) : await addSystem(system);
    if (answer) onClose();
  }
  const move = (way: Way, by: -1 | 1): void => {
    const ways = [...draft.ways];
    const at = ways.indexOf(way);
    const other = ways[at + by];
    if (other === undefined) return;
    ways[at] = other;
    ways[at + by] = way;
    setDraft({ ...draft, ways });
  };

  return (
    <Dialog title={saved ? t.systems.editTitle(saved.name) : t.systems.addTitle} onClose={onClose} wide>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!problem) void save();
        }}
      >
        <label className="field">
          <span>{form.name}</span>
          <input
            value={draft.name}
            maxLength={80}
            autoFocus
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
          <small>{form.nameHint}</small>
        </label>
        <label className="field">
          <span>{form.host}</span>
          <input
            className="mono"
            value={draft.host}
            maxLength={253}
            spellCheck={false}
            onChange={(event) => setDraft({ ...draft, host: event.target.value })}
          />
        </label>
        <div className="field-row">
          {PORT_KEYS.map((key) => (
            <label key={key} className="field">
              <span>{form[key]}</span>
              <input
                className="mono"
                inputMode="numeric"
                size={6}
                value={draft.ports[key]}
                onChange={(event) => setDraft({ ...draft, ports: { ...draft.ports, [key]: event.target.value } })}
              />
            </label>
          ))}
        </div>
        <small className="hint">{form.ccPortHint}</small>
        <fieldset>
          <legend>{form.paths}</legend>
          {[...draft.ways, ...WAYS.filter((way) => !draft.ways.includes(way))].map((way) => {
            const at = draft.ways.indexOf(way);
            return (
              <div key={way} className="way-row">
                <label className="check">
                  <input
                    type="checkbox"
                    checked={at >= 0}
                    onChange={(event) =>
                      setDraft({
                        ...draft,
                        ways: event.target.checked ? [...draft.ways, way] : draft.ways.filter((name) => name !== way),
                      })
                    }
                  />
                  <b>{t.pathNames[way]}</b>
                </label>
                <small>{form.pathHints[way]}</small>
                <button
                  type="button"
                  className="btn small"
                  aria-label={`${form.up}: ${t.pathNames[way]}`}
                  disabled={at <= 0}
                  onClick={() => move(way, -1)}
                >
                  {form.up}
                </button>
                <button
                  type="button"
                  className="btn small"
                  aria-label={`${form.down}: ${t.pathNames[way]}`}
                  disabled={at < 0 || at === draft.ways.length - 1}
                  onClick={() => move(way, 1)}
                >
                  {form.down}
                </button>
              </div>
            );
          })}
        </fieldset>
        <AskError ask="system" />
        <div className="dialog-buttons">
          <span className="why">{problem ?? ''}</span>
          <button type="button" className="btn" onClick={onClose}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={problem !== undefined || busy}>
            {t.systems.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
