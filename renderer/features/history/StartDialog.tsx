import { jobSettings } from '../../../core/model/jobSettings.ts';
import { nameInWords } from '../../../core/model/nameInWords.ts';
import type { SettingSpec } from '../../../core/model/settingSpec.ts';
import { requireRunWindow } from '../../../core/model/runWindow.ts';
import { reportOf } from '../../../core/protocol/errors.ts';
import type { FormField } from '../../../core/steps/answerForm.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { KeptNote } from '../../components/KeptNote.tsx';
import { useTyped } from '../../components/useTyped.ts';
import { useActions, useApp } from '../../app/context.ts';
import { FormFields } from '../../steps/AnswerForm.tsx';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

const words = t.operations.start;
const NOTHING_GIVEN: Readonly<Record<string, unknown>> = {};

/** How a setting is asked for. */
function fieldOf(name: string, spec: SettingSpec, timeZone: string | undefined): FormField {
  const base = { name, label: nameInWords(name), help: spec.help, optional: true };
  switch (spec.type) {
    case 'integer':
      return { ...base, type: 'number', whole: true, least: spec.least, most: spec.most };
    case 'boolean':
      return { ...base, type: 'boolean' };
    case 'choice':
      return { ...base, type: 'choice', of: spec.of };
    case 'duration':
      return { ...base, type: 'duration' };
    case 'instant':
      return { ...base, type: 'instant', timeZone };
    case 'failures':
      return { ...base, help: `${spec.help} ${words.failures}`, type: 'text', lines: false };
    case 'waves':
      return { ...base, help: `${spec.help} ${words.waves}`, type: 'text', lines: false };
    case 'text':
      return { ...base, type: 'text', lines: false, mostCharacters: 4000 };
    default:
      return spec satisfies never;
  }
}

/** Why the settings cannot be taken, in the master's words; undefined where they can. `nowMs` by the master's clock. */
function whyOff(specs: Readonly<Record<string, SettingSpec>>, given: object, nowMs: number): string | undefined {
  try {
    requireRunWindow(jobSettings(specs, given as Record<string, unknown>), nowMs);
    return undefined;
  } catch (error) {
    return reportOf(error).message.replace(/^settings\.(\w+)/, (_all, name: string) => nameInWords(name));
  }
}

/** Starts an operation with what else a plan file or the command line would say of the run: its time, waves, limits, gates, dead-man. */
export function StartDialog({
  systemId,
  operation,
  timeZone,
  masterNowMs,
  onClose,
}: {
  readonly systemId: string;
  readonly operation: {
    readonly id: string;
    readonly title: string;
    readonly settings: Readonly<Record<string, SettingSpec>>;
  };
  /** Of the master node's place. */
  readonly timeZone: string | undefined;
  readonly masterNowMs: number;
  readonly onClose: () => void;
}) {
  const { startJob } = useActions();
  const busy = useApp(selectBusy('job.start'));
  const { id, title, settings } = operation;
  const typed = useTyped(`start ${systemId} ${id}`, NOTHING_GIVEN);
  const given = typed.value;
  const off = whyOff(settings, given, masterNowMs);
  return (
    <Dialog title={words.title(title)} onClose={onClose} keepOpen wide>
      <form
        className="inventory-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (busy || off !== undefined) return;
          void startJob(systemId, id, given).then((started) => {
            if (started) typed.forget();
          });
        }}
      >
        <p>{words.text}</p>
        <KeptNote typed={typed} />
        <div className="field-grid">
          <FormFields
            key={typed.isKept ? 'kept' : 'anew'}
            fields={Object.entries(settings).map(([name, spec]) => fieldOf(name, spec, timeZone))}
            value={given}
            locked={busy}
            onChange={(value) => typed.set(value as Readonly<Record<string, unknown>>)}
          />
        </div>
        <AskError ask="job.start" />
        <div className="dialog-buttons">
          <span className="why">{off ?? ''}</span>
          <button type="button" className="btn" onClick={onClose}>
            {t.common.goBack}
          </button>
          <button type="submit" className="btn primary" disabled={busy || off !== undefined}>
            {words.start}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
