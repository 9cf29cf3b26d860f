import { useMemo } from 'react';
import type { OpenJob } from '../stores/openJob.ts';
import type { JobPlan } from '../../core/model/job.ts';
import { waveText } from '../../core/model/waves.ts';
import { warningsOf } from '../../core/model/planWarnings.ts';
import type { SystemView } from '../../electron/contract/bridge.ts';
import { useJobPart } from '../app/useJobPart.ts';
import { StateMark } from '../components/StateMark.tsx';
import { Unread } from '../components/Unread.tsx';
import { formatBytes } from '../components/format.ts';
import { t } from '../texts/en.ts';
import { runWindowInWords } from './runWindowInWords.ts';
import { Accept } from './Accept.tsx';
import type { AskWindow, ScreenProps } from './AskWindow.ts';
import { PlanGrid } from './PlanGrid.tsx';

const words = t.operation.screens;

function PlanScreen({ job, screen, draft, locked, onChange }: ScreenProps<'plan'>) {
  return (
    <>
      <PlanTable job={job} plan={screen.plan} />
      <Accept
        text={words.planAccept}
        accepted={draft !== undefined}
        locked={locked}
        // The warnings were read with the plan: accepting it names each of them.
        onChange={(accepted) =>
          onChange(accepted ? { accept: true, warnings: warningsOf(screen.plan).map(({ name }) => name) } : undefined)
        }
      />
    </>
  );
}

/** The plan itself, also shown after it was accepted. */
function PlanTable({ job, plan }: { job: OpenJob; plan: JobPlan }) {
  const title = (stepId: string): string => job.steps[stepId]?.title ?? stepId;
  const titleOfKind = (kind: string): string =>
    Object.values(job.steps).find((step) => step.kind === kind)?.title ?? words.planPackages;
  const withoutWayBack = useMemo(
    () => [
      ...new Set(
        [...new Set(Object.values(plan.nodes))].flatMap((changes) =>
          changes.filter((c) => c.action !== 'keep' && !c.wayBack).map((c) => c.packageName),
        ),
      ),
    ],
    [plan.nodes],
  );
  const sizeBytes = plan.packages.reduce((sum, item) => sum + item.fileBytes, 0);
  return (
    <>
      <section className="panel" aria-label={words.planTitle}>
        <dl className="facts">
          {plan.warnings.length > 0 && (
            <>
              <dt>{words.planWarnings}</dt>
              <dd>
                {warningsOf(plan).map(({ name, message }) => (
                  <span key={message} className="state-word warn-text lines" title={name}>
                    <StateMark state="warned" />
                    {message}
                  </span>
                ))}
              </dd>
            </>
          )}
          <dt>{words.planMode}</dt>
          <dd>
            {t.modes[plan.mode]}
            {plan.release ? ` · ${words.planRelease} ${plan.release}` : ''}
          </dd>
          <dt>{titleOfKind('rpm-install')}</dt>
          <dd className="num">
            {words.planSummary(Object.keys(plan.nodes).length, plan.packages.length)} · {formatBytes(sizeBytes)}
          </dd>
          <dt>{words.planSpool}</dt>
          <dd className="mono">{plan.spoolArea}</dd>
          <dt>{words.planNoReturn}</dt>
          <dd>
            <b>{title(plan.pointOfNoReturn)}.</b> {words.planNoReturnText(title(plan.pointOfNoReturn))}{' '}
            {withoutWayBack.length > 0 ? words.planNoWayBack(withoutWayBack.join(', ')) : words.planAllWayBack}
          </dd>
          {plan.waves !== undefined && (
            <>
              <dt>{words.planWaves}</dt>
              <dd>
                <ol className="plain">
                  {plan.waves.map((wave, at) => (
                    <li key={at}>{waveText(wave, at + 1, plan.stopBefore ?? [])}</li>
                  ))}
                </ol>
              </dd>
            </>
          )}
          {job.runWindow && (
            <>
              <dt>{t.operation.runWindow.title}</dt>
              <dd>{runWindowInWords(job.runWindow)}</dd>
            </>
          )}
          {plan.stops !== undefined && plan.stops.length > 0 && (
            <>
              <dt>{words.planStops}</dt>
              <dd>{plan.stops.join(' ')}</dd>
            </>
          )}
          {plan.notes !== undefined && plan.notes.length > 0 && (
            <>
              <dt>{words.planNotes}</dt>
              <dd>
                {plan.notes.map((note) => (
                  <span key={note} className="line">
                    {note}
                  </span>
                ))}
              </dd>
            </>
          )}
          {plan.skips.length > 0 && (
            <>
              <dt>{words.planSkips}</dt>
              <dd>
                {plan.skips.map((skip) => (
                  <span key={skip.stepId} className="state-word">
                    <StateMark state="skipped" />
                    {title(skip.stepId)}: {skip.reason}
                  </span>
                ))}
              </dd>
            </>
          )}
        </dl>
      </section>
      <section className="panel table-panel" aria-label={words.planNodes}>
        <PlanGrid plan={plan} />
      </section>
    </>
  );
}

/** The plan that was accepted; the answer itself does not have it. */
function AcceptedPlan({ system, job }: { system: SystemView; job: OpenJob }) {
  const accepted = useJobPart(system.saved.systemId, job.jobId, job.planned ? 'plan' : undefined);
  if (job.planned && !accepted)
    return (
      <p className="sub">
        <Unread system={system} reading={t.operation.opening} />
      </p>
    );
  return accepted?.plan ? <PlanTable job={job} plan={accepted.plan} /> : null;
}

/** Plan: what will happen on each node, to be read and accepted before Next starts the work. */
export const plan: AskWindow<'plan'> = {
  Screen: PlanScreen,
  Answered: AcceptedPlan,
};
