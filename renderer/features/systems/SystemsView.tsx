import { useState } from 'react';
import type { SavedSystem, SystemView, UnusableSystem } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError, ErrorNote } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { connectionWords } from '../../components/ConnectionPill.tsx';
import { byName, formatDate } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { TableHead } from '../../components/TableHead.tsx';
import { isSignedIn, selectBusy, selectPractice, selectSystems, selectUnusable } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { SystemForm } from './SystemForm.tsx';
import { LeavingButton } from '../../components/LeavingButton.tsx';
import { jobNames, jobsUnderWay, SESSION_MARKS } from './systemWork.ts';

/** Saved systems, and the practice system one click away. */
export function SystemsView() {
  const systems = useApp(selectSystems) ?? {};
  const systemForm = useApp((state) => state.systemForm);
  const [removing, setRemoving] = useState<SavedSystem | undefined>();
  const { removeSystem, showSystemForm } = useActions();
  const list = Object.values(systems).sort((a, b) => byName(a.saved.name, b.saved.name));
  return (
    <main id="main" className="page">
      <div className="page-head">
        <h1>{t.systems.title}</h1>
        <span className="sub">{t.systems.subtitle}</span>
      </div>
      <PracticePanel />
      <section className="panel" aria-label={t.systems.savedTitle}>
        <div className="panel-head">
          <h2>{t.systems.savedTitle}</h2>
          <button type="button" className="btn" onClick={() => showSystemForm('')}>
            {t.systems.add}
          </button>
        </div>
        {list.length === 0 ? (
          <p className="sub">{t.systems.empty}</p>
        ) : (
          <table className="list">
            <TableHead columns={Object.values(t.systems.columns)} />
            <tbody>
              {list.map((system) => (
                <SystemRow
                  key={system.saved.systemId}
                  system={system}
                  onEdit={() => showSystemForm(system.saved.systemId)}
                  onRemove={() => setRemoving(system.saved)}
                />
              ))}
            </tbody>
          </table>
        )}
        <UnusableSystems />
        {list.map(({ saved }) => (
          <AskError key={saved.systemId} ask={`remove:${saved.systemId}`} />
        ))}
      </section>
      {systemForm !== undefined && (
        <SystemForm key={systemForm} saved={systems[systemForm]?.saved} onClose={() => showSystemForm(undefined)} />
      )}
      {removing && (
        <ConfirmDialog
          title={t.systems.removeTitle(removing.name)}
          text={t.systems.removeText}
          confirm={t.systems.removeConfirm}
          onConfirm={() => void removeSystem(removing.systemId)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </main>
  );
}

/** Entries that an editor or a newer version wrote so that they cannot be used; the others work beside them. */
function UnusableSystems() {
  const unusable = useApp(selectUnusable) ?? [];
  const [removing, setRemoving] = useState<UnusableSystem | undefined>();
  const { removeUnusable } = useActions();
  return (
    <>
      {unusable.map((entry) => (
        <div key={entry.key} className="banner note" role="note">
          <strong>{t.systems.unusable(entry.name)}</strong>
          <span className="mono wrap">{entry.reason}</span>
          <button type="button" className="btn small" onClick={() => setRemoving(entry)}>
            {t.systems.remove}
          </button>
          <AskError ask={`remove:${entry.key}`} />
        </div>
      ))}
      {removing && (
        <ConfirmDialog
          title={t.systems.removeTitle(removing.name)}
          text={t.systems.removeText}
          confirm={t.systems.removeConfirm}
          onConfirm={() => void removeUnusable(removing.key)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </>
  );
}

function SystemRow({ system, onEdit, onRemove }: { system: SystemView; onEdit: () => void; onRemove: () => void }) {
  const nowMs = useNow();
  const { go, showSystem } = useActions();
  const { saved, session } = system;
  return (
    <tr>
      <th scope="row">
        {saved.name}
        {saved.practice && <span className="tag">{t.systems.practiceMark}</span>}
      </th>
      <td className="mono">
        {saved.host}:{saved.ccPort}
      </td>
      <td>{saved.pathOrder.map((path) => t.pathNames[path] ?? path).join(', ')}</td>
      <td>
        <span className="state-word">
          <StateMark state={SESSION_MARKS[session.kind]} />
          {connectionWords(system, nowMs).words.slice(0, 2).join(' · ')}
        </span>
      </td>
      <td className="num">{saved.lastUsedAtMs === undefined ? t.systems.never : formatDate(saved.lastUsedAtMs)}</td>
      <td className="row-buttons">
        {isSignedIn(session) ? (
          <button type="button" className="btn small primary" onClick={() => showSystem(saved.systemId, 'operations')}>
            {t.systems.open}
          </button>
        ) : (
          <button
            type="button"
            className="btn small primary"
            onClick={() => go({ kind: 'sign-in', systemId: saved.systemId })}
          >
            {t.systems.signIn}
          </button>
        )}
        <button type="button" className="btn small" onClick={onEdit}>
          {t.systems.edit}
        </button>
        <button type="button" className="btn small" onClick={onRemove}>
          {t.systems.remove}
        </button>
      </td>
    </tr>
  );
}

function PracticePanel() {
  const practice = useApp(selectPractice);
  const busy = useApp(selectBusy('practice'));
  const { startPractice, stopPractice, showSystem } = useActions();
  const starting = busy || practice?.state === 'starting';
  const up = practice?.state === 'up' && !busy;
  const systemId = practice?.systemId;
  const known = useApp((state) => systemId !== undefined && state.picture?.systems[systemId] !== undefined);
  const practiceJobs = useApp((state) => (systemId === undefined ? undefined : state.picture?.systems[systemId]?.jobs));
  const jobs = practiceJobs && jobsUnderWay({ jobs: practiceJobs });
  const online = useApp(
    (state) => systemId !== undefined && state.picture?.systems[systemId]?.session.kind === 'online',
  );
  return (
    <section className="panel" aria-label={t.systems.practiceTitle}>
      <div className="panel-head">
        <div>
          <h2>{t.systems.practiceTitle}</h2>
          <p className="sub">{t.systems.practiceText}</p>
        </div>
        <div className="row-buttons">
          {starting && (
            <span className="state-word" role="status">
              <StateMark state="running" />
              {t.systems.practiceStarting}
            </span>
          )}
          {up && (
            <>
              <span className="state-word">
                <StateMark state="ok" />
                {t.systems.practiceUp}
              </span>
              <LeavingButton
                className="btn"
                label={t.systems.stopPractice}
                question={t.systems.stopPracticeTitle}
                jobsText={jobs && jobs.length > 0 ? t.systems.stopPracticeText(jobNames(jobs)) : undefined}
                onLeave={() => void stopPractice()}
              />
            </>
          )}
          {up && known && online && systemId !== undefined ? (
            <button type="button" className="btn primary" onClick={() => showSystem(systemId, 'operations')}>
              {t.systems.open}
            </button>
          ) : (
            <button type="button" className="btn primary" disabled={starting} onClick={() => void startPractice()}>
              {t.systems.startPractice}
            </button>
          )}
        </div>
      </div>
      {practice?.state === 'failed' && practice.cause && <ErrorNote error={practice.cause} />}
      <AskError ask="practice" />
    </section>
  );
}
