import type { ReactNode } from 'react';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { t } from '../../texts/en.ts';
import { NeedsYou } from '../nodes/NeedsYou.tsx';
import { ApprovalBanner } from './ApprovalBanner.tsx';
import { GoingBackBanner } from './GoingBackBanner.tsx';
import { HeldBanner } from './HeldBanner.tsx';
import { JournalBanner } from './JournalBanner.tsx';
import { RunWindowBanner } from './RunWindowBanner.tsx';

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
  return (
    <div className="step-column">
      {children}
      <section className="step-calls" aria-label={t.operation.calls}>
        <JournalBanner job={job} />
        {job.paused && <div className="banner">{t.operation.paused(job.paused.user, job.paused.reason)}</div>}
        <ApprovalBanner system={system} job={job} shown={shown} />
        <RunWindowBanner system={system} job={job} shown={shown} />
        <GoingBackBanner system={system} job={job} shown={shown} />
        <HeldBanner system={system} job={job} shown={shown} />
        {job.rollback && !job.rollback.over && (
          <div className="banner">{t.operation.rollback.underWay(job.rollback)}</div>
        )}
        <NeedsYou key={shown} system={system} job={job} stepId={shown} />
        <AskError ask={`nodes:${job.jobId}`} />
        <AskError ask={`step:${job.jobId}`} />
      </section>
    </div>
  );
}
