import type { PathOutcome } from '../../../electron/contract/bridge.ts';
import { catalogueEntry } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { t } from '../../texts/en.ts';

const marks = { works: 'ok', failed: 'failed', 'not-tried': 'waiting' } as const;

/** Each way to the target with what became of it and why. */
export function WaysList({ paths }: { paths: readonly PathOutcome[] }) {
  if (paths.length === 0) return <p className="sub">{t.ports.noWays}</p>;
  return (
    <ul className="ways">
      {paths.map((path) => (
        <li key={path.path}>
          <StateMark state={marks[path.outcome]} />
          <b>{t.pathNames[path.path]}</b>
          <span className="who">
            {t.signIn.outcomes[path.outcome]}
            {path.cause && (
              <>
                : {path.cause.message}
                <small>{catalogueEntry(path.cause.code)?.nextStep}</small>
              </>
            )}
          </span>
          <span className="age">{path.roundTripMs === undefined ? '' : `${Math.round(path.roundTripMs)} ms`}</span>
        </li>
      ))}
    </ul>
  );
}
