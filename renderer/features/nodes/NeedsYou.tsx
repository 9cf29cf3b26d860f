import { useMemo, useState } from 'react';
import type { Cell } from '../../../core/model/job.ts';
import {
  NAMED_NODES,
  nodesOfLine,
  type AttentionHead,
  type Sharded,
  type SilentNodes,
} from '../../../core/model/jobParts.ts';
import { needsPerson, standing } from '../../../core/model/needsPerson.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { useSteadyLines } from '../../components/useSteadyLines.ts';
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

/** What can be decided: equal failures in one line with their nodes, Retry and Ignore; nodes that are silent. All is well: not there. */
export function NeedsYou({ system, job, stepId, cells }: NeedsYouProps & { readonly stepId: string }) {
  const failures = job.attention.filter((line) => line.stepId === stepId);
  const silent = job.steps[stepId]?.silent;
  // What was decided about stays until the pointer leaves, so that the next click meets what the person sees.
  const { lines, ...pointer } = useSteadyLines<Line>([...failures, ...(silent?.first ?? [])], (line) =>
    'key' in line ? line.key : `silent ${line.nodeId}`,
  );
  if (lines.length === 0) return null;
  // A person is needed once nothing else can go on; what failed before that can be decided all the same.
  const title = needsPerson(standing(job))
    ? t.operation.needsYou
    : lines.some(({ item }) => 'key' in item)
      ? t.operation.toDecide
      : t.operation.silentNodes;
  const more = (silent?.nodes ?? 0) - (silent?.first.length ?? 0);
  return (
    <section className="needs-you" aria-label={title} {...pointer}>
      <h2>{title}</h2>
      <ul>
        {lines.map(({ key, item, gone }) =>
          'key' in item ? (
            <NeedsYouLine key={key} system={system} job={job} line={item} cells={cells} gone={gone} />
          ) : (
            <SilentLine key={key} system={system} job={job} stepId={stepId} node={item} gone={gone} />
          ),
        )}
        {more > 0 && <li className="sub">{t.operation.moreSilent(more)}</li>}
      </ul>
    </section>
  );
}

type SilentNode = SilentNodes['first'][number];
type Line = AttentionHead | SilentNode;

/** A node whose work runs and tells nothing, since when, and the way to wait for it no longer. */
function SilentLine({
  system,
  job,
  stepId,
  node: { nodeId, sinceMs },
  gone,
}: Omit<NeedsYouProps, 'cells'> & { readonly stepId: string; readonly node: SilentNode; readonly gone: boolean }) {
  const { showNode } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const off = gone || busy || whyHandsOff(system, job, stepId) !== undefined;
  return (
    <li className={gone ? 'gone' : undefined}>
      <span className="count-badge s-running">
        <StateMark state="running" label={t.states.running} />
        <b className="num">1</b>
      </span>
      <span className="what">
        <button type="button" className="link mono" onClick={() => showNode(nodeId)}>
          {nodeId}
        </button>
        {gone ? t.operation.decided : t.operation.silentWork}
      </span>
      <RunningNode {...{ system, stepId, nodeId, off }} jobId={job.jobId} silentSinceMs={gone ? undefined : sinceMs} />
    </li>
  );
}

function NeedsYouLine({
  system,
  job,
  line,
  cells,
  gone,
}: NeedsYouProps & { readonly line: AttentionHead; readonly gone: boolean }) {
  const { retryNodes, ignoreNodes, showNode } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const nodeIds = useMemo(() => (cells && !gone ? nodesOfLine(line, cells).sort(byName) : []), [line, cells, gone]);
  // Cells come beside the head: what is decided on is what both say.
  const told = nodeIds.length === line.nodes;
  const first = (told ? nodeIds : [...line.first].sort(byName)).slice(0, NAMED_NODES);
  const off = gone || busy || !told || whyHandsOff(system, job, line.stepId) !== undefined;
  return (
    <li className={gone ? 'gone' : undefined}>
      <span className={`count-badge s-${line.state}`}>
        <StateMark state={line.state} label={t.states[line.state]} />
        <b className="num">{line.nodes}</b>
      </span>
      <span className="what">
        {gone ? t.operation.decided : line.cause.message}
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
