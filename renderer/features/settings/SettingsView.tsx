import { useActions, useApp } from '../../app/context.ts';
import { Segmented } from '../../components/Segmented.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { formatRate } from '../../components/format.ts';
import { isSignedIn, selectApp, selectBusy, selectSystems } from '../../stores/selectors.ts';
import { THEMES, TIMES } from '../../stores/viewSlice.ts';
import { t } from '../../texts/en.ts';
import { Licences } from './Licences.tsx';

const words = t.settings;

/** How this client system shows things, and what is installed at both ends. */
export function SettingsView() {
  const { go, setTheme, setTimes } = useActions();
  const place = useApp((state) => state.place);
  const from = place.kind === 'settings' ? place.from : undefined;
  const theme = useApp((state) => state.theme);
  const times = useApp((state) => state.times);
  return (
    <main id="main" className="page narrow">
      <div className="page-head">
        <h1>{words.title}</h1>
        <button type="button" className="btn small" onClick={() => go(from ?? { kind: 'systems' })}>
          {t.common.close}
        </button>
      </div>
      <section className="panel settings" aria-label={words.shown}>
        <h2>
          {words.shown} <span className="sub">{words.kept}</span>
        </h2>
        <div className="setting">
          <span>{t.shell.theme}</span>
          <Segmented
            label={t.shell.theme}
            options={THEMES.map((value) => ({ value, text: t.shell.themes[value] }))}
            value={theme}
            onChange={setTheme}
          />
          <small>{words.themeText}</small>
        </div>
        <div className="setting">
          <span>{words.times}</span>
          <Segmented
            label={words.times}
            options={TIMES.map((value) => ({ value, text: words.timesIn[value] }))}
            value={times}
            onChange={setTimes}
          />
          <small>{words.timesText}</small>
        </div>
      </section>
      <Own />
      <About />
    </main>
  );
}

/** What a person sets of the program itself, where it has settings of its own, and the caps of systems. */
function Own() {
  const { setNotifications, talkAboutUpdates } = useActions();
  const own = useApp(selectApp)?.own;
  const systems = useApp(selectSystems) ?? {};
  const busy = useApp(selectBusy('app:own'));
  const capped = Object.values(systems).flatMap(({ saved }) =>
    saved.uploadCapBytesPerSecond === undefined
      ? []
      : words.capOf(saved.name, formatRate(saved.uploadCapBytesPerSecond)),
  );
  return (
    <section className="panel settings" aria-label={words.called}>
      <h2>{words.called}</h2>
      {own && (
        <>
          <div className="setting">
            <span>{words.notifications}</span>
            <Segmented
              label={words.notifications}
              options={(['on', 'off'] as const).map((value) => ({ value, text: words.notificationsIn[value] }))}
              value={own.notifications ? 'on' : 'off'}
              onChange={(value) => void setNotifications(value === 'on')}
            />
            <small>{words.notificationsText}</small>
          </div>
          <div className="setting">
            <span>{words.updates}</span>
            <button type="button" className="btn small" disabled={busy} onClick={() => void talkAboutUpdates()}>
              {words.updatesChange}
            </button>
            <small>{own.updatesFrom === undefined ? words.updatesOff : words.updatesFrom(own.updatesFrom)}</small>
          </div>
          <AskError ask="app:own" />
        </>
      )}
      <div className="setting">
        <span>{words.caps}</span>
        <span className="num">{capped.length === 0 ? words.noCap : capped.join(' · ')}</span>
        <small>{words.capsText}</small>
      </div>
    </section>
  );
}

/** Versions of both ends and what they are made of. */
function About() {
  const app = useApp(selectApp);
  const systems = useApp(selectSystems) ?? {};
  const signedIn = Object.values(systems).filter(({ session }) => isSignedIn(session));
  return (
    <section className="panel settings" aria-label={words.about}>
      <h2>{words.about}</h2>
      <dl className="facts">
        <dt>{words.thisEnd}</dt>
        <dd className="num">{app && words.version(app.version, words.carriers[app.carrier], app.platform)}</dd>
        {signedIn.map(({ saved, session }) => (
          <div key={saved.systemId} className="fact">
            <dt>{words.otherEnd(saved.name)}</dt>
            <dd className="num">
              {session.kind === 'online' && session.software !== undefined
                ? words.software(session.software, app !== undefined && !session.software.endsWith(app.version))
                : words.unknownVersion}
            </dd>
          </div>
        ))}
        <dt>{words.passwords}</dt>
        <dd>{app?.passwordStore === 'keyring' ? words.keyring(app.keyring) : words.noKeyring}</dd>
      </dl>
      <Licences />
    </section>
  );
}
