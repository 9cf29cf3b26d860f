import { askShapeOf } from '../../../core/steps/registry.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { formatMoment } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, selectBusy, userOf } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { News } from '../../components/News.tsx';
import { BannerDeeds } from './BannerDeeds.tsx';
import { whyHandsOff } from './nextRule.ts';
import { ChangeWindow } from './WindowDialog.tsx';

const words = t.operation.approval;

/** How the approval by another person stands; for one who can give it, the button. */
export function ApprovalBanner({ system, job, shown }: { system: SystemView; job: OpenJob; shown: string }) {
  const { approveJob, withdrawApproval, showStep } = useActions();
  const busy = useApp(selectBusy(`step:${job.jobId}`));
  const { approval } = job;
  if (!approval || isJobOver(job.state)) return null;
  const { approved, digest, notBy, before, changes = [], waits, begun } = approval;
  const { session } = system;
  const me = session.kind === 'online' && session.role !== 'observer' ? userOf(session) : undefined;
  if (approved) {
    return (
      <div className="banner note" title={approved.planFile ?? approved.digest}>
        {words.approved(approved.user, formatMoment(approved.atMs), approved.planFile !== undefined)}
        {approved.user === me && !begun && (
          <BannerDeeds job={job} shown={shown}>
            <button
              type="button"
              className="btn small"
              disabled={busy}
              onClick={() => void withdrawApproval(system.saved.systemId, job.jobId)}
            >
              {words.withdraw}
            </button>
          </BannerDeeds>
        )}
      </div>
    );
  }
  if (digest === undefined) return null;
  const may = me !== undefined && !notBy.includes(me);
  const shows = job.stepOrder.find((stepId) => askShapeOf(job.steps[stepId]?.kind ?? '')?.accepting !== undefined);
  return (
    <News className="banner">
      <span>
        {waits ? words.waits(notBy.join(', ')) : words.asked(notBy.join(', '))}
        <span className="mono wrap line">{digest}</span>
        {before && <span className="line">{words.before(before.user)}</span>}
        {changes.map((change) => (
          <span key={change} className="line">
            {change}
          </span>
        ))}
      </span>
      <BannerDeeds job={job} shown={shown}>
        {shows !== undefined && (
          <button type="button" className="btn small" onClick={() => showStep(shows)}>
            {words.show}
          </button>
        )}
        {job.runWindow && whyHandsOff(system, job) === undefined && <ChangeWindow system={system} job={job} />}
        {may && (
          <button
            type="button"
            className="btn small"
            disabled={busy}
            onClick={() => void approveJob(system.saved.systemId, job.jobId, digest)}
          >
            {words.approve}
          </button>
        )}
      </BannerDeeds>
    </News>
  );
}
