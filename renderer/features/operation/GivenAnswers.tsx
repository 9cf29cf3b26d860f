import { stoppedAnswer } from '../../../core/model/job.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { whyHandsOff } from './nextRule.ts';
import { News } from '../../components/News.tsx';

/** Where a job that was started with answers waits for a person nevertheless: why, and the way to let the answers go on. */
export function GivenAnswers({ system, job, step }: { system: SystemView; job: OpenJob; step: StepHead }) {
  const { resumeAnswers } = useActions();
  const busy = useApp(selectBusy(`step:${job.jobId}`));
  const { answers } = job;
  if (!answers || answers.active || step.state !== 'input') return null;
  const stopped = stoppedAnswer(job);
  return (
    <News className="banner">
      <span className="lines">
        {stopped
          ? `${t.operation.answerStopped(step.title, `${stopped.cause.message} (${stopped.cause.code})`)} ${t.operation.answerStoppedNext}`
          : `${t.operation.answersBy(answers.by)} ${t.operation.answersHeld}`}
      </span>
      <button
        type="button"
        className="btn small"
        disabled={busy || whyHandsOff(system, job) !== undefined}
        onClick={() => void resumeAnswers(system.saved.systemId, job.jobId)}
      >
        {t.operation.answersGoOn}
      </button>
    </News>
  );
}
