import { useState } from 'react';
import type { Attention, JobView } from '../../../core/model/job.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { byName } from '../../components/format.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { whyHandsOff } from '../operation/nextRule.ts';

/** Names shown in a line before the rest is counted. */
const NAMES_SHOWN = 8;

/** What needs a person: equal failures in one line with their nodes, Retry and Ignore. All is well: not there. */
export function NeedsYou({ system, job, stepId }: { system: SystemView; job: JobView; stepId: string }) {
  const lines = job.attention.filter((line) => line.stepId === stepId);
  if (lines.length === 0) return null;
  return (
    <section className="needs-you" aria-label={t.operation.needsYou}>
      <h2>{t.operation.needsYou}</h2>
      <ul>
        {lines.map((line) => (
          <NeedsYouLine key={line.key} system={system} job={job} line={line} />
        ))}
      </ul>
    </section>
  );
}

function NeedsYouLine({ system, job, line }: { system: SystemView; job: JobView; line: Attention }) {
  const { retryNodes, ignoreNodes, showNode } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const nodeIds = [...line.nodeIds].sort(byName);
  const first = nodeIds.slice(0, NAMES_SHOWN);
  const off = busy || whyHandsOff(system, job) !== undefined;
  return (
    <li>
      <span className={`count-badge s-${line.state}`}>
        <StateMark state={line.state} label={t.states[line.state]} />
        <b className="num">{nodeIds.length}</b>
      </span>
      <span className="what">
        {line.cause.message}
        <span className="names">
          {first.map((nodeId) => (
            <button key={nodeId} type="button" className="link mono" onClick={() => showNode(nodeId)}>
              {nodeId}
            </button>
          ))}
          {nodeIds.length > first.length && <span className="sub">{t.common.and(nodeIds.length - first.length)}</span>}
        </span>
      </span>
      <button
        type="button"
        className="btn small"
        // Refused until the work there has ended; the line says so.
        disabled={off || line.cause.code === 'node-busy'}
        onClick={() => void retryNodes(systemId, job.jobId, line.stepId, nodeIds)}
      >
        {t.operation.retryCount(nodeIds.length)}
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
