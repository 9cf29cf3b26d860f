import { useId, useState } from 'react';

interface DraftFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly problem: string | undefined;
  readonly hint?: string | undefined;
  readonly mono?: boolean;
  readonly numeric?: boolean;
  readonly autoFocus?: boolean;
  readonly maxLength?: number;
  /** Shows what is wrong before the field was left, for example after an attempt to save. */
  readonly strict?: boolean;
}

/** A labelled text field; what is wrong with it stands in place of its hint. */
export function DraftField(props: DraftFieldProps) {
  const { label, value, onChange, problem, hint, mono, numeric, autoFocus, maxLength, strict } = props;
  const id = useId();
  const [left, setLeft] = useState(false);
  const shown = left || strict || value.trim() !== '' ? problem : undefined;
  const note = shown ?? hint ?? '';
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className={mono ? 'mono' : undefined}
        inputMode={numeric ? 'numeric' : undefined}
        value={value}
        maxLength={maxLength}
        spellCheck={false}
        autoComplete="off"
        autoFocus={autoFocus}
        aria-invalid={shown === undefined ? undefined : true}
        aria-describedby={note === '' ? undefined : `${id}-note`}
        onChange={(event) => onChange(event.target.value)}
        onBlur={() => setLeft(true)}
      />
      {note !== '' && (
        <small id={`${id}-note`} className={shown === undefined ? undefined : 'fail-text'}>
          {note}
        </small>
      )}
    </div>
  );
}
