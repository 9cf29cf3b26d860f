import { useMemo, useState } from 'react';
import { needsPerson } from '../../../core/model/needsPerson.ts';
import type { SavedSystem, SystemView, UnusableSystem } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { AskError, ErrorNote } from '../../components/ErrorNote.tsx';
import { NeedsYouMark } from '../../components/NeedsYouMark.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { connectionWords } from '../../components/ConnectionPill.tsx';
import { byName, formatDate } from '../../components/format.ts';
import { useNowAs } from '../../components/useNow.ts';
import { DataTable } from '../../components/table/DataTable.tsx';
import type { TableColumn } from '../../components/table/tableColumn.ts';
import {
  isPractice,
  isSignedIn,
  selectBusy,
  selectPractice,
  selectSystems,
  selectUnusable,
} from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { SystemForm } from './SystemForm.tsx';
import { LeavingButton } from '../../components/LeavingButton.tsx';
import { jobNames, jobsUnderWay, SESSION_MARKS } from './systemWork.ts';
import { News } from '../../components/News.tsx';

/** Saved systems, and the practice system one click away. */
export function SystemsView() {
  const systems = useApp(selectSystems) ?? NO_SYSTEMS;
  const systemForm = useApp((state) => state.systemForm);
  const [removing, setRemoving] = useState<SavedSystem | undefined>();
  const { removeSystem, showSystemForm, showSystem, go } = useActions();
  const list = useMemo(() => Object.values(systems).sort((a, b) => byName(a.saved.name, b.saved.name)), [systems]);
  const columns = useMemo(
    () => [...COLUMNS, buttonsColumn({ showSystem, go, onEdit: showSystemForm, onRemove: setRemoving })],
    [showSystem, go, showSystemForm],
  );
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
          <DataTable
            id="systems"
            label={t.systems.savedTitle}
            columns={columns}
            rows={list}
            keyOf={({ saved }) => saved.systemId}
            onOpen={(systemId) => {
              const system = systems[systemId];
              if (system && isSignedIn(system.session)) showSystem(systemId, 'operations');
              else go({ kind: 'sign-in', systemId });
            }}
            fileName="systems"
          />
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
          text={removeText(systems[removing.systemId])}
          confirm={t.systems.removeConfirm}
          onConfirm={() => void removeSystem(removing.systemId)}
          onClose={() => setRemoving(undefined)}
        />
      )}
    </main>
  );
}

/** What becomes of the entry, and of jobs that are under way at the system. */
function removeText(system: SystemView | undefined): string {
  const jobs = system ? jobNames(jobsUnderWay(system)) : [];
  return jobs.length === 0 ? t.systems.removeText : `${t.systems.removeText} ${t.systems.removeJobs(jobs)}`;
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
          <button
            type="button"
            className="btn small"
            aria-label={`${t.systems.remove} ${entry.name}`}
            onClick={() => setRemoving(entry)}
          >
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

const NO_SYSTEMS: Readonly<Record<string, SystemView>> = {};
const wayText = ({ saved }: SystemView): string => saved.pathOrder.map((path) => t.pathNames[path] ?? path).join(', ');

const COLUMNS: readonly TableColumn<SystemView>[] = [
  {
    ...{ id: 'name', title: t.systems.columns.name, kind: 'name', widthPx: 150, grows: true },
    value: ({ saved }) => saved.name,
    show: (system) => (
      <>
        <button type="button" className="link row-opener" tabIndex={-1}>
          {system.saved.name}
        </button>
        {isPractice(system) && <span className="tag">{t.systems.practiceMark}</span>}
      </>
    ),
  },
  {
    ...{ id: 'address', title: t.systems.columns.address, kind: 'name', widthPx: 170, folds: 3, grows: true },
    value: ({ saved }) => `${saved.host}:${saved.ccPort}`,
  },
  { id: 'ways', title: t.systems.columns.paths, widthPx: 180, folds: 1, value: wayText },
  {
    ...{ id: 'state', title: t.systems.columns.state, widthPx: 160, folds: 4, grows: true },
    value: ({ session }) => session.kind,
    show: (system) => <SessionWord system={system} />,
  },
  {
    ...{ id: 'lastUsed', title: t.systems.columns.lastUsed, kind: 'number', widthPx: 136, folds: 2 },
    value: ({ saved }) => saved.lastUsedAtMs,
    show: ({ saved }) => (saved.lastUsedAtMs === undefined ? t.systems.never : formatDate(saved.lastUsedAtMs)),
    exported: ({ saved }) => (saved.lastUsedAtMs === undefined ? '' : new Date(saved.lastUsedAtMs).toISOString()),
  },
];

function SessionWord({ system }: { readonly system: SystemView }) {
  const text = useNowAs((nowMs) => connectionWords(system, nowMs).words.slice(0, 2).join(' · '));
  return (
    <span className="state-word">
      <StateMark state={SESSION_MARKS[system.session.kind]} />
      {text}
      <NeedsYouMark count={jobsUnderWay(system).filter(needsPerson).length} />
    </span>
  );
}

function buttonsColumn({
  showSystem,
  go,
  onEdit,
  onRemove,
}: Pick<ReturnType<typeof useActions>, 'showSystem' | 'go'> & {
  readonly onEdit: (systemId: string) => void;
  readonly onRemove: (saved: SavedSystem) => void;
}): TableColumn<SystemView> {
  return {
    ...{ id: 'buttons', title: t.systems.columns.actions, kind: 'buttons', widthPx: 240 },
    value: () => undefined,
    show: ({ saved, session }) => (
      <>
        {isSignedIn(session) ? (
          <button
            type="button"
            className="btn small primary"
            aria-label={`${t.systems.open} ${saved.name}`}
            onClick={() => showSystem(saved.systemId, 'operations')}
          >
            {t.systems.open}
          </button>
        ) : (
          <button
            type="button"
            className="btn small primary"
            aria-label={t.signIn.title(saved.name)}
            onClick={() => go({ kind: 'sign-in', systemId: saved.systemId })}
          >
            {t.systems.signIn}
          </button>
        )}
        <button
          type="button"
          className="btn small"
          aria-label={`${t.systems.edit} ${saved.name}`}
          onClick={() => onEdit(saved.systemId)}
        >
          {t.systems.edit}
        </button>
        <button
          type="button"
          className="btn small"
          aria-label={`${t.systems.remove} ${saved.name}`}
          onClick={() => onRemove(saved)}
        >
          {t.systems.remove}
        </button>
      </>
    ),
  };
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
            <News as="span" className="state-word">
              <StateMark state="running" />
              {t.systems.practiceStarting}
            </News>
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
