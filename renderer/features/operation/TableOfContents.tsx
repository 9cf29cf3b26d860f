import { useEffect, useRef } from 'react';
import type { OpenJob } from '../../stores/openJob.ts';
import type { StepHead } from '../../../core/model/jobParts.ts';
import { useActions } from '../../app/context.ts';
import { StateMark } from '../../components/StateMark.tsx';
import { formatCount, roomOf } from '../../components/table/tableColumn.ts';
import { askWindow } from '../../steps/registry.ts';
import { countsOf, isJobOver } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';

/** Short note beside a step: how many nodes are in which state, by the marks of the chips, or what was chosen where it took input. */
function StepNote({ job, step }: { job: OpenJob; step: StepHead }) {
  const counts = countsOf(step);
  if (counts && step.state !== 'waiting' && step.state !== 'skipped') {
    const there = counts.byState.filter(({ count }) => count > 0);
    // What still changes has the room of the largest number, so that its neighbours stand still.
    const largest = step.state === 'running' ? counts.total : 0;
    return there.map(({ state, count }) => (
      <span key={state} className="toc-count">
        <span className="room" data-room={roomOf(count, largest)} aria-hidden="true" />
        {formatCount(count)}
        <StateMark state={state} label={t.states[state]} />
      </span>
    ));
  }
  const outline = job.answered[step.stepId];
  return (outline && askWindow(step.kind)?.note?.(outline)) ?? null;
}

/** The steps in order with their states; a step is looked at by a click. */
export function TableOfContents({ job, shown }: { job: OpenJob; shown: string }) {
  const { showStep } = useActions();
  const list = useRef<HTMLElement>(null);
  // Of a long list the step that is looked at stays in sight.
  useEffect(() => {
    list.current?.querySelector('.toc-step.shown')?.scrollIntoView({ block: 'nearest' });
  }, [shown]);
  return (
    <nav ref={list} className="toc" aria-label={t.operation.toc}>
      <h2>{t.operation.toc}</h2>
      <ol>
        {job.stepOrder.map((stepId) => {
          const step = job.steps[stepId];
          if (!step) return null;
          const current = stepId === job.currentStep;
          return (
            <li key={stepId}>
              <button
                type="button"
                className={stepId === shown ? 'toc-step shown' : 'toc-step'}
                aria-current={current ? 'step' : undefined}
                onClick={() => showStep(current && !isJobOver(job.state) ? undefined : stepId)}
              >
                <StateMark state={step.state} />
                <span className="toc-title">{step.title}</span>
                <span className="visually-hidden">, {t.states[step.state]}</span>
                <span className="toc-note num">
                  <StepNote job={job} step={step} />
                </span>
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
