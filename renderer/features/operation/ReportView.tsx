import { useState } from 'react';
import { callsForPerson } from '../../../core/model/reportLine.ts';
import type { JobHead } from '../../../core/model/jobParts.ts';
import { packageStatesShown } from '../../../core/model/packageStates.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { AskError } from '../../components/ErrorNote.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { formatCount, formatElapsed } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { StepTables, stepsWithTables } from '../../steps/StepTables.tsx';
import { PackagesTable } from '../nodes/PackagesTable.tsx';
import { News } from '../../components/News.tsx';

const marks = {
  succeeded: 'ok',
  warned: 'warned',
  failed: 'failed',
  exited: 'ignored',
  'rolled-back': 'skipped',
} as const;

/** Finished!: what became of the operation, and the report to keep. */
export function ReportView({
  system,
  job,
  report,
}: {
  system: SystemView;
  job: OpenJob;
  report: NonNullable<JobHead['report']>;
}) {
  const { saveReport } = useActions();
  const lines = useJobPart(system.saved.systemId, job.jobId, 'report')?.report?.lines ?? [];
  const busy = useApp(selectBusy(`report:${job.jobId}`));
  const [savedAs, setSavedAs] = useState<string | undefined>();
  const words = t.operation.screens;
  const withTables = stepsWithTables(job);
  const { installed, failed, ignored } = report;
  const counts = report.packageCounts ?? { successful: installed, fail: failed, ignored };
  const figures = [
    [words.figures.nodes, formatCount(report.nodes)],
    ...(report.packages > 0
      ? ([
          [words.figures.packages, formatCount(report.packages)],
          // What the states add up to.
          [words.figures.packagesByNodes, formatCount(Object.values(counts).reduce((sum, count) => sum + count, 0))],
          ...packageStatesShown([counts], report.outcome).map(
            (state) => [t.operation.packages.columns[state], formatCount(counts[state] ?? 0)] as const,
          ),
        ] as const)
      : []),
    [words.figures.seconds, formatElapsed(report.seconds * 1000)],
  ] as const;
  return (
    <>
      <section className="panel" aria-label={words.reportTitle}>
        <div className="panel-head">
          <h2 className="state-word">
            <StateMark state={marks[report.outcome]} />
            {words.outcomes[report.outcome]}
          </h2>
          <button
            type="button"
            className="btn"
            disabled={busy || system.session.kind !== 'online'}
            onClick={() => {
              setSavedAs(undefined);
              void saveReport(system.saved.systemId, job.jobId, `report-job-${job.jobNumber}.html`).then(setSavedAs);
            }}
          >
            {words.save}
          </button>
        </div>
        {savedAs && <News as="p">{words.saved(savedAs)}</News>}
        <AskError ask={`report:${job.jobId}`} />
        <dl className="figures">
          {figures.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd className="num">{value}</dd>
            </div>
          ))}
        </dl>
        {lines.length > 0 && (
          <ul className="report-lines">
            {lines.map((line, i) => (
              <li key={i} className={callsForPerson(line) ? 'calls' : undefined}>
                {line}
              </li>
            ))}
          </ul>
        )}
      </section>
      {withTables.length === 0 && <PackagesTable system={system} job={job} stepId={job.currentStep} />}
      {withTables.map((step) => (
        <StepTables key={step.stepId} system={system} job={job} step={step} />
      ))}
    </>
  );
}
