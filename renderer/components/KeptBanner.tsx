import { useState } from 'react';
import { t } from '../texts/en.ts';
import { News } from './News.tsx';

const words = t.settings.onDisk;

/**
 * Says once, quietly, that choices and drafts of the windows cannot be kept on the disk, and once that they are again. `notKept`: why they are not; a person
 * who read either has it taken away.
 */
export function KeptBanner({ notKept }: { readonly notKept: string | undefined }) {
  const isKept = notKept === undefined;
  const [wasKept, setWasKept] = useState(isKept);
  // That all is kept from the beginning is no news.
  const [isRead, setRead] = useState(isKept);
  if (isKept !== wasKept) {
    setWasKept(isKept);
    setRead(false);
  }
  if (isRead) return null;
  return (
    <News className="banner note">
      <span>{isKept ? words.again : words.lost}</span>
      {!isKept && <span className="cause">{notKept}</span>}
      <button type="button" className="btn small" onClick={() => setRead(true)}>
        {t.common.close}
      </button>
    </News>
  );
}
