import { t } from '../texts/en.ts';
import { formatCount } from './format.ts';
import { News } from './News.tsx';

/** How many of a list are shown, always; where a filter leaves some out, strongly, with the way to all. */
export function FilterState(props: {
  readonly shown: number;
  readonly all: number;
  /** What is looked for, as `useFilter` has it. */
  readonly filter: { readonly filter: object; readonly filters: boolean; readonly clear: () => void };
  /** Told after it, and said with it when it changes. */
  readonly more?: readonly string[] | undefined;
}) {
  const { shown, all, filter, more = [] } = props;
  return (
    <>
      {/* Said when the person asked for others, not whenever one comes or goes. */}
      <News
        as="span"
        className={filter.filters ? 'num in-force' : 'sub num'}
        saidOn={[...(Object.values(filter.filter) as unknown[]), ...more].join(' ')}
      >
        {[t.operation.shown(formatCount(shown), formatCount(all)), ...more].join(' · ')}
      </News>
      {filter.filters && (
        <button type="button" className="btn small" onClick={filter.clear}>
          {t.operation.showAll}
        </button>
      )}
    </>
  );
}
