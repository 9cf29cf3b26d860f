import { attemptAnew } from '../../../core/model/jobProgress.ts';
import type { StepHead as StepOfJob } from '../../../core/model/jobParts.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { formOf } from '../../../core/model/stepKinds.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { StateWord } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import { Unread } from '../../components/Unread.tsx';
import { StepTables } from '../../steps/StepTables.tsx';
import { workNote } from '../../steps/workNotes.ts';
import { isJobOver } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { StepNodes } from '../nodes/StepNodes.tsx';
import { WavesTable } from '../nodes/WavesTable.tsx';
import { AnsweredView } from './AnsweredView.tsx';
import { GivenAnswers } from './GivenAnswers.tsx';
import { InTheWay } from './InTheWay.tsx';
import { ReportView } from './ReportView.tsx';
import { ScreenView } from './ScreenView.tsx';

function StepHead({ job, step }: { job: OpenJob; step: StepOfJob }) {
  const again = attemptAnew(job, step);
  const facts = [
    again === undefined ? '' : t.operation.attempt(again),
    workNote(job, step),
    step.startedAtMs === undefined ? '' : t.operation.startedAt(formatClock(step.startedAtMs)),
  ].filter((fact) => fact !== '');
  return (
    <div className="step-head">
      <h1>{step.title}</h1>
      {!(isJobOver(job.state) && step.state === 'waiting') && <StateWord state={step.state} />}
      <span className="sub num">{facts.join(' · ')}</span>
      <p className="sub">{step.help}</p>
    </div>
  );
}

/** The middle of the operation view: the screen of the step that is looked at. */
export function StepMain({ system, job, step }: { system: SystemView; job: OpenJob; step: StepOfJob }) {
  const current = step.stepId === job.currentStep;
  return (
    <>
      <StepHead job={job} step={step} />
      {current && <GivenAnswers system={system} job={job} step={step} />}
      {current && <InTheWay system={system} job={job} step={step} />}
      <StepBody system={system} job={job} step={step} current={current} />
    </>
  );
}

function StepBody({
  system,
  job,
  step,
  current,
}: {
  system: SystemView;
  job: OpenJob;
  step: StepOfJob;
  current: boolean;
}) {
  if (formOf(step.kind) === 'conclude' && job.report)
    return <ReportView system={system} job={job} report={job.report} />;
  if (current && step.state === 'input' && job.screen?.stepId === step.stepId) {
    return <ScreenView key={step.attempt} system={system} job={job} step={step} screen={job.screen} />;
  }
  if (current && job.screenComes)
    return (
      <p className="sub">
        <Unread system={system} reading={t.operation.opening} />
      </p>
    );
  if (step.state === 'skipped')
    return (
      <>
        <p className="sub">{t.operation.stepSkipped(step.note ?? '')}</p>
        {/* A gate is held where the wave before it ended: what is decided there is about the waves. */}
        {current && job.gate?.held && <WavesTable system={system} job={job} stepId={step.stepId} />}
      </>
    );
  const answer = job.inputs[step.stepId];
  const hasCells = step.counts !== undefined && job.nodes > 0;
  return (
    <>
      {step.note && <p className="sub">{step.note}</p>}
      {answer !== undefined && <AnsweredView system={system} job={job} step={step} answer={answer} />}
      {hasCells && <StepNodes system={system} job={job} step={step} />}
      <StepTables system={system} job={job} step={step} />
      {answer === undefined && !hasCells && (
        <p className="sub">{step.state === 'waiting' ? t.operation.stepWaiting : t.operation.stepNotOnNodes}</p>
      )}
    </>
  );
}
