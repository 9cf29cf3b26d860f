import { useState } from 'react';
import { useCommands } from '../../app/commands.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { isJobOver, selectBusy } from '../../stores/selectors.ts';
import { draftKey } from '../../stores/workSlice.ts';
import { t } from '../../texts/en.ts';
import { CancelDialog } from './CancelDialog.tsx';
import { RollbackDialog } from './RollbackDialog.tsx';
import { initialDraft, nextName, isAtWork, startsWork, whyHandsOff, whyNextOff, whyNoRollback } from './nextRule.ts';

/** Why there is no way back from the current step, in words. */
function whyBackOff(job: OpenJob): string {
  const at = job.stepOrder.indexOf(job.currentStep);
  if (at === 0) return t.operation.backOff.first;
  return isAtWork(job) ? t.operation.backOff.begun : t.operation.backOff.working;
}

/** Back, Next, Cancel, Help, and the reason when one is off. They act on the step that is shown; for another than the current one there is the way there alone. */
export function JobFooter({ system, job, shown }: { system: SystemView; job: OpenJob; shown: string }) {
  const { systemId } = system.saved;
  const { jobId } = job;
  const { answerStep, continueJob, goBack, pauseJob, resumeJob, setHelp, showSystem, showStep } = useActions();
  const busy = useApp(selectBusy(`step:${jobId}`));
  const helpOpen = useApp((state) => state.helpOpen);
  const attempt = job.steps[job.currentStep]?.attempt ?? 0;
  const key = draftKey(jobId, job.currentStep, attempt);
  const stored = useApp((state) => state.drafts[key]);
  const check = useApp((state) => state.checks[key]);
  const [cancelling, setCancelling] = useState(false);
  const [goingBack, setGoingBack] = useState(false);

  const asksInput = job.steps[job.currentStep]?.state === 'input' && job.screen?.stepId === job.currentStep;
  const draft = stored ?? (asksInput && job.screen ? initialDraft(job.screen, job.inputs) : undefined);
  const over = isJobOver(job.state);
  const nextOff = whyNextOff(system, job, draft, check);
  const handsOff = whyHandsOff(system, job);
  const backOff = handsOff !== undefined || !job.canBack;

  // A step that was looked at before it became the current one is followed from here on.
  const showCurrent = (): void => showStep(undefined);

  function next(): void {
    showCurrent();
    if (asksInput && draft !== undefined) void answerStep(systemId, jobId, attempt, draft as Record<string, unknown>);
    else void continueJob(systemId, jobId);
  }

  const starts = startsWork(job);
  const elsewhere = !over && shown !== job.currentStep;
  const back = (): void => {
    showCurrent();
    void goBack(systemId, jobId);
  };
  const pause = (): void => void (job.paused ? resumeJob(systemId, jobId) : pauseJob(systemId, jobId));
  const actOff = busy ? t.operation.nextAnswering : handsOff;
  const reason = over
    ? t.operation.nextOff.over
    : elsewhere
      ? t.operation.nextOff.otherStep
      : busy
        ? t.operation.nextAnswering
        : (nextOff ?? job.nextMeans ?? (starts ? t.operation.nextStarts : t.operation.nextOn));
  const noRollback = busy ? t.operation.nextAnswering : whyNoRollback(system, job);
  const rollbackCommand = job.canRollback
    ? [{ id: 'rollback', name: t.operation.rollback.button, run: () => setGoingBack(true), off: noRollback }]
    : [];
  const rollbackButton = job.canRollback && (
    <button type="button" className="btn apart" disabled={noRollback !== undefined} onClick={() => setGoingBack(true)}>
      {t.operation.rollback.button}
    </button>
  );
  useCommands(
    over
      ? [{ id: 'next', name: t.operation.finish, run: () => showSystem(systemId, 'operations') }, ...rollbackCommand]
      : elsewhere
        ? [{ id: 'next', name: t.operation.followAgain, run: showCurrent }]
        : [
            { id: 'next', name: nextName(job), run: next, off: busy || nextOff !== undefined ? reason : undefined },
            {
              id: 'back',
              name: t.operation.back,
              run: back,
              off: backOff || busy ? (handsOff ?? whyBackOff(job)) : undefined,
            },
            { id: 'pause', name: job.paused ? t.operation.resume : t.operation.pause, run: pause, off: actOff },
            ...rollbackCommand,
            { id: 'cancel', name: t.operation.cancel, run: () => setCancelling(true), off: actOff },
          ],
  );
  const backReason = !over && !elsewhere && handsOff === undefined && !job.canBack ? whyBackOff(job) : '';
  return (
    <footer className="job-footer">
      <span className="why" id="why-next">
        {reason} <span className="sub">{backReason}</span>
      </span>
      {over ? (
        <>
          {rollbackButton}
          <button type="button" className="btn primary" onClick={() => showSystem(systemId, 'operations')}>
            {t.operation.finish}
          </button>
        </>
      ) : elsewhere ? (
        <button type="button" className="btn primary" onClick={showCurrent}>
          {t.operation.followAgain}
        </button>
      ) : (
        <>
          {rollbackButton}
          <button type="button" className="btn" disabled={backOff || busy} aria-describedby="why-next" onClick={back}>
            {t.operation.back}
          </button>
          <button
            type="button"
            className="btn primary"
            disabled={nextOff !== undefined || busy}
            aria-describedby="why-next"
            onClick={next}
          >
            {nextName(job)}
          </button>
          <button type="button" className="btn" disabled={handsOff !== undefined || busy} onClick={pause}>
            {job.paused ? t.operation.resume : t.operation.pause}
          </button>
          <button
            type="button"
            className="btn"
            disabled={handsOff !== undefined || busy}
            onClick={() => setCancelling(true)}
          >
            {t.operation.cancel}
          </button>
        </>
      )}
      <button type="button" className="btn" aria-expanded={helpOpen} onClick={() => setHelp(!helpOpen)}>
        {t.common.help}
      </button>
      {goingBack && <RollbackDialog systemId={systemId} job={job} onClose={() => setGoingBack(false)} />}
      {cancelling && <CancelDialog systemId={systemId} job={job} onClose={() => setCancelling(false)} />}
    </footer>
  );
}
