import { useState } from 'react';
import { stoppedAnswer } from '../../../core/model/job.ts';
import { briefNames, foldNames } from '../../../core/model/nodeNames.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import { knownScreen } from '../../../core/steps/knownScreen.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { News } from '../../components/News.tsx';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { draftKey } from '../../stores/workSlice.ts';
import { t } from '../../texts/en.ts';
import { initialDraft, whyHandsOff } from './nextRule.ts';

const words = t.operation.inTheWay;

/** Nodes that alone stand against the answer of the step that asks, so that the others could go on without them: one decision leaves them out. */
export function InTheWay({ system, job, step }: { system: SystemView; job: OpenJob; step: StepHead }) {
  const { ignoreNodes } = useActions();
  const [asking, setAsking] = useState(false);
  const key = draftKey(job.jobId, step.stepId, step.attempt);
  const stored = useApp((state) => state.drafts[key]);
  const check = useApp((state) => state.checks[key]);
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const screen = step.state === 'input' && job.screen?.stepId === step.stepId ? job.screen : undefined;
  const known = screen && knownScreen(screen);
  if (!screen || !known || check?.pending === true || whyHandsOff(system, job, step.stepId) !== undefined) return null;
  const draft = stored ?? initialDraft(screen, job.inputs);
  const ofAnswer = stored === undefined ? stoppedAnswer(job)?.nodeIds : undefined;
  const nodeIds = ofAnswer ?? known.shape.inTheWay?.(known.content, draft, check) ?? [];
  if (nodeIds.length === 0) return null;
  return (
    <News className="banner">
      <span>{words.text(nodeIds.length, briefNames(nodeIds))}</span>
      <button type="button" className="btn small" disabled={busy} onClick={() => setAsking(true)}>
        {words.leaveOut(nodeIds.length)}
      </button>
      {asking && (
        <ReasonDialog
          about={`ignore ${job.jobId} ${step.stepId} ${foldNames(nodeIds)}`}
          title={words.title(nodeIds.length)}
          text={words.what}
          confirm={words.confirm}
          onConfirm={(reason) =>
            ignoreNodes(system.saved.systemId, job.jobId, { stepId: step.stepId, nodeIds, reason })
          }
          onClose={() => setAsking(false)}
        >
          <p className="mono wrap name-list">{foldNames(nodeIds)}</p>
        </ReasonDialog>
      )}
    </News>
  );
}
