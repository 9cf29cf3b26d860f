import { jobTopic, type StepHead, type JobHead, type JobPartName } from '../../../core/model/jobParts.ts';
import { useEffect, useMemo, useState, type CSSProperties } from 'react';
import { needsPerson, standing } from '../../../core/model/needsPerson.ts';
import { formOf } from '../../../core/model/stepKinds.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useCommands } from '../../app/commands.tsx';
import { useJobPart } from '../../app/useJobPart.ts';
import { AsItWas } from '../../components/AsItWas.tsx';
import { AskError, ErrorNote } from '../../components/ErrorNote.tsx';
import { SideEdge } from '../../components/SideEdge.tsx';
import { Unread } from '../../components/Unread.tsx';
import { useAnnounce } from '../../components/News.tsx';
import { useHeadingOfStep } from './useHeadingOfStep.ts';
import { openJob } from '../../stores/openJob.ts';
import { isJobOver, selectError, selectJob, stepShown } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { SAY_ID, TimelinePanel } from '../chat/TimelinePanel.tsx';
import { NodeDrawer } from '../nodes/NodeDrawer.tsx';
import { JobFooter } from './JobFooter.tsx';
import { JobHeader } from './JobHeader.tsx';
import { StepCalls } from './StepCalls.tsx';
import { StepMain } from './StepMain.tsx';
import { TableOfContents } from './TableOfContents.tsx';

/** One operation: header, table of contents, the step's screen, people on the right, the foot. Watches the job while shown. */
export function OperationView({ system, jobId }: { system: SystemView; jobId: string }) {
  const { systemId } = system.saved;
  const job = useApp(selectJob(systemId, jobId));
  const { openJob, closeJob } = useActions();
  const openError = useApp(selectError(`open:${jobId}`));
  // As the list of jobs had it when the view was opened.
  const [atNodes] = useState(() => stepOnNodes(system, jobId));

  useEffect(() => {
    void openJob(systemId, jobId);
    // What the first screen shows is asked for with the head and not after it; nothing more comes of what does not change.
    const parts: readonly JobPartName[] = atNodes === undefined ? [] : ['nodes', `cells:${atNodes}`];
    for (const part of parts) void openJob(systemId, jobId, part);
    return () => {
      for (const part of parts) void closeJob(systemId, jobId, part);
      void closeJob(systemId, jobId);
    };
  }, [systemId, jobId, atNodes, openJob, closeJob]);

  if (!job) {
    const untold = system.untold[jobTopic(jobId)];
    return (
      <main id="main" className="page">
        {openError || untold ? (
          <h1>{t.operation.openFailed}</h1>
        ) : (
          <p className="sub">
            <Unread system={system} reading={t.operation.opening} />
          </p>
        )}
        {untold && <ErrorNote error={untold} />}
        <AskError ask={`open:${jobId}`} />
      </main>
    );
  }
  return <JobOpen system={system} head={job} />;
}

/** The step at which a job works on nodes. */
function stepOnNodes(system: SystemView, jobId: string): string | undefined {
  const row = system.jobs[jobId];
  return row && row.stepPercent !== undefined && row.state === 'running' ? row.currentStep : undefined;
}

/** The sentence for screen readers when the step, or what it waits for, changes; how many nodes need a person only once the step stands still. */
function announcement(job: JobHead, step: StepHead | undefined): string {
  if (isJobOver(job.state)) return `${job.title}: ${t.jobStates[job.state]}.`;
  if (!step) return '';
  const failures = job.attention.reduce((sum, line) => sum + line.nodes, 0);
  const needs =
    failures > 0 && needsPerson(standing(job)) ? ` ${t.operation.needsYou}: ${t.common.nodes(failures)}.` : '';
  return `${step.title}: ${t.states[step.state]}.${needs}`;
}

/** Of which time the job is, and the parts of it that the middle shows at a step: of what is not shown no age is told. */
function AgeOfStep({ systemId, jobId, step }: { systemId: string; jobId: string; step: StepHead }) {
  const viewKind = useApp((state) => state.viewKind);
  const { stepId, kind, counts } = step;
  const ofNodes = viewKind === 'packages' ? ['packages'] : ['nodes', `cells:${stepId}`];
  const shown = formOf(kind) === 'conclude' ? ['report', 'packages'] : counts ? ofNodes : [];
  const parts = [`step:${stepId}`, ...shown].map((part) => `${jobId}/${part}`);
  return <AsItWas systemId={systemId} keys={[jobId, ...parts]} />;
}

function JobOpen({ system, head }: { system: SystemView; head: JobHead }) {
  const { systemId } = system.saved;
  const { jobId } = head;
  const shownStep = useApp((state) => state.shownStep);
  const openNode = useApp((state) => state.openNode);
  const step = stepShown(head, shownStep);
  const shown = step?.stepId ?? head.currentStep;
  const current = useJobPart(systemId, jobId, `step:${head.currentStep}`);
  const lookedAt = useJobPart(systemId, jobId, shown === head.currentStep ? undefined : `step:${shown}`);
  const job = useMemo(
    () => openJob(head, { [shown]: lookedAt, [head.currentStep]: current }),
    [head, shown, lookedAt, current],
  );
  const detail = useJobPart(systemId, jobId, openNode === undefined ? undefined : `node:${openNode}`);
  useAnnounce(announcement(head, head.steps[job.currentStep]));
  useHeadingOfStep(`${shown} ${step?.attempt ?? 0}`);
  // Only a narrow window folds the side.
  const [sideOpen, setSideOpen] = useState(false);
  const sideWidthPx = useApp((state) => state.sideWidthPx);
  const { showNode } = useActions();
  useCommands([
    {
      ...{ id: 'timeline', name: t.chat.title },
      run: () => {
        showNode(undefined);
        setSideOpen(true);
        // Once it is drawn in place of a node.
        requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById(SAY_ID)?.focus()));
      },
    },
  ]);
  return (
    <div className="operation" style={{ '--side': `${sideWidthPx}px` } as CSSProperties}>
      <JobHeader system={system} job={job}>
        <button
          type="button"
          className="btn small side-fold"
          aria-expanded={sideOpen}
          onClick={() => setSideOpen(!sideOpen)}
        >
          {t.chat.title}
        </button>
      </JobHeader>
      <TableOfContents job={job} shown={shown} />
      <StepCalls system={system} job={job} shown={shown}>
        <main id="main" className="step-main" tabIndex={-1}>
          {step && <AgeOfStep systemId={systemId} jobId={jobId} step={step} />}
          {step && <StepMain key={step.stepId} system={system} job={job} step={step} />}
        </main>
      </StepCalls>
      <aside
        className={detail?.node || sideOpen ? 'side open' : 'side'}
        aria-label={detail?.node ? t.nodes.title : t.chat.title}
      >
        <SideEdge />
        {detail?.node ? (
          <NodeDrawer
            key={detail.node.nodeId}
            system={system}
            job={job}
            node={detail.node}
            detail={detail}
            step={step}
          />
        ) : (
          <TimelinePanel system={system} job={job} />
        )}
      </aside>
      <JobFooter system={system} job={job} shown={shown} />
    </div>
  );
}
