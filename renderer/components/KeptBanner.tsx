import { useState } from 'react';
import { t } from '../texts/en.ts';
import { News } from './News.tsx';

const words = t.settings.onDisk;

/**
 * Says once, quietly, that choices and drafts of the windows cannot be kept on the disk, and once that they are again. `notKept`: why they are not; a person
 * who read either has it taken away.
 */
export function KeptBanner({ notKept }: { readonly notKept: string | undefined }) {
  const [before, setBefore] = useState(notKept);
  const [told, setTold] = useState<'lost' | 'again' | undefined>(notKept === undefined ? undefined : 'lost');
  const wasKept = before === undefined;
  const isKept = notKept === undefined;
  if (notKept !== before) {
    setBefore(notKept);
    if (isKept !== wasKept) setTold(isKept ? 'again' : 'lost');
  }
  if (told === undefined) return null;
  return (
    <News className="banner note">
      <span>{told === 'lost' ? words.lost : words.again}</span>
      {told === 'lost' && notKept !== undefined && <span className="cause">{notKept}</span>}
      <button type="button" className="btn small" onClick={() => setTold(undefined)}>
        {t.common.close}
      </button>
    </News>
  );
}
