import { useState } from 'react';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ConfirmDialog } from '../../components/Dialog.tsx';
import { formatAge, formatMoment } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { isJobOver, masterNow, selectBusy, userOf } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { News } from '../../components/News.tsx';
import { BannerDeeds } from './BannerDeeds.tsx';

const words = t.operation.goingBack;

/** How many nodes go back by themselves, and how long the first one has; for who may, the button to confirm them. */
export function GoingBackBanner({ system, job, shown }: { system: SystemView; job: OpenJob; shown: string }) {
  const nowMs = useNow(job.goingBack !== undefined);
  const { confirmNodes } = useActions();
  const busy = useApp(selectBusy(`step:${job.jobId}`));
  const [asking, setAsking] = useState(false);
  const { goingBack } = job;
  if (!goingBack) return null;
  const leftMs = goingBack.firstAtMs - masterNow(system, nowMs);
  const { session } = system;
  const over = isJobOver(job.state);
  const may = session.kind === 'online' && session.role !== 'observer' && (over || job.driver === userOf(session));
  const at = formatMoment(goingBack.firstAtMs);
  return (
    <News className="banner">
      <span>{leftMs > 0 ? words.left(goingBack.nodes, at, formatAge(leftMs)) : words.due(goingBack.nodes, at)}</span>
      {may && (
        <BannerDeeds job={job} shown={shown}>
          <button type="button" className="btn small" disabled={busy} onClick={() => setAsking(true)}>
            {words.confirm}
          </button>
        </BannerDeeds>
      )}
      {asking && (
        <ConfirmDialog
          title={words.title}
          text={words.text(goingBack.nodes)}
          confirm={words.sure}
          onConfirm={() => void confirmNodes(system.saved.systemId, job.jobId)}
          onClose={() => setAsking(false)}
        />
      )}
    </News>
  );
}
