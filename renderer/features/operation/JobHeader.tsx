import { useState } from 'react';
import type { OpenJob } from '../../stores/openJob.ts';
import { settingsText } from '../../../core/model/jobSettings.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { JobStateWord } from '../../components/StateMark.tsx';
import { formatElapsed } from '../../components/format.ts';
import { useNow } from '../../components/useNow.ts';
import { isJobOver, masterNow, userOf } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

/** Which operation this is, who drives it, how long it takes. */
export function JobHeader({ system, job }: { system: SystemView; job: OpenJob }) {
  const nowMs = useNow();
  const { takeBaton } = useActions();
  const [taking, setTaking] = useState(false);
  const me = userOf(system.session);
  const over = isJobOver(job.state);
  const canTake = !over && job.driver !== me && system.session.kind === 'online' && system.session.role !== 'observer';
  return (
    <div className="job-header" role="group" aria-label={`${job.title} ${t.operation.job(job.jobNumber)}`}>
      <b>{job.title}</b>
      <span className="sub num">{t.operation.job(job.jobNumber)}</span>
      <JobStateWord state={job.state} />
      <span className="separator" aria-hidden="true" />
      <span>
        <span className="key">{t.operation.driving}</span>
        {job.driver === me ? t.operation.you : job.driver}
      </span>
      {canTake && (
        <button type="button" className="btn small" onClick={() => setTaking(true)}>
          {t.operation.takeBaton}
        </button>
      )}
      {job.settings && Object.keys(job.settings).length > 0 && (
        <span className="sub num">
          <span className="key">{t.operation.settings}</span>
          {settingsText(job.settings)}
        </span>
      )}
      {job.waves && (
        <span className="sub num">
          <span className="key">{t.operation.waves}</span>
          {t.operation.wavesDone(job.waves.filter(({ state }) => state === 'done').length, job.waves.length)}
        </span>
      )}
      <span className="num push-right">
        <span className="key">{over ? t.operation.took : t.operation.elapsed}</span>
        {formatElapsed((over ? (job.endedAtMs ?? job.startedAtMs) : masterNow(system, nowMs)) - job.startedAtMs)}
      </span>
      <AskError ask={`baton:${job.jobId}`} />
      {taking && (
        <ReasonDialog
          title={t.operation.batonTitle}
          text={t.operation.batonText(job.driver)}
          confirm={t.operation.batonConfirm}
          onConfirm={(reason) => void takeBaton(system.saved.systemId, job.jobId, reason)}
          onClose={() => setTaking(false)}
        />
      )}
    </div>
  );
}
