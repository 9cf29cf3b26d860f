import { instantMs } from '../../../core/model/instant.ts';
import { useEffect, useMemo } from 'react';
import { OPERATIONS } from '../../../core/model/operation.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useCommands } from '../../app/commands.tsx';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { JobStateWord } from '../../components/StateMark.tsx';
import { formatDate, formatElapsed } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { isJobOver, masterNow, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { HistoryPanel } from './HistoryPanel.tsx';
import { stepTitle } from './stepTitle.ts';

/** Starts an operation, goes on with a running one, lists those that ended. */
export function OperationsView({ system }: { system: SystemView }) {
  const { listOperations, startJob, showJob } = useActions();
  const starting = useApp(selectBusy('job.start'));
  const nowMs = useNow();
  const { systemId } = system.saved;
  const online = system.session.kind === 'online';
  // Until the master has told, those of this software: it refuses what it does not have.
  const operations = useApp((state) => state.operations[systemId]) ?? OPERATIONS;
  useEffect(() => {
    if (online) void listOperations(systemId);
  }, [online, systemId, listOperations]);
  const jobs = useMemo(() => Object.values(system.jobs).sort((a, b) => b.jobNumber - a.jobNumber), [system.jobs]);
  const running = jobs.filter((job) => !isJobOver(job.state));
  const ended = useMemo(() => jobs.filter((job) => isJobOver(job.state)), [jobs]);
  const first = running[0];
  const off = first
    ? t.operations.startOff(first.jobNumber)
    : system.session.kind !== 'online'
      ? t.operations.startOffOffline
      : system.session.role === 'observer'
        ? t.operations.startOffRole
        : undefined;
  useCommands(
    operations.map(({ id, title }) => ({
      ...{ id: `start ${id}`, name: t.keyboard.startOperation(title), off: starting ? t.operation.nextAnswering : off },
      run: () => void startJob(systemId, id),
    })),
  );
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1>{t.operations.title}</h1>
      </div>
      {running.length > 0 && (
        <section className="panel" aria-label={t.operations.runningTitle}>
          <h2>{t.operations.runningTitle}</h2>
          {running.map((job) => (
            <div key={job.jobId} className="job-line">
              <JobStateWord state={job.state} />
              <b>
                {job.title} <span className="sub">{t.operation.job(job.jobNumber)}</span>
              </b>
              <span>
                {stepTitle(job)}
                {job.waitsUntil !== undefined && `: ${t.operations.waitsUntil(formatDate(instantMs(job.waitsUntil)))}`}
              </span>
              <span className="sub">{t.operations.startedBy(job.startedBy, formatDate(job.startedAtMs))}</span>
              <span className="num sub">{formatElapsed(masterNow(system, nowMs) - job.startedAtMs)}</span>
              <button type="button" className="btn primary" onClick={() => showJob(systemId, job.jobId)}>
                {t.operations.continue}
              </button>
            </div>
          ))}
        </section>
      )}
      <section className="panel" aria-label={t.operations.startTitle}>
        {off !== undefined && <p className="sub">{off}</p>}
        {operations.map(({ id, title, purpose }, at) => (
          <div key={id} className="start-row">
            <button
              type="button"
              className={first || at > 0 ? 'btn' : 'btn primary'}
              disabled={off !== undefined || starting}
              onClick={() => void startJob(systemId, id)}
            >
              {title}
            </button>
            <span className="sub">{purpose}</span>
          </div>
        ))}
        <AskError ask="job.start" />
      </section>
      {ended.length === 0 ? (
        <section className="panel" aria-label={t.operations.historyTitle}>
          <h2>{t.operations.historyTitle}</h2>
          <p className="sub">{t.operations.noHistory}</p>
        </section>
      ) : (
        <HistoryPanel system={system} jobs={ended} />
      )}
    </main>
  );
}
