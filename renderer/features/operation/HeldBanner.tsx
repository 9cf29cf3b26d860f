import { eachOf } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { BannerDeeds } from './BannerDeeds.tsx';
import { whyHandsOff } from './nextRule.ts';
import { News } from '../../components/News.tsx';

const words = t.operation.hold;

/** Nodes that are held or catch up, that the job waits for a word about them, and the way to release all that can come back. */
export function HeldBanner({ system, job, shown }: { system: SystemView; job: OpenJob; shown: string }) {
  const { releaseNodes } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const { systemId } = system.saved;
  const nodes = isJobOver(job.state) ? undefined : job.held;
  const part = useJobPart(systemId, job.jobId, nodes ? 'held' : undefined);
  if (!nodes) return null;
  const { held, catchUp, catchingUp, first, waits } = nodes;
  const able = part ? [...eachOf(part)].flatMap(([id, one]) => (one.state === 'held' && !one.stays ? [id] : [])) : [];
  return (
    <News className="banner">
      <span>
        {held + catchUp > 0 && words.banner(held, first, catchUp)}
        {catchingUp > 0 && <span className="line">{words.catchingUp(catchingUp)}</span>}
        {waits && <span className="line">{words.waits}</span>}
      </span>
      {able.length > 0 && whyHandsOff(system, job) === undefined && (
        <BannerDeeds job={job} shown={shown}>
          <button
            type="button"
            className="btn small"
            disabled={busy}
            onClick={() => void releaseNodes(systemId, job.jobId, able)}
          >
            {able.length === 1 ? words.release : words.releaseAll}
          </button>
        </BannerDeeds>
      )}
    </News>
  );
}
