import { useId, useState, type ReactNode } from 'react';
import {
  commandText,
  exitCodesText,
  exitMeaning,
  parseExitCodes,
  shellCommand,
  type Command,
} from '../../core/model/command.ts';
import { formatDurationMs, parseDurationMs } from '../../core/model/duration.ts';
import { t } from '../texts/en.ts';
import type { AskWindow, ScreenProps } from './AskWindow.ts';

const words = t.tables.command;

/** Codes that no command ends with: what stands in the field is not understood. */
const NOT_UNDERSTOOD = [-1];

function CommandScreen({ screen, draft, locked, onChange }: ScreenProps<'command'>) {
  const now: Command = draft ?? { argv: shellCommand(''), ...screen, okCodes: [0], warnedCodes: [] };
  const [deadline, setDeadline] = useState(() => formatDurationMs(now.deadlineMs));
  const [okCodes, setOkCodes] = useState(() => exitCodesText(now.okCodes));
  const [warnedCodes, setWarnedCodes] = useState(() => exitCodesText(now.warnedCodes));
  return (
    <fieldset className="panel command-form" disabled={locked}>
      <legend className="visually-hidden">{words.group}</legend>
      <Field label={words.line} help={words.lineText}>
        {(id, describedBy) => (
          <textarea
            id={id}
            aria-describedby={describedBy}
            className="mono"
            rows={4}
            maxLength={16_000}
            spellCheck={false}
            value={commandText(now.argv)}
            onChange={(event) => onChange({ ...now, argv: shellCommand(event.target.value) })}
          />
        )}
      </Field>
      <Field label={words.deadline} help={words.deadlineText}>
        {(id, describedBy) => (
          <input
            {...{ id, 'aria-describedby': describedBy, className: 'mono', size: 12, value: deadline }}
            aria-invalid={parseDurationMs(deadline) === undefined}
            onChange={(event) => {
              setDeadline(event.target.value);
              onChange({ ...now, deadlineMs: parseDurationMs(event.target.value) ?? 0 });
            }}
          />
        )}
      </Field>
      <Field label={words.okCodes} help={words.codesText}>
        {(id, describedBy) => (
          <input
            {...{ id, 'aria-describedby': describedBy, className: 'mono', size: 12, value: okCodes }}
            aria-invalid={(parseExitCodes(okCodes)?.length ?? 0) === 0}
            onChange={(event) => {
              setOkCodes(event.target.value);
              onChange({ ...now, okCodes: parseExitCodes(event.target.value) ?? NOT_UNDERSTOOD });
            }}
          />
        )}
      </Field>
      <Field label={words.warnedCodes}>
        {(id) => (
          <input
            {...{ id, className: 'mono', size: 12, value: warnedCodes }}
            aria-invalid={parseExitCodes(warnedCodes) === undefined}
            onChange={(event) => {
              setWarnedCodes(event.target.value);
              onChange({ ...now, warnedCodes: parseExitCodes(event.target.value) ?? NOT_UNDERSTOOD });
            }}
          />
        )}
      </Field>
    </fieldset>
  );
}

interface FieldProps {
  readonly label: string;
  readonly help?: string;
  readonly children: (id: string, describedBy: string | undefined) => ReactNode;
}

function Field({ label, help, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children(id, help === undefined ? undefined : `${id}-help`)}
      {help !== undefined && <small id={`${id}-help`}>{help}</small>}
    </div>
  );
}

/** Command: what runs on every node. */
export const command: AskWindow<'command'> = {
  Screen: CommandScreen,
  lines: (answer) => [
    commandText(answer.argv),
    `${words.deadline}: ${formatDurationMs(answer.deadlineMs)}`,
    exitMeaning(answer),
  ],
};
