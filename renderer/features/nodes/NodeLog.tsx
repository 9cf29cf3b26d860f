import { useEffect, useRef, useState } from 'react';
import type { Cell } from '../../../core/model/job.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatClock } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { PAGE_LINES, useNodeLog, type ShownLog } from './useNodeLog.ts';

const words = t.operation.drawer;

interface NodeLogProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly nodeId: string;
  readonly step: StepHead | undefined;
  readonly cell: Cell | undefined;
  /** With search, attempts and other steps; otherwise its newest lines alone. */
  readonly whole?: boolean;
}

/** A node's log by range: the newest lines first and followed while it works, earlier ones on request; searched through. */
export function NodeLog({ system, job, nodeId, step, cell, whole = false }: NodeLogProps) {
  const [chosen, setChosen] = useState<boolean | undefined>();
  // A step that works on no node says nothing of any: there the log is the whole one.
  const allSteps = chosen ?? step?.counts === undefined;
  const [follow, setFollow] = useState(true);
  const [search, setSearch] = useState('');
  const [attempt, setAttempt] = useState<number | undefined>();
  const box = useRef<HTMLPreElement>(null);
  const { systemId } = system.saved;
  const { jobId } = job;
  const stepOf = (stepId: string): string => (allSteps ? `${job.steps[stepId]?.title ?? stepId}: ` : '');
  const { log, readFrom, readNewest } = useNodeLog(
    {
      ...{ systemId, jobId, nodeId, stepId: allSteps ? undefined : step?.stepId },
      ...{ online: system.session.kind === 'online', attempt: cell?.attempt, state: cell?.state },
    },
    search,
    follow,
  );
  const searching = search.trim() !== '';
  const lines = log?.lines.filter((line) => attempt === undefined || line.attempt === attempt) ?? [];

  useEffect(() => {
    const area = box.current;
    if (area && follow && !searching) area.scrollTop = area.scrollHeight;
  }, [log, follow, searching]);

  return (
    <div className="node-log">
      <div className="log-head">
        {whole ? (
          <input
            type="search"
            aria-label={words.logSearch}
            placeholder={words.logSearch}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
          />
        ) : (
          <h3>{words.log}</h3>
        )}
        {log && log.total > 0 && <span className="sub num">{rangeText(log)}</span>}
        {whole && (
          <>
            {(cell?.attempt ?? 0) > 1 && (
              <select
                aria-label={words.attempt}
                value={attempt ?? ''}
                onChange={(event) => setAttempt(event.target.value === '' ? undefined : Number(event.target.value))}
              >
                <option value="">{words.allAttempts}</option>
                {Array.from({ length: cell?.attempt ?? 0 }, (_, i) => (
                  <option key={i} value={i + 1}>
                    {words.attemptNumber(i + 1)}
                  </option>
                ))}
              </select>
            )}
            <label className="check">
              <input type="checkbox" checked={allSteps} onChange={(event) => setChosen(event.target.checked)} />
              {words.allSteps}
            </label>
            <label className="check">
              <input type="checkbox" checked={follow} onChange={(event) => setFollow(event.target.checked)} />
              {words.follow}
            </label>
          </>
        )}
      </div>
      <AskError ask={`log:${jobId}`} />
      <pre ref={box} tabIndex={0} role="region" aria-label={words.log}>
        {lines.length > 0
          ? lines.map((line) => `${formatClock(line.atMs, true)} ${stepOf(line.stepId)}${line.text}`).join('\n')
          : emptyText(log, searching, isJobOver(job.state) || (cell !== undefined && isOver(cell)))}
      </pre>
      {whole && log?.from !== undefined && log.total > log.lines.length && (
        <LogPages log={log} from={log.from} onFrom={readFrom} onNewest={readNewest} />
      )}
    </div>
  );
}

/** Why no line is shown. `over`: none will come. */
function emptyText(log: ShownLog | undefined, searching: boolean, over: boolean): string {
  if (!log) return words.logUnread;
  if (searching) return words.logNoMatch;
  return over ? words.logNothing : words.logEmpty;
}

const isOver = ({ state }: Cell): boolean => state !== 'waiting' && state !== 'running';

function rangeText({ from, lines, total, searched }: ShownLog): string {
  if (from !== undefined) return words.logRange(from + 1, from + lines.length, total);
  return words.logFound(lines.length, searched ?? total, total);
}

function LogPages(props: {
  readonly log: ShownLog;
  readonly from: number;
  readonly onFrom: (from: number) => void;
  readonly onNewest: () => void;
}) {
  const { log, from, onFrom, onNewest } = props;
  const to = from + log.lines.length;
  return (
    <div className="row-buttons">
      <button
        type="button"
        className="btn small"
        disabled={from === 0}
        onClick={() => onFrom(Math.max(0, from - PAGE_LINES))}
      >
        {words.earlier}
      </button>
      <button type="button" className="btn small" disabled={to >= log.total} onClick={() => onFrom(to)}>
        {words.later}
      </button>
      <button type="button" className="btn small" disabled={to >= log.total} onClick={onNewest}>
        {words.newest}
      </button>
    </div>
  );
}
