import { useMemo, useState } from 'react';
import type { Cell } from '../../../core/model/job.ts';
import {
  NAMED_NODES,
  nodesOfLine,
  type AttentionHead,
  type Sharded,
  type SilentNodes,
} from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { byName } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { whyHandsOff } from '../operation/nextRule.ts';
import { RunningNode } from './RunningNode.tsx';

interface NeedsYouProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  /** Of the step; undefined until they have come. */
  readonly cells: Sharded<Cell> | undefined;
}

/** What needs a person: equal failures in one line with their nodes, Retry and Ignore; nodes that are silent. All is well: not there. */
export function NeedsYou({ system, job, stepId, cells }: NeedsYouProps & { readonly stepId: string }) {
  const lines = job.attention.filter((line) => line.stepId === stepId);
  const silent = job.steps[stepId]?.silent;
  if (lines.length === 0 && !silent) return null;
  return (
    <section className="needs-you" aria-label={t.operation.needsYou}>
      <h2>{t.operation.needsYou}</h2>
      <ul>
        {lines.map((line) => (
          <NeedsYouLine key={line.key} system={system} job={job} line={line} cells={cells} />
        ))}
        {silent && <SilentLines system={system} job={job} stepId={stepId} silent={silent} />}
      </ul>
    </section>
  );
}

/** A line for each node whose work runs and tells nothing, the longest first; more than the head names are counted. */
function SilentLines({
  system,
  job,
  stepId,
  silent: { nodes, first },
}: Omit<NeedsYouProps, 'cells'> & { readonly stepId: string; readonly silent: SilentNodes }) {
  const { showNode } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const off = busy || whyHandsOff(system, job, stepId) !== undefined;
  return (
    <>
      {first.map(({ nodeId, sinceMs }) => (
        <li key={nodeId}>
          <span className="count-badge s-running">
            <StateMark state="running" label={t.states.running} />
            <b className="num">1</b>
          </span>
          <span className="what">
            <button type="button" className="link mono" onClick={() => showNode(nodeId)}>
              {nodeId}
            </button>
            {t.operation.silentWork}
          </span>
          <RunningNode {...{ system, stepId, nodeId, off }} jobId={job.jobId} silentSinceMs={sinceMs} />
        </li>
      ))}
      {nodes > first.length && <li className="sub">{t.operation.moreSilent(nodes - first.length)}</li>}
    </>
  );
}

function NeedsYouLine({ system, job, line, cells }: NeedsYouProps & { readonly line: AttentionHead }) {
  const { retryNodes, ignoreNodes, showNode } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const nodeIds = useMemo(() => (cells ? nodesOfLine(line, cells).sort(byName) : []), [line, cells]);
  // Cells come beside the head: what is decided on is what both say.
  const told = nodeIds.length === line.nodes;
  const first = (told ? nodeIds : [...line.first].sort(byName)).slice(0, NAMED_NODES);
  const off = busy || !told || whyHandsOff(system, job, line.stepId) !== undefined;
  return (
    <li>
      <span className={`count-badge s-${line.state}`}>
        <StateMark state={line.state} label={t.states[line.state]} />
        <b className="num">{line.nodes}</b>
      </span>
      <span className="what">
        {line.cause.message}
        <span className="names">
          {first.map((nodeId) => (
            <button key={nodeId} type="button" className="link mono" onClick={() => showNode(nodeId)}>
              {nodeId}
            </button>
          ))}
          {line.nodes > first.length && <span className="sub">{t.common.and(line.nodes - first.length)}</span>}
        </span>
      </span>
      <button
        type="button"
        className="btn small"
        // Refused until the work there has ended; the line says so.
        disabled={off || line.cause.code === 'node-busy'}
        onClick={() => void retryNodes(systemId, job.jobId, line.stepId, nodeIds)}
      >
        {t.operation.retryCount(line.nodes)}
      </button>
      <button type="button" className="btn small" disabled={off} onClick={() => setIgnoring(true)}>
        {t.operation.ignore}
      </button>
      {ignoring && (
        <ReasonDialog
          title={t.operation.ignoreTitle(nodeIds.length)}
          text={t.operation.ignoreText}
          confirm={t.operation.ignoreConfirm}
          onConfirm={(reason) => void ignoreNodes(systemId, job.jobId, { stepId: line.stepId, nodeIds, reason })}
          onClose={() => setIgnoring(false)}
        >
          <p className="mono wrap">{nodeIds.join(' ')}</p>
        </ReasonDialog>
      )}
    </li>
  );
}
