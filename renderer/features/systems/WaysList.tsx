import type { ErrorReport } from '../../../core/protocol/errors.ts';
import { firewallRequest, firewallRequestForSide } from '../../../core/model/firewallRequest.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { catalogueEntry } from '../../components/ErrorNote.tsx';
import { formatAge } from '../../components/format.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { useNow } from '../../components/useNow.ts';
import { t } from '../../texts/en.ts';

const marks = { works: 'ok', failed: 'failed', 'not-tried': 'waiting' } as const;
const sideMarks = { up: 'ok', blocked: 'failed', connecting: 'waiting' } as const;

interface RowProps {
  readonly mark: 'ok' | 'failed' | 'waiting';
  readonly name: string;
  readonly outcome: string;
  readonly cause?: ErrorReport | undefined;
  /** When the cause was told, ms of this machine's clock. */
  readonly atMs?: number | undefined;
  readonly askFor?: string | undefined;
  readonly figure?: string | undefined;
}

function Row({ mark, name, outcome, cause, atMs, askFor, figure = '' }: RowProps) {
  const nowMs = useNow();
  return (
    <li>
      <StateMark state={mark} />
      <b>{name}</b>
      <span className="who">
        {outcome}
        {cause && (
          <>
            : {cause.message}
            <small>{catalogueEntry(cause.code)?.nextStep}</small>
          </>
        )}
        {askFor !== undefined && (
          <small className="ask">
            {t.ports.firewallTitle}: {askFor} <CopyButton text={askFor} />
          </small>
        )}
      </span>
      <span className="age">{cause && atMs !== undefined ? t.ports.ago(formatAge(nowMs - atMs)) : figure}</span>
    </li>
  );
}

/** Each way to the target with what became of it, why, and what to do; and the connections of *direct* beside the way. */
export function WaysList({ system }: { system: SystemView }) {
  const { paths, sides = [], saved } = system;
  if (paths.length === 0) return <p className="sub">{t.ports.noWays}</p>;
  return (
    <ul className="ways">
      {paths.map(({ path, outcome, cause, atMs, roundTripMs }) => (
        <Row
          key={path}
          mark={marks[outcome]}
          name={t.pathNames[path] ?? path}
          outcome={t.signIn.outcomes[outcome]}
          cause={cause}
          atMs={atMs}
          askFor={cause && firewallRequest(path, cause, saved)}
          figure={roundTripMs === undefined ? '' : `${Math.round(roundTripMs)} ms`}
        />
      ))}
      {sides.map(({ service, port, state, cause, atMs }) => (
        <Row
          key={service}
          mark={sideMarks[state]}
          name={t.ports.sideNames[service]}
          outcome={t.ports.sideStates[state]}
          cause={cause}
          atMs={atMs}
          askFor={cause && firewallRequestForSide(port, cause, saved.host)}
          figure={String(port)}
        />
      ))}
    </ul>
  );
}
