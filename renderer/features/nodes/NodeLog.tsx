import { useCallback, useEffect, useRef, useState } from 'react';
import type { Cell } from '../../../core/model/job.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { MethodResult, SystemView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatClock } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';

type Log = MethodResult<'job.nodeLog'> & { readonly from: number };
/** Lines read at once. */
const PAGE_LINES = 200;
const words = t.operation.drawer;

interface NodeLogProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly nodeId: string;
  readonly step: StepHead | undefined;
  readonly cell: Cell | undefined;
}

/** A node's log by range: the newest lines first, earlier ones on request; read anew when the node's cell changes. */
export function NodeLog({ system, job, nodeId, step, cell }: NodeLogProps) {
  const { readNodeLog } = useActions();
  const [log, setLog] = useState<Log | undefined>();
  const [allSteps, setAllSteps] = useState(false);
  const box = useRef<HTMLPreElement>(null);
  const { systemId } = system.saved;
  const { jobId } = job;
  const stepId = allSteps ? undefined : step?.stepId;

  const read = useCallback(
    async (from: number | 'newest'): Promise<Log | undefined> => {
      const request = { jobId, nodeId, limit: PAGE_LINES, ...(stepId === undefined ? {} : { stepId }) };
      const first = from === 'newest' ? 0 : from;
      let answer = await readNodeLog(systemId, { ...request, from: first });
      let start = first;
      if (answer && from === 'newest' && answer.total > PAGE_LINES) {
        start = answer.total - PAGE_LINES;
        answer = await readNodeLog(systemId, { ...request, from: start });
      }
      return answer && { ...answer, from: start };
    },
    [readNodeLog, systemId, jobId, nodeId, stepId],
  );

  const show = (read: Promise<Log | undefined>): void => {
    void read.then((answer) => {
      if (answer) setLog(answer);
    });
  };

  const online = system.session.kind === 'online';
  const attempt = cell?.attempt;
  const state = cell?.state;
  useEffect(() => {
    if (!online) return;
    void read('newest').then((answer) => {
      if (answer) setLog(answer);
    });
  }, [read, online, attempt, state]);

  // While the node works its log grows without any change of the cell.
  useEffect(() => {
    if (!online || state !== 'running') return undefined;
    const timer = setInterval(() => {
      void read('newest').then((answer) => {
        if (answer) setLog(answer);
      });
    }, 2000);
    return () => clearInterval(timer);
  }, [read, online, state]);

  useEffect(() => {
    const area = box.current;
    if (area) area.scrollTop = area.scrollHeight;
  }, [log]);

  const to = log ? log.from + log.lines.length : 0;
  return (
    <div className="node-log">
      <div className="log-head">
        <h3>{words.log}</h3>
        {log && log.total > 0 && <span className="sub num">{words.logRange(log.from + 1, to, log.total)}</span>}
        <label className="check push-right">
          <input type="checkbox" checked={allSteps} onChange={(event) => setAllSteps(event.target.checked)} />
          {words.allSteps}
        </label>
      </div>
      <AskError ask={`log:${jobId}`} />
      <pre ref={box} tabIndex={0} role="region" aria-label={words.log}>
        {log && log.lines.length > 0
          ? log.lines
              .map((line) => `${formatClock(line.atMs, true)} ${allSteps ? `${line.stepId} ` : ''}${line.text}`)
              .join('\n')
          : words.logEmpty}
      </pre>
      {log && log.total > log.lines.length && (
        <div className="row-buttons">
          <button
            type="button"
            className="btn small"
            disabled={log.from === 0}
            onClick={() => show(read(Math.max(0, log.from - PAGE_LINES)))}
          >
            {words.earlier}
          </button>
          <button type="button" className="btn small" disabled={to >= log.total} onClick={() => show(read(to))}>
            {words.later}
          </button>
          <button type="button" className="btn small" disabled={to >= log.total} onClick={() => show(read('newest'))}>
            {words.newest}
          </button>
        </div>
      )}
    </div>
  );
}
