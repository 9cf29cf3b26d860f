import { useState } from 'react';
import type { OpenJob } from '../../stores/openJob.ts';
import { eachOf } from '../../../core/model/jobParts.ts';
import { servicesNotUp, servicesNotUpText } from '../../../core/model/servicesNotUp.ts';
import { useActions } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { nodesWereChanged } from './nextRule.ts';
import { t } from '../../texts/en.ts';

/** Cancel asks as PUT does: go back, restart the current step, exit the operation; and what becomes of services that are not up. */
export function CancelDialog({ systemId, job, onClose }: { systemId: string; job: OpenJob; onClose: () => void }) {
  const { cancelJob } = useActions();
  const step = job.steps[job.currentStep];
  const began = nodesWereChanged(job);
  const services = useJobPart(systemId, job.jobId, 'services');
  const left = services && servicesNotUp([...eachOf(services)].map(([nodeId, service]) => ({ nodeId, service })));
  const notUp = left && servicesNotUpText(left);
  const leftCount = left ? left.down.length + left.unknown.length : 0;
  const [typed, setTyped] = useState('');
  const choose = (choice: 'restart-step' | 'exit', startServices = false): void => {
    void cancelJob(systemId, job.jobId, choice, startServices);
    onClose();
  };
  return (
    <Dialog title={t.operation.cancelTitle} onClose={onClose} role="alertdialog" wide>
      <p>{t.operation.cancelText}</p>
      <div className="choices">
        <button type="button" className="choice" onClick={onClose} autoFocus aria-describedby="cancel-back">
          {t.operation.cancelBack}
        </button>
        <span id="cancel-back">{t.operation.cancelBackText}</span>
        <button
          type="button"
          className="choice"
          onClick={() => choose('restart-step')}
          aria-describedby="cancel-restart"
        >
          {t.operation.cancelRestart}
        </button>
        <span id="cancel-restart">{t.operation.cancelRestartText(step?.title ?? job.currentStep)}</span>
      </div>
      <div className="choices exits" role="group" aria-label={t.operation.cancelExit}>
        {notUp !== undefined && (
          <>
            <button
              type="button"
              className="choice"
              onClick={() => choose('exit', true)}
              aria-describedby="cancel-exit-start"
            >
              {t.operation.cancelExitStart}
            </button>
            <span id="cancel-exit-start">{t.operation.cancelExitStartText(notUp)}</span>
          </>
        )}
        <button
          type="button"
          className="choice danger"
          onClick={() => choose('exit')}
          // What becomes of services that are not up is asked first, and who leaves them so says on how many nodes.
          disabled={services === undefined || (leftCount > 0 && Number(typed) !== leftCount)}
          aria-describedby="cancel-exit"
        >
          {notUp === undefined ? t.operation.cancelExit : t.operation.cancelExitLeave}
        </button>
        <span id="cancel-exit">
          {t.operation.cancelExitText(began)}
          {notUp !== undefined && (
            <>
              {' '}
              {t.operation.cancelExitLeaveText(notUp)}
              <label className="confirm-count">
                {t.operation.cancelExitCount}
                <input
                  className="num"
                  inputMode="numeric"
                  autoComplete="off"
                  maxLength={6}
                  value={typed}
                  onChange={(event) => setTyped(event.target.value.trim())}
                />
              </label>
            </>
          )}
        </span>
      </div>
    </Dialog>
  );
}
