import { useMemo, useState } from 'react';
import type { SavedSystem } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { KeptNote } from '../../components/KeptNote.tsx';
import { useTyped } from '../../components/useTyped.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { DraftField } from './DraftField.tsx';
import { draftOf, inputOf, PORT_KEYS, problemsOf } from './systemDraft.ts';
import { WayOrder } from './WayOrder.tsx';
import { TrustSettings } from './WaySettings.tsx';

/** Adds a system or changes a saved one. */
export function SystemForm({ saved, onClose }: { saved: SavedSystem | undefined; onClose: () => void }) {
  const { addSystem, updateSystem } = useActions();
  const busy = useApp(selectBusy('system'));
  const atFirst = useMemo(() => draftOf(saved), [saved]);
  const typed = useTyped(`system ${saved?.systemId ?? ''}`, atFirst);
  const { value: draft, set: setDraft } = typed;
  const [strict, setStrict] = useState(false);
  const problems = problemsOf(draft);
  const count = Object.keys(problems).length;
  const { form } = t.systems;

  async function save(): Promise<void> {
    const system = inputOf(draft, saved);
    const answer = saved ? await updateSystem(saved.systemId, system) : await addSystem(system);
    if (!answer) return;
    typed.forget();
    onClose();
  }
  const settings = { draft, problems, strict, onChange: setDraft };

  return (
    <Dialog title={saved ? t.systems.editTitle(saved.name) : t.systems.addTitle} onClose={onClose} wide>
      <form
        className="system-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          setStrict(true);
          if (count === 0 && !busy) void save();
        }}
      >
        <div className="form-body">
          <KeptNote typed={typed} />
          <div className="name-row">
            <DraftField
              label={form.name}
              value={draft.name}
              maxLength={80}
              problem={problems.name}
              strict={strict}
              autoFocus
              onChange={(name) => setDraft({ ...draft, name })}
            />
            <DraftField
              label={form.host}
              value={draft.host}
              maxLength={253}
              problem={problems.host}
              strict={strict}
              mono
              onChange={(host) => setDraft({ ...draft, host })}
            />
          </div>
          <WayOrder {...settings} />
          <fieldset>
            <legend>{t.ways.portsTitle}</legend>
            <small className="hint">{t.ways.portsHint}</small>
            <div className="field-row">
              {PORT_KEYS.map((key) => (
                <DraftField
                  key={key}
                  label={form[key]}
                  value={draft.ports[key]}
                  problem={problems[`ports.${key}`]}
                  strict={strict}
                  mono
                  numeric
                  onChange={(text) => setDraft({ ...draft, ports: { ...draft.ports, [key]: text } })}
                />
              ))}
            </div>
          </fieldset>
          <TrustSettings {...settings} />
        </div>
        <AskError ask="system" />
        <div className="dialog-buttons">
          <span className="why">{strict && count > 0 ? t.ways.count(count) : ''}</span>
          <button type="button" className="btn" onClick={onClose}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={busy}>
            {t.systems.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
