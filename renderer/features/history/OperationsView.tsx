import { instantMs } from '../../../core/model/instant.ts';
import { useEffect, useMemo, useState } from 'react';
import { needsPerson } from '../../../core/model/needsPerson.ts';
import { OPERATIONS } from '../../../core/model/operation.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useCommands } from '../../app/commands.tsx';
import { useActions, useApp } from '../../app/context.ts';
import { Elapsed } from '../../components/Elapsed.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { JobStateWord } from '../../components/StateMark.tsx';
import { formatDate } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { isJobOver, masterNow, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { settingsToSay } from '../../../core/model/settingWords.ts';
import { HistoryPanel } from './HistoryPanel.tsx';
import { StartDialog } from './StartDialog.tsx';
import { stepTitle } from './stepTitle.ts';

/** Starts an operation, goes on with a running one, lists those that ended. */
export function OperationsView({ system }: { system: SystemView }) {
  const { listOperations, startJob, showJob } = useActions();
  const starting = useApp(selectBusy('job.start'));
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
  const timeZone = useApp((state) => state.masterZones[systemId]);
  const [settingUp, setSettingUp] = useState<string>();
  const nowMs = useNow(settingUp !== undefined);
  const startable = useMemo(
    () => operations.map(({ settings = {}, ...one }) => ({ ...one, settings: settingsToSay(one.id, settings) })),
    [operations],
  );
  const chosen = startable.find(({ id }) => id === settingUp);
  const commandOff = starting ? t.operation.nextAnswering : off;
  useCommands(
    startable.flatMap(({ id, title, settings }) => [
      {
        ...{ id: `start ${id}`, name: t.keyboard.startOperation(title), off: commandOff },
        run: () => void startJob(systemId, id),
      },
      ...(Object.keys(settings).length === 0
        ? []
        : [
            {
              ...{ id: `start ${id} with settings`, name: t.operations.start.buttonOf(title), off: commandOff },
              run: () => setSettingUp(id),
            },
          ]),
    ]),
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
              <JobStateWord job={job} />
              <b>
                {job.title} <span className="sub">{t.operation.job(job.jobNumber)}</span>
              </b>
              <span>
                {stepTitle(job)}
                {job.waitsUntil !== undefined && `: ${t.operations.waitsUntil(formatDate(instantMs(job.waitsUntil)))}`}
              </span>
              <span className="sub">{t.operations.startedBy(job.startedBy, formatDate(job.startedAtMs))}</span>
              <span className="num sub">
                <Elapsed system={system} sinceMs={job.startedAtMs} waits={needsPerson(job)} />
              </span>
              <button
                type="button"
                className="btn primary"
                aria-label={`${t.operations.continue} ${t.operation.job(job.jobNumber)}`}
                onClick={() => showJob(systemId, job.jobId)}
              >
                {t.operations.continue}
              </button>
            </div>
          ))}
        </section>
      )}
      <section className="panel" aria-label={t.operations.startTitle}>
        {off !== undefined && <p className="sub">{off}</p>}
        {startable.map(({ id, title, purpose, settings }, at) => (
          <div key={id} className="start-row">
            <button
              type="button"
              className={first || at > 0 ? 'btn' : 'btn primary'}
              disabled={off !== undefined || starting}
              onClick={() => void startJob(systemId, id)}
            >
              {title}
            </button>
            <button
              type="button"
              className="btn"
              aria-label={t.operations.start.buttonOf(title)}
              disabled={off !== undefined || starting || Object.keys(settings).length === 0}
              onClick={() => setSettingUp(id)}
            >
              {t.operations.start.button}
            </button>
            <span className="sub">{purpose}</span>
          </div>
        ))}
        {!chosen && <AskError ask="job.start" />}
        {chosen && (
          <StartDialog
            {...{ systemId, timeZone }}
            operation={chosen}
            masterNowMs={masterNow(system, nowMs)}
            onClose={() => setSettingUp(undefined)}
          />
        )}
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
