import { useEffect } from 'react';
import type { JobView, StepView } from '../../../core/model/job.ts';
import { formOf } from '../../../core/model/stepKinds.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { LiveRegion } from '../../components/LiveRegion.tsx';
import { isJobOver, selectError, selectJob } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { TimelinePanel } from '../chat/TimelinePanel.tsx';
import { NodeDrawer } from '../nodes/NodeDrawer.tsx';
import { JobFooter } from './JobFooter.tsx';
import { JobHeader } from './JobHeader.tsx';
import { StepMain } from './StepMain.tsx';
import { TableOfContents } from './TableOfContents.tsx';

/** One operation: header, table of contents, the step's screen, people on the right, the foot. Watches the job while shown. */
export function OperationView({ system, jobId }: { system: SystemView; jobId: string }) {
  const { systemId } = system.saved;
  const job = useApp(selectJob(systemId, jobId));
  const { openJob, closeJob } = useActions();
  const openError = useApp(selectError(`open:${jobId}`));

  useEffect(() => {
    void openJob(systemId, jobId);
    return () => void closeJob(systemId, jobId);
  }, [systemId, jobId, openJob, closeJob]);

  if (!job) {
    return (
      <main id="main" className="page">
        {openError ? <p>{t.operation.openFailed}</p> : <p className="sub">{t.operation.opening}</p>}
        <AskError ask={`open:${jobId}`} />
      </main>
    );
  }
  return <OpenJob system={system} job={job} />;
}

/** The sentence for screen readers when the step or what it waits for changes. */
function announcement(job: JobView, step: StepView | undefined): string {
  const failures = job.attention.reduce((sum, line) => sum + line.nodeIds.length, 0);
  const needs = failures > 0 ? ` ${t.operation.needsYou}: ${t.common.nodes(failures)}.` : '';
  return step ? `${step.title}: ${t.states[step.state]}.${needs}` : '';
}

function OpenJob({ system, job }: { system: SystemView; job: JobView }) {
  const shownStep = useApp((state) => state.shownStep);
  const openNode = useApp((state) => state.openNode);
  // An operation that was exited stands at the step it left; what is of interest then is its report.
  const reports = job.stepOrder.find((stepId) => formOf(job.steps[stepId]?.kind ?? '') === 'conclude');
  const standsAt = (isJobOver(job.state) && job.report ? reports : undefined) ?? job.currentStep;
  const step = job.steps[shownStep ?? standsAt] ?? job.steps[job.currentStep];
  const node = openNode === undefined ? undefined : job.nodes[openNode];
  return (
    <div className="operation">
      <JobHeader system={system} job={job} />
      <TableOfContents job={job} shown={step?.stepId ?? job.currentStep} />
      <main id="main" className="step-main" tabIndex={-1}>
        {step && <StepMain key={step.stepId} system={system} job={job} step={step} />}
      </main>
      <aside className="side" aria-label={t.chat.title}>
        {node && <NodeDrawer key={node.nodeId} system={system} job={job} node={node} step={step} />}
        <TimelinePanel system={system} job={job} />
      </aside>
      <JobFooter system={system} job={job} />
      <LiveRegion text={announcement(job, job.steps[job.currentStep])} />
    </div>
  );
}
