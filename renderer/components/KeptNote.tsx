import { t } from '../texts/en.ts';
import type { Typed } from './useTyped.ts';

/** Says of a form that it has what was typed before, and offers to begin anew. */
export function KeptNote({ typed }: { readonly typed: Pick<Typed<unknown>, 'isKept' | 'forget'> }) {
  if (!typed.isKept) return null;
  return (
    <p className="sub">
      {t.common.kept}{' '}
      <button type="button" className="link" onClick={typed.forget}>
        {t.common.beginAnew}
      </button>
    </p>
  );
}
