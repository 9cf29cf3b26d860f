import { useMemo } from 'react';
import { Button } from 'react-aria-components/Button';
import { Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover, Separator } from 'react-aria-components/Menu';
import { jobWord } from '../../../core/model/needsPerson.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { connectionWords } from '../../components/ConnectionPill.tsx';
import { JobMark, StateMark } from '../../components/StateMark.tsx';
import { NeedsYouMark } from '../../components/NeedsYouMark.tsx';
import { useNowAs } from '../../components/useNow.ts';
import { isSignedIn, selectCan, selectSystems } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { stepTitle } from '../history/stepTitle.ts';
import { needYouElsewhere, outOfReachElsewhere, SESSION_MARKS, systemsAtWork, type SystemWork } from './systemWork.ts';

const words = t.systems.switcher;
const NO_SYSTEMS: Readonly<Record<string, SystemView>> = {};

/**
 * The name of the shown system, which opens all of them: the state of each line, its jobs with how far they are, and which need a
 * person. Beside the name stands how many jobs need one elsewhere.
 */
export function SystemSwitcher({
  system,
  jobId,
}: {
  readonly system: SystemView;
  readonly jobId?: string | undefined;
}) {
  const elsewhere = useApp((state) => needYouElsewhere(selectSystems(state) ?? NO_SYSTEMS, jobId));
  const away = useApp((state) => outOfReachElsewhere(selectSystems(state) ?? NO_SYSTEMS, system.saved.systemId));

  return (
    <MenuTrigger>
      <Button className="switcher" aria-label={words.label(system.saved.name, elsewhere, away)}>
        <b className="system-name" title={system.saved.name}>
          {system.saved.name}
        </b>
        <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
          <path d="M1.5 3l3.5 4 3.5-4" fill="none" stroke="currentColor" strokeWidth="1.4" />
        </svg>
        <NeedsYouMark count={elsewhere} title={words.elsewhere(elsewhere)} />
        {away > 0 && (
          <span className="elsewhere num" title={words.away(away)}>
            <StateMark state="unreachable" />
            {away}
          </span>
        )}
      </Button>
      <Popover className="menu-popover" placement="bottom start" offset={2}>
        <SwitcherMenu system={system} jobId={jobId} />
      </Popover>
    </MenuTrigger>
  );
}

/** All systems with their jobs; made only while the menu is open. */
function SwitcherMenu({ system, jobId }: { readonly system: SystemView; readonly jobId: string | undefined }) {
  const { go, showJob, showSystem } = useActions();
  const systems = useApp(selectSystems) ?? NO_SYSTEMS;
  const choosesSystems = useApp(selectCan('systems'));
  const work = useMemo(() => systemsAtWork(systems), [systems]);

  function show(key: string): void {
    const [kind, systemId = '', job = ''] = key.split(' ');
    if (kind === 'all') go({ kind: 'systems' });
    else if (kind === 'job') showJob(systemId, job);
    else {
      const chosen = systems[systemId];
      if (chosen && isSignedIn(chosen.session)) showSystem(systemId, 'operations');
      else go({ kind: 'sign-in', systemId });
    }
  }

  return (
    <Menu className="menu switcher-menu" aria-label={words.title} onAction={(key) => show(String(key))}>
      {work.map((one) => (
        <SystemSection key={one.system.saved.systemId} work={one} shown={one.system === system} jobId={jobId} />
      ))}
      {choosesSystems && <Separator className="menu-rule" />}
      {choosesSystems && (
        <MenuItem id="all" className="menu-item" textValue={words.all}>
          <span className="menu-tick" />
          {words.all}
        </MenuItem>
      )}
    </Menu>
  );
}

function SystemSection(props: {
  readonly work: SystemWork;
  readonly shown: boolean;
  readonly jobId: string | undefined;
}) {
  const { system, jobs, needYou } = props.work;
  const { saved, session } = system;
  const line = useNowAs((nowMs) => connectionWords(system, nowMs).words[0] ?? '');
  return (
    <MenuSection aria-label={saved.name}>
      <Header className="visually-hidden">{saved.name}</Header>
      <MenuItem
        id={`system ${saved.systemId}`}
        className="menu-item"
        textValue={`${saved.name}, ${needYou > 0 ? `${words.needYou(needYou)}, ` : ''}${line}`}
      >
        <span className="menu-tick" aria-hidden="true">
          {props.shown ? '✓' : ''}
        </span>
        <b className="switcher-name">{saved.name}</b>
        <NeedsYouMark count={needYou} />
        <span className="state-word sub">
          <StateMark state={SESSION_MARKS[session.kind]} />
          {line}
        </span>
      </MenuItem>
      {jobs.map((job) => (
        <MenuItem
          key={job.jobId}
          id={`job ${saved.systemId} ${job.jobId}`}
          className="menu-item switcher-job"
          textValue={`${job.title}, ${jobWord(job)}`}
        >
          <span className="menu-tick" aria-hidden="true">
            {job.jobId === props.jobId ? '✓' : ''}
          </span>
          <JobMark job={job} />
          <span className="switcher-title">
            {job.title} <span className="sub num">{t.operation.job(job.jobNumber)}</span>
          </span>
          <span className="switcher-step">
            {stepTitle(job)}
            <small>{words.jobState(jobWord(job), job.stepPercent)}</small>
          </span>
        </MenuItem>
      ))}
    </MenuSection>
  );
}
