import { useEffect, useState } from 'react';
import { ConnectionPill } from '../components/ConnectionPill.tsx';
import { tellTimesIn } from '../components/format.ts';
import { NeedsYouMark } from '../components/NeedsYouMark.tsx';
import { KeptBanner } from '../components/KeptBanner.tsx';
import { UntoldBanner } from '../components/UntoldBanner.tsx';
import { OtherSessionBar } from '../components/OtherSessionBar.tsx';
import { ViewBoundary } from '../components/ViewBoundary.tsx';
import { HelpPanel } from '../features/help/HelpPanel.tsx';
import { NodesView } from '../features/nodes/NodesView.tsx';
import { OperationView } from '../features/operation/OperationView.tsx';
import { CompareView } from '../features/history/CompareView.tsx';
import { OperationsView } from '../features/history/OperationsView.tsx';
import { Palette } from '../features/palette/Palette.tsx';
import { ShortcutsDialog } from '../features/palette/ShortcutList.tsx';
import { PortsView } from '../features/ports/PortsView.tsx';
import { SettingsView } from '../features/settings/SettingsView.tsx';
import { LostLine } from '../features/systems/LostLine.tsx';
import { SecretDialog } from '../features/systems/SecretDialog.tsx';
import { SignInView } from '../features/systems/SignInView.tsx';
import { SystemSwitcher } from '../features/systems/SystemSwitcher.tsx';
import { SystemsView } from '../features/systems/SystemsView.tsx';
import { TransfersView } from '../features/transfers/TransfersView.tsx';
import { needsPerson } from '../../core/model/needsPerson.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import {
  firstOnlineSystem,
  isSignedIn,
  selectCan,
  selectPlace,
  selectSystem,
  selectNotKept,
} from '../stores/selectors.ts';
import { SYSTEM_TABS, systemIdOf, type Place } from '../stores/viewSlice.ts';
import { t } from '../texts/en.ts';
import { CommandProvider } from './commands.tsx';
import { useActions, useApp } from './context.ts';
import { ConsoleSignIn } from './ConsoleSignIn.tsx';
import { PasswordDialog } from './PasswordDialog.tsx';
import { useJobNews } from './useJobNews.ts';
import { useFocusKeeper } from './useFocusKeeper.ts';
import { useShellCommands } from './useShellCommands.ts';
import { useSingleClicks } from './useSingleClicks.ts';
import { useSteadyClicks } from './useSteadyClicks.ts';
import { useShortcuts } from './useShortcuts.ts';
import { ConfirmDialog } from '../components/Dialog.tsx';
import { jobNames, jobsUnderWay } from '../features/systems/systemWork.ts';
import { useWindowTitle } from './useWindowTitle.ts';
import { useTheme } from './useTheme.ts';
import { News, NewsProvider, useAnnounce } from '../components/News.tsx';

/** Where there are no systems to choose from, the one that there is stands in the list's place. */
function placeOf(place: Place, only: string | undefined): Place {
  if (only === undefined || place.kind === 'settings') return place;
  // An address may name a system of elsewhere.
  if (place.kind !== 'systems' && place.kind !== 'sign-in' && place.systemId === only) return place;
  return { kind: 'system', systemId: only, tab: 'operations' };
}

/** Views of a system need a session; without one the sign-in stands in their place. */
function shownPlace(place: Place, system: SystemView | undefined): Place {
  if (place.kind === 'settings') return place;
  if (place.kind === 'systems' || place.kind === 'sign-in')
    return system || place.kind === 'systems' ? place : { kind: 'systems' };
  if (!system) return { kind: 'systems' };
  const { session, jobs } = system;
  // A link may name a job by the number that people know it by.
  const named = place.kind === 'job' && !Object.hasOwn(jobs, place.jobId) ? place.jobId : undefined;
  const numbered = Object.values(jobs).find(({ jobNumber }) => String(jobNumber) === named);
  if (numbered && place.kind === 'job') return { ...place, jobId: numbered.jobId };
  // A session that is being resumed keeps the picture; only one that ended for good gives way to the sign-in.
  if (isSignedIn(session) || session.kind === 'connecting') return place;
  return { kind: 'sign-in', systemId: place.systemId };
}

/** Equal for the same view, so that a failed one is forgotten by going elsewhere. */
function viewKey(place: Place): string {
  return Object.values(place).join(' ');
}

/** The frame of every view: where one is, the line's state, the theme. */
export function Shell() {
  return (
    <NewsProvider>
      <CommandProvider>
        <Frame />
      </CommandProvider>
    </NewsProvider>
  );
}

function Frame() {
  useTheme();
  const times = useApp((state) => state.times);
  tellTimesIn(times);
  const choosesSystems = useApp(selectCan('systems'));
  const only = useApp((state) => (choosesSystems ? undefined : Object.keys(state.picture?.systems ?? {})[0]));
  const chosen = placeOf(useApp(selectPlace), only);
  const placeChosen = useApp((state) => state.placeChosen);
  const firstOnline = useApp(firstOnlineSystem);
  const hasPicture = useApp((state) => state.picture !== undefined);
  const notKept = useApp(selectNotKept);
  const carrier = useApp((state) => state.carrier);
  const signInPage = useApp((state) => state.signInPage);
  const helpOpen = useApp((state) => state.helpOpen);
  const overlay = useApp((state) => state.overlay);
  const { showOverlay, showSystem, signOut } = useActions();
  const [leaving, setLeaving] = useState<string>();
  const chosenSystem = systemIdOf(chosen);
  const system = useApp((state) => (chosenSystem === undefined ? undefined : selectSystem(chosenSystem)(state)));
  const place = shownPlace(chosen, system);
  const underWay = system ? jobsUnderWay(system) : [];
  /** Where jobs are under way there, it is said first what becomes of them. */
  const leave = (): void => {
    if (!system) return;
    if (underWay.length > 0) setLeaving(system.saved.systemId);
    else void signOut(system.saved.systemId);
  };
  useWindowTitle(place.kind === 'systems' ? undefined : system?.saved.name);

  useEffect(() => {
    if (!placeChosen && firstOnline !== undefined) showSystem(firstOnline, 'operations');
  }, [placeChosen, firstOnline, showSystem]);

  useAnnounce(useJobNews(place.kind === 'job' ? place.jobId : undefined));
  useFocusKeeper();
  useShortcuts();
  useSingleClicks();
  useSteadyClicks();
  useShellCommands(place, system);

  useEffect(() => {
    // A file that is dropped beside a place for it must not take the window's place.
    const keep = (event: DragEvent): void => {
      if (!event.defaultPrevented) event.preventDefault();
    };
    window.addEventListener('dragover', keep);
    window.addEventListener('drop', keep);
    return () => {
      window.removeEventListener('dragover', keep);
      window.removeEventListener('drop', keep);
    };
  }, []);

  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        {t.common.skipToMain}
      </a>
      <TopBar place={place} system={system} onLeave={leave} />
      {carrier === 'lost' && system?.session.kind !== 'waiting' && (
        <News className="banner">{t.console.carrierLost}</News>
      )}
      {system?.session.kind === 'waiting' && <LostLine key={`line ${system.saved.systemId}`} system={system} />}
      {system && <UntoldBanner system={system} />}
      {hasPicture && <KeptBanner notKept={notKept} />}
      {system && <OtherSessionBar key={system.saved.systemId} system={system} />}
      <div key={times} className={helpOpen ? 'shell-body with-help' : 'shell-body'}>
        {signInPage ? (
          <ConsoleSignIn page={signInPage} />
        ) : hasPicture ? (
          <ViewBoundary key={viewKey(place)}>
            {place.kind === 'sign-in' && !choosesSystems ? (
              // The page itself signs in, in a moment.
              <main id="main" className="page">
                {t.shell.opening}
              </main>
            ) : (
              <PlaceView place={place} system={system} />
            )}
          </ViewBoundary>
        ) : (
          <main id="main" className="page">
            {t.shell.opening}
          </main>
        )}
        {helpOpen && <HelpPanel place={place} />}
      </div>
      <SecretDialog />
      {system && leaving === system.saved.systemId && isSignedIn(system.session) && (
        <ConfirmDialog
          title={t.shell.signOutTitle(system.saved.name)}
          text={t.shell.signOutText(jobNames(underWay))}
          confirm={t.shell.signOut}
          onConfirm={() => void signOut(system.saved.systemId)}
          onClose={() => setLeaving(undefined)}
        />
      )}
      {overlay === 'palette' && <Palette place={place} onClose={() => showOverlay(undefined)} />}
      {overlay === 'shortcuts' && <ShortcutsDialog onClose={() => showOverlay(undefined)} />}
    </div>
  );
}

function PlaceView({ place, system }: { place: Place; system: SystemView | undefined }) {
  if (place.kind === 'settings') return <SettingsView />;
  if (place.kind === 'systems' || !system) return <SystemsView />;
  if (place.kind === 'sign-in') return <SignInView key={place.systemId} system={system} />;
  if (place.kind === 'job') return <OperationView key={place.jobId} system={system} jobId={place.jobId} />;
  if (place.kind === 'compare') return <CompareView system={system} jobIds={place.jobIds} />;
  switch (place.tab) {
    case 'operations':
      return <OperationsView system={system} />;
    case 'nodes':
      return <NodesView system={system} />;
    case 'packages':
      return <TransfersView system={system} />;
    case 'ports':
      return <PortsView system={system} />;
  }
}

interface TopBarProps {
  readonly place: Place;
  readonly system: SystemView | undefined;
  /** Signs out of the shown system. */
  readonly onLeave: () => void;
}

function TopBar({ place, system, onLeave }: TopBarProps) {
  const { go, showSettings, showSystem, setHelp } = useActions();
  const needYou = system ? jobsUnderWay(system).filter(needsPerson).length : 0;
  const needTitle = needYou > 0 ? t.systems.switcher.needYou(needYou) : undefined;
  const [passwordOpen, setPasswordOpen] = useState(false);
  const choosesSystems = useApp(selectCan('systems'));
  const helpOpen = useApp((state) => state.helpOpen);
  const signedIn = system !== undefined && isSignedIn(system.session) && place.kind !== 'sign-in';
  return (
    <header className="top-bar">
      <nav aria-label={t.shell.views}>
        {choosesSystems && (
          <button
            type="button"
            className="tab"
            aria-current={place.kind === 'systems' ? 'page' : undefined}
            onClick={() => go({ kind: 'systems' })}
          >
            {t.shell.systems}
          </button>
        )}
        {system && place.kind !== 'systems' && (
          <>
            {choosesSystems && <span className="separator" aria-hidden="true" />}
            <SystemSwitcher system={system} jobId={place.kind === 'job' ? place.jobId : undefined} />
          </>
        )}
        {signedIn &&
          SYSTEM_TABS.map((tab) => (
            <button
              key={tab}
              type="button"
              className="tab"
              aria-current={
                (place.kind === 'system' && place.tab === tab) ||
                ((place.kind === 'job' || place.kind === 'compare') && tab === 'operations')
                  ? 'page'
                  : undefined
              }
              {...(tab === 'operations' ? { title: needTitle } : {})}
              onClick={() => showSystem(system.saved.systemId, tab)}
            >
              {t.shell.tabs[tab]}
              {tab === 'operations' && (
                <span aria-hidden="true">
                  <NeedsYouMark count={needYou} />
                </span>
              )}
            </button>
          ))}
      </nav>
      <div className="top-right">
        {system && place.kind !== 'systems' && <ConnectionPill system={system} />}
        {signedIn && system.session.kind === 'online' && (
          <button
            type="button"
            className="btn small quiet who"
            title={t.shell.changePassword}
            onClick={() => setPasswordOpen(true)}
          >
            {t.shell.signedInAs(system.session.user, system.session.role)}
          </button>
        )}
        {passwordOpen && signedIn && system.session.kind === 'online' && (
          <PasswordDialog
            systemId={system.saved.systemId}
            user={system.session.user}
            onClose={() => setPasswordOpen(false)}
          />
        )}
        {signedIn && (
          <button type="button" className="btn small quiet" onClick={onLeave}>
            {t.shell.signOut}
          </button>
        )}
        <button
          type="button"
          className="btn small quiet"
          aria-current={place.kind === 'settings' ? 'page' : undefined}
          onClick={showSettings}
        >
          {t.settings.title}
        </button>
        {place.kind !== 'job' && (
          <button type="button" className="btn small quiet" aria-expanded={helpOpen} onClick={() => setHelp(!helpOpen)}>
            {t.common.help}
          </button>
        )}
      </div>
    </header>
  );
}
