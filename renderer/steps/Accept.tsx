interface AcceptProps {
  readonly text: string;
  readonly accepted: boolean;
  readonly locked: boolean;
  /** Ticked, or the tick taken back. */
  readonly onChange: (accepted: boolean) => void;
}

/** The tick of a person who has read what is shown. */
export function Accept({ text, accepted, locked, onChange }: AcceptProps) {
  return (
    <label className="panel check accept">
      <input
        type="checkbox"
        checked={accepted}
        disabled={locked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {text}
    </label>
  );
}
