import { useState } from 'react';
import { t } from '../texts/en.ts';

/** Puts a text on the clipboard and says so. */
export function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState<string | undefined>();
  return (
    <button
      type="button"
      className="btn small"
      onClick={() =>
        void navigator.clipboard.writeText(text).then(
          () => setCopied(text),
          () => setCopied(undefined),
        )
      }
    >
      {copied === text ? t.ports.copied : t.ports.copy}
    </button>
  );
}
