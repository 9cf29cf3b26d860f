interface AcceptProps {
  readonly text: string;
  /** Once it is said it stays: only another attempt of the step asks again. */
  readonly accepted: boolean;
  readonly locked: boolean;
  readonly onAccept: () => void;
}

/** The tick of a person who has read what is shown. */
export function Accept({ text, accepted, locked, onAccept }: AcceptProps) {
  return (
    <label className="panel check accept">
      <input
        type="checkbox"
        checked={accepted}
        disabled={locked || accepted}
        onChange={(event) => {
          if (event.target.checked) onAccept();
        }}
      />
      {text}
    </label>
  );
}
