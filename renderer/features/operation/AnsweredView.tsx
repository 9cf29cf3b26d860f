import type { JobView, StepInput } from '../../../core/model/job.ts';
import { byName } from '../../components/format.ts';
import { t } from '../../texts/en.ts';
import { PlanTable } from './PlanScreen.tsx';

function linesOf(input: StepInput): string[] {
  switch (input.stepId) {
    case 'configuration-mode':
      return [t.modes[input.mode]];
    case 'select-nodes':
      return [...input.nodeIds].sort(byName);
    case 'group-nodes':
      return Object.entries(input.types).map(([nodeId, type]) => `${nodeId}: ${t.nodeTypes[type]}`);
    case 'package-source':
      return [input.certList ?? t.operation.screens.noCertList];
    case 'select-packages':
      return [...input.fileNames].sort(byName);
    case 'spool-area':
      return [input.path];
    case 'plan':
      return [];
    case 'switch-versions':
      return Object.entries(input.versions).map(([name, version]) => `${name} ${version}`);
    default:
      // Of newer software.
      input satisfies never;
      return [];
  }
}

/** What was answered at a step that is over; it cannot be changed here. */
export function AnsweredView({ job, input }: { job: JobView; input: StepInput }) {
  if (input.stepId === 'plan' && job.plan) return <PlanTable job={job} plan={job.plan} />;
  const lines = linesOf(input);
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
