import { useState } from 'react';
import type { JobNode, PlannedChange } from '../../../core/model/job.ts';
import type { NodePart, StepHead } from '../../../core/model/jobParts.ts';
import { formatEvr } from '../../../core/model/rpmVersion.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { catalogueEntry } from '../../components/ErrorNote.tsx';
import { StateMark, StateWord } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { RollbackDialog } from '../operation/RollbackDialog.tsx';
import { whyHandsOff } from '../operation/nextRule.ts';
import { NodeFacts } from './NodeFacts.tsx';
import { NodeLog } from './NodeLog.tsx';
import { RunningNode } from './RunningNode.tsx';

const words = t.operation.drawer;

interface NodeDrawerProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly node: JobNode;
  readonly detail: NodePart;
  readonly step: StepHead | undefined;
}

/** One node at one step: the cause in words and what to do, attempts, versions before, planned and found, its log. */
export function NodeDrawer({ system, job, node, detail, step }: NodeDrawerProps) {
  const { showNode, retryNodes, ignoreNodes } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const [goingBack, setGoingBack] = useState(false);
  const { systemId } = system.saved;
  const cell = step && detail.cells[step.stepId];
  const bad = cell && (cell.state === 'failed' || cell.state === 'unreachable' || cell.state === 'unknown');
  const off = busy || whyHandsOff(system, job) !== undefined;
  const entry = cell?.cause ? catalogueEntry(cell.cause.code) : undefined;
  const times = cell?.startedAtMs === undefined ? '' : formatClock(cell.startedAtMs, true);
  const ended = cell?.endedAtMs === undefined ? '' : ` – ${formatClock(cell.endedAtMs, true)}`;
  const about = [
    t.nodeTypes[node.type],
    node.clique === undefined ? '' : t.operation.clique(node.clique),
    node.address,
  ];
  return (
    <section className="drawer" aria-label={words.title(node.nodeId)}>
      <div className="drawer-head">
        <h2 className="mono">{node.nodeId}</h2>
        <span className="sub">{about.filter((part) => part !== '').join(' · ')}</span>
        <button type="button" className="btn small" aria-label={words.close} onClick={() => showNode(undefined)}>
          {t.common.close}
        </button>
      </div>
      {cell && !cell.cause && (
        <p className="state-line">
          <StateWord state={cell.state} />
          {cell.state === 'running' && cell.percent !== undefined && (
            <span className="num">{Math.round(cell.percent)} %</span>
          )}
        </p>
      )}
      {cell?.state === 'running' && step && (
        <RunningNode
          system={system}
          jobId={job.jobId}
          stepId={step.stepId}
          nodeId={node.nodeId}
          silentSinceMs={cell.silentSinceMs}
          off={off}
        />
      )}
      {cell?.cause && (
        <div className={`cause-note s-${cell.state}`}>
          <b>
            <StateMark state={cell.state} /> {cell.cause.message}
          </b>
          {entry && <p>{entry.cause}</p>}
          {entry && (
            <p>
              <b>{words.nextStep}:</b> {entry.nextStep}
            </p>
          )}
          <details>
            <summary>{t.common.rawText}</summary>
            <pre>{`${cell.cause.code}: ${cell.cause.message}`}</pre>
          </details>
        </div>
      )}
      <dl className="facts">
        {cell && (
          <>
            <dt>{words.attempt}</dt>
            <dd className="num">
              {cell.attempt === 0 ? words.notAttempted : `${cell.attempt}${times ? ` · ${times}${ended}` : ''}`}
            </dd>
          </>
        )}
        {cell?.skipReason && (
          <>
            <dt>{t.states.skipped}</dt>
            <dd>{cell.skipReason}</dd>
          </>
        )}
        {cell?.ignoreReason && (
          <>
            <dt>{words.reason}</dt>
            <dd>{cell.ignoreReason}</dd>
          </>
        )}
        <NodeVersions job={job} node={node} changes={detail.changes ?? []} />
      </dl>
      {job.canRollback && (
        <div className="row-buttons">
          <button type="button" className="btn" disabled={off} onClick={() => setGoingBack(true)}>
            {t.operation.rollback.node}
          </button>
        </div>
      )}
      {goingBack && (
        <RollbackDialog systemId={systemId} job={job} nodeId={node.nodeId} onClose={() => setGoingBack(false)} />
      )}
      {bad && step && (
        <div className="row-buttons">
          <button
            type="button"
            className="btn primary"
            disabled={off}
            onClick={() => void retryNodes(systemId, job.jobId, step.stepId, [node.nodeId])}
          >
            {t.operation.retryNode}
          </button>
          <button type="button" className="btn" disabled={off} onClick={() => setIgnoring(true)}>
            {t.operation.ignore}
          </button>
        </div>
      )}
      <NodeFacts systemId={systemId} nodeId={node.nodeId} clockOffsetMs={system.clockOffsetMs} />
      <NodeLog system={system} job={job} nodeId={node.nodeId} step={step} cell={cell} />
      {ignoring && step && (
        <ReasonDialog
          title={t.operation.ignoreTitle(1)}
          text={t.operation.ignoreText}
          confirm={t.operation.ignoreConfirm}
          onConfirm={(reason) =>
            void ignoreNodes(systemId, job.jobId, { stepId: step.stepId, nodeIds: [node.nodeId], reason })
          }
          onClose={() => setIgnoring(false)}
        >
          <p className="mono">{node.nodeId}</p>
        </ReasonDialog>
      )}
    </section>
  );
}

/** Versions before, planned and found, and whether there is a way back. */
function NodeVersions({
  job,
  node,
  changes,
}: {
  readonly job: OpenJob;
  readonly node: JobNode;
  readonly changes: readonly PlannedChange[];
}) {
  const touched = changes.filter((change) => change.action !== 'keep');
  const differing = node.found
    ? changes
        .map((change) => ({ change, found: node.found?.find(({ name }) => name === change.packageName) }))
        .filter(({ change, found }) => !found || formatEvr(found) !== change.to)
    : [];
  const noWayBack = touched.filter((c) => c.action !== 'keep' && !c.wayBack).map((c) => c.packageName);
  return (
    <>
      <dt className="wide">{words.beforePlan}</dt>
      <dd className="wide mono">
        {!job.planned && words.noPlan}
        {touched.map((change) => (
          <span key={change.packageName} className="line">
            {change.packageName} {change.from ?? words.newPackage} → {change.to}
          </span>
        ))}
        {job.planned && touched.length === 0 && words.keep}
      </dd>
      <dt>{words.foundNow}</dt>
      <dd className="mono">
        {node.found === undefined ? words.foundUnknown : differing.length === 0 ? words.foundAsPlanned : ''}
        {differing.map(({ change, found }) => (
          <span key={change.packageName} className="line">
            {change.packageName} {found ? formatEvr(found) : t.common.none}
          </span>
        ))}
      </dd>
      {touched.some((change) => change.action === 'upgrade') && (
        <>
          <dt>{words.wayBack}</dt>
          <dd>{noWayBack.length === 0 ? words.wayBackYes : words.wayBackNo(noWayBack.join(', '))}</dd>
        </>
      )}
    </>
  );
}
