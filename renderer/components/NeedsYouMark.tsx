import { t } from '../texts/en.ts';
import { StateMark } from './StateMark.tsx';

/** How many jobs need a person; nothing where none does. */
export function NeedsYouMark({ count, title }: { readonly count: number; readonly title?: string | undefined }) {
  if (count === 0) return null;
  const words = title ?? t.systems.switcher.needYou(count);
  return (
    <span className="elsewhere num" title={words}>
      <StateMark state="attention" label={words} />
      {count}
    </span>
  );
}
