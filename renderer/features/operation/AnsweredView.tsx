import type { OpenJob } from '../../stores/openJob.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import type { ComponentType } from 'react';
import { answerLines } from '../../../core/steps/answerForm.ts';
import { askShapeOf } from '../../../core/steps/registry.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { askWindow } from '../../steps/registry.ts';
import { t } from '../../texts/en.ts';

interface AnsweredViewProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly step: StepHead;
  readonly answer: unknown;
}

/** What was answered at a step that is over; it cannot be changed here. */
export function AnsweredView({ system, job, step, answer }: AnsweredViewProps) {
  const window = askWindow(step.kind);
  const shape = askShapeOf(step.kind);
  // What does not fit comes from newer or older software.
  const fits = shape?.answer.safeParse(answer).success === true;
  const Answered = window?.Answered as ComponentType<{ system: SystemView; job: OpenJob; answer: unknown }> | undefined;
  if (fits && Answered) return <Answered system={system} job={job} answer={answer} />;
  const lines = fits && window?.lines ? window.lines(answer as never) : answerLines(shape?.answer, answer);
  return (
    <section className="panel" aria-label={t.operation.screens.answers}>
      <h2>{t.operation.screens.answers}</h2>
      {lines.length === 0 ? (
        <p className="sub">{t.operation.stepAnswered}</p>
      ) : (
        <ul className="answer-list mono">
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
    </section>
  );
}
