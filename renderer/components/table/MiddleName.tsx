/** Names up to this length are short enough for any column. */
const SHORT_CHARS = 16;
/** The end of a long name, which tells it from its neighbours. */
const TAIL_CHARS = 8;

/** A name that gives way in its middle: its tail stays, the whole name is its tooltip. */
export function MiddleName({ text }: { readonly text: string }) {
  if (text.length <= SHORT_CHARS) return <>{text}</>;
  return (
    <span className="middle-name" title={text}>
      <span className="visually-hidden">{text}</span>
      <span className="name-start" aria-hidden="true">
        {text.slice(0, -TAIL_CHARS)}
      </span>
      <span className="name-tail" aria-hidden="true">
        {text.slice(-TAIL_CHARS)}
      </span>
    </span>
  );
}
