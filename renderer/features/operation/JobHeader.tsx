import { useState, type ReactNode } from 'react';
import type { OpenJob } from '../../stores/openJob.ts';
import { needsPerson, standing } from '../../../core/model/needsPerson.ts';
import { endOfJob, waitsForText } from '../../../core/model/endOfJob.ts';
import { settingsInWords } from '../../../core/model/settingWords.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { Elapsed } from '../../components/Elapsed.tsx';
import { AskError } from '../../components/ErrorNote.tsx';
import { JobStateWord } from '../../components/StateMark.tsx';
import { formatAge, formatClock, formatMoment } from '../../components/format.ts';
import { useNowAs } from '../../components/useNow.ts';
import { isTold } from '../../stores/lastSeen.ts';
import { isJobOver, masterNow, userOf } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

/** When the operation ends, as a range, or why that is not known. */
function EndOfOperation({ system, job }: { system: SystemView; job: OpenJob }) {
  const words = t.operation.end;
  const end = (nowMs: number) => endOfJob(job, masterNow(system, nowMs));
  const key = useNowAs((nowMs) => {
    const kind = end(nowMs)?.kind;
    return kind === 'left' ? words.left : kind === 'waits' ? words.waits : words.ends;
  });
  const text = useNowAs((nowMs) => {
    const known = end(nowMs);
    // Reckoned on from a picture that gets old it would be a guess.
    if (!isTold(system) && known?.kind !== 'waits') return known === undefined ? '' : words.unheard;
    switch (known?.kind) {
      case 'between':
        return words.between(formatClock(known.fromMs), formatClock(known.toMs));
      case 'left':
        return known.left.highMs < 1000
          ? words.soon
          : words.range(formatAge(known.left.lowMs), formatAge(known.left.highMs));
      case 'waits':
        return waitsForText(known.for);
      case 'unknown':
        return words.unknown(known.steps.join(', '));
      case undefined:
        return '';
    }
  });
  if (text === '') return null;
  return (
    <span className="num" title={key === words.waits ? undefined : words.why}>
      <span className="key">{key}</span> {text}
    </span>
  );
}

/** Which operation this is, who drives it, how long it takes. */
export function JobHeader({
  system,
  job,
  children,
}: {
  system: SystemView;
  job: OpenJob;
  /** Stands at the end. */
  children?: ReactNode;
}) {
  const { takeBaton } = useActions();
  const [taking, setTaking] = useState(false);
  const me = userOf(system.session);
  const over = isJobOver(job.state);
  const settings = settingsInWords(job, formatMoment)
    .map(({ title, text }) => `${title} ${text}`)
    .join(' · ');
  const canTake = !over && job.driver !== me && system.session.kind === 'online' && system.session.role !== 'observer';
  return (
    <div className="job-header" role="group" aria-label={`${job.title} ${t.operation.job(job.jobNumber)}`}>
      <b>{job.title}</b>
      <span className="sub num">{t.operation.job(job.jobNumber)}</span>
      <JobStateWord job={standing(job)} />
      <span className="separator" aria-hidden="true" />
      <span>
        <span className="key">{t.operation.driving}</span> {job.driver === me ? t.operation.you : job.driver}
      </span>
      {canTake && (
        <button type="button" className="btn small" onClick={() => setTaking(true)}>
          {t.operation.takeBaton}
        </button>
      )}
      {settings !== '' && (
        <span className="sub num job-settings" title={settings}>
          <span className="key">{t.operation.settings}</span> {settings}
        </span>
      )}
      {job.waves && (
        <span className="sub num">
          <span className="key">{t.operation.waves}</span>{' '}
          {t.operation.wavesDone(
            job.waves.filter(({ state, held }) => state === 'done' && !held).length,
            job.waves.length,
          )}
        </span>
      )}
      <span className="num push-right">
        <span className="key">{over ? t.operation.took : t.operation.elapsed}</span>{' '}
        <Elapsed
          system={system}
          sinceMs={job.startedAtMs}
          endedAtMs={over ? (job.endedAtMs ?? job.startedAtMs) : undefined}
          waits={!over && needsPerson(standing(job))}
        />
      </span>
      {!over && <EndOfOperation system={system} job={job} />}
      {children}
      <AskError ask={`baton:${job.jobId}`} />
      {taking && (
        <ReasonDialog
          about={`take over ${job.jobId}`}
          title={t.operation.batonTitle}
          text={t.operation.batonText(job.driver)}
          confirm={t.operation.batonConfirm}
          onConfirm={(reason) => takeBaton(system.saved.systemId, job.jobId, reason)}
          onClose={() => setTaking(false)}
        />
      )}
    </div>
  );
}
