import { createContext, useContext, useState, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';
import { ApprovalBanner } from './ApprovalBanner.tsx';
import { GoingBackBanner } from './GoingBackBanner.tsx';
import { HeldBanner } from './HeldBanner.tsx';
import { RunWindowBanner } from './RunWindowBanner.tsx';

/** Where what calls for a person is shown; null until it is there, undefined where there is no such place. */
const CallsPlace = createContext<HTMLElement | null | undefined>(undefined);

/**
 * The step with what the job says and asks of a person, between it and the foot. That comes by itself at any moment, so it takes its room from the lower end
 * of the step: nothing that stands above moves under the pointer.
 */
export function StepCalls(props: {
  readonly system: SystemView;
  readonly job: OpenJob;
  /** The step that is looked at. */
  readonly shown: string;
  readonly children: ReactNode;
}) {
  const { system, job, shown, children } = props;
  const [place, setPlace] = useState<HTMLElement | null>(null);
  return (
    <div className="step-column">
      <CallsPlace value={place}>{children}</CallsPlace>
      <section className="step-calls" aria-label={t.operation.calls}>
        {job.paused && <div className="banner">{t.operation.paused(job.paused.user, job.paused.reason)}</div>}
        <ApprovalBanner system={system} job={job} shown={shown} />
        <RunWindowBanner system={system} job={job} shown={shown} />
        <GoingBackBanner system={system} job={job} shown={shown} />
        <HeldBanner system={system} job={job} shown={shown} />
        {job.rollback && !job.rollback.over && (
          <div className="banner">{t.operation.rollback.underWay(job.rollback)}</div>
        )}
        <div ref={setPlace} className="calls-place" />
        <AskError ask={`nodes:${job.jobId}`} />
        <AskError ask={`step:${job.jobId}`} />
      </section>
    </div>
  );
}

/** Shows something where a person is called for. */
export function CallForPerson({ children }: { readonly children: ReactNode }) {
  const place = useContext(CallsPlace);
  if (place === undefined) return children;
  return place && createPortal(children, place);
}
