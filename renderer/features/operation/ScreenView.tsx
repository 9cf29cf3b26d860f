import type { OpenJob } from '../../stores/openJob.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import { useDeferredValue, useEffect, type ComponentType, type ReactNode } from 'react';
import type { StepScreen } from '../../../core/model/job.ts';
import { knownScreen } from '../../../core/steps/knownScreen.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AnswerForm } from '../../steps/AnswerForm.tsx';
import { askWindow } from '../../steps/registry.ts';
import { draftKey, type AnswerCheck } from '../../stores/workSlice.ts';
import { t } from '../../texts/en.ts';
import { initialDraft, whyHandsOff } from './nextRule.ts';

interface ScreenViewProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly step: StepHead;
  readonly screen: StepScreen;
}

/** Of whatever kind the step is: only that knows what the screen shows and what is answered. */
type AnyScreen = ComponentType<{
  readonly job: OpenJob;
  readonly screen: unknown;
  readonly draft: unknown;
  readonly locked: boolean;
  readonly check: AnswerCheck | undefined;
  readonly onChange: (draft: unknown) => void;
}>;

/** Of so many nodes a screen may take longer to draw than a person should wait for what they press. */
const MANY_NODES = 1_000;

/** Of a large job the screen follows its heading in pieces, between which the window answers. */
function InPieces({ many, children }: { readonly many: boolean; readonly children: ReactNode }) {
  return useDeferredValue(true, !many) ? children : null;
}

/** The screen of the current step where it waits for a person. */
export function ScreenView({ system, job, step, screen }: ScreenViewProps) {
  const { setDraft, checkAnswer } = useActions();
  const key = draftKey(job.jobId, screen.stepId, step.attempt);
  const stored = useApp((state) => state.drafts[key]);
  const check = useApp((state) => state.checks[key]);
  const known = knownScreen(screen);
  const window = askWindow(screen.kind);
  const { systemId } = system.saved;
  // What an earlier page left was judged there.
  const unjudged = stored !== undefined && check === undefined && window?.checks === true && known !== undefined;
  useEffect(() => {
    if (unjudged) checkAnswer(systemId, job.jobId, screen.stepId, step.attempt, stored);
    // Once, when it is shown: each change is judged by itself.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  // A step of newer software is told in words, never an empty screen.
  if (!known) return <p className="sub">{t.operation.unknownStep(step.title)}</p>;
  const draft = stored ?? initialDraft(screen, job.inputs);
  const locked = whyHandsOff(system, job) !== undefined;
  const change = (answer: unknown): void => {
    setDraft(job.jobId, screen.stepId, step.attempt, answer);
    if (window?.checks) checkAnswer(systemId, job.jobId, screen.stepId, step.attempt, answer);
  };
  if (!window) {
    return <AnswerForm schema={known.shape.answer} draft={draft} locked={locked} onChange={change} />;
  }
  const Screen = window.Screen as unknown as AnyScreen;
  return (
    <InPieces key={key} many={job.nodes >= MANY_NODES}>
      <Screen job={job} screen={known.content} draft={draft} locked={locked} check={check} onChange={change} />
    </InPieces>
  );
}
