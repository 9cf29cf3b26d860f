import { instantMs } from '../../../core/model/instant.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { formatAge } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, masterNow, selectBusy } from '../../stores/selectors.ts';
import { momentHereAndThere } from '../../steps/runWindowInWords.ts';
import { t } from '../../texts/en.ts';
import { BannerDeeds } from './BannerDeeds.tsx';
import { whyHandsOff } from './nextRule.ts';
import { News } from '../../components/News.tsx';
import { ChangeWindow } from './WindowDialog.tsx';

const words = t.operation.runWindow;

/** That the job waits for its time, or that this is over; for who drives it, the buttons to begin all the same and to give it another time. */
export function RunWindowBanner({ system, job, shown }: { system: SystemView; job: OpenJob; shown: string }) {
  const nowMs = useNow(job.runWindow?.waits !== undefined);
  const { beginNow } = useActions();
  const busy = useApp(selectBusy(`step:${job.jobId}`));
  const { runWindow } = job;
  if (!runWindow?.waits || isJobOver(job.state) || job.approval?.waits) return null;
  const { notBefore, notAfter, waits, cause } = runWindow;
  const step = job.steps[job.currentStep]?.title ?? job.currentStep;
  const at = (instant: string): string => momentHereAndThere(instantMs(instant), runWindow.timeZone);
  const left = notBefore === undefined ? 0 : instantMs(notBefore) - masterNow(system, nowMs);
  return (
    <News className="banner">
      <span>
        {waits === 'early'
          ? words.early(step, at(notBefore ?? ''), formatAge(left))
          : words.late(step, at(notAfter ?? ''))}{' '}
        {waits === 'early' && notAfter !== undefined && <span className="line">{words.until(at(notAfter))}</span>}
        {cause && <span className="mono line">{cause.code}</span>}
      </span>
      {whyHandsOff(system, job) === undefined && (
        <BannerDeeds job={job} shown={shown}>
          <ChangeWindow system={system} job={job} />
          <button
            type="button"
            className="btn small"
            disabled={busy}
            onClick={() => void beginNow(system.saved.systemId, job.jobId)}
          >
            {words.beginNow}
          </button>
        </BannerDeeds>
      )}
    </News>
  );
}
