import type { ErrorReport } from '../../../core/protocol/errors.ts';
import { firewallRequest, firewallRequestForSide } from '../../../core/model/firewallRequest.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { CopyButton } from '../../components/CopyButton.tsx';
import { useApp } from '../../app/context.ts';
import { catalogueEntry } from '../../components/ErrorNote.tsx';
import { sinceIn } from '../../components/format.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { useNowAs } from '../../components/useNow.ts';
import { selectPathTest } from '../../stores/selectors.ts';
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
  /** Whether to say what to do about the cause: not where the path test said it already. */
  readonly advised: boolean;
}

function Row({ mark, name, outcome, cause, atMs, askFor, figure = '', advised }: RowProps) {
  const told = cause === undefined ? undefined : atMs;
  const age = useNowAs(
    (nowMs) => (told === undefined ? figure : sinceIn(t.ports.ago, told, nowMs)),
    told !== undefined,
  );
  return (
    <li>
      <StateMark state={mark} />
      <b>{name}</b>
      <span className="who">
        {outcome}
        {cause && (
          <>
            : {cause.message}
            {advised && <small>{catalogueEntry(cause.code)?.nextStep}</small>}
          </>
        )}
        {askFor !== undefined && (
          <small className="ask">
            {t.ports.firewallTitle}: {askFor} <CopyButton text={askFor} />
          </small>
        )}
      </span>
      <span className="age">{age}</span>
    </li>
  );
}

/**
 * Each way to the target with what became of it, why, and what to do; and the connections of *direct* beside the way. The firewall team is asked for one
 * thing: by the path test once it ran, otherwise for the first way where none works, as that is enough.
 */
export function WaysList({ system }: { system: SystemView }) {
  const { paths, sides = [], saved } = system;
  const advised = useApp(selectPathTest(saved.systemId)) === undefined;
  if (paths.length === 0) return <p className="sub">{t.ports.noWays}</p>;
  const asks = paths.map(({ path, cause }) => (advised && cause ? firewallRequest(path, cause, saved) : undefined));
  const first = asks.findIndex((ask) => ask !== undefined);
  const someWorks = paths.some(({ outcome }) => outcome === 'works');
  return (
    <ul className="ways">
      {paths.map(({ path, outcome, cause, atMs, roundTripMs }, at) => (
        <Row
          key={path}
          mark={marks[outcome]}
          name={t.pathNames[path] ?? path}
          outcome={t.signIn.outcomes[outcome]}
          cause={cause}
          atMs={atMs}
          askFor={someWorks || at === first ? asks[at] : undefined}
          figure={roundTripMs === undefined ? '' : `${Math.round(roundTripMs)} ms`}
          advised={advised}
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
          askFor={advised && cause ? firewallRequestForSide(port, cause, saved.host) : undefined}
          figure={String(port)}
          advised={advised}
        />
      ))}
    </ul>
  );
}
