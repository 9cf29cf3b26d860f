import { useMemo, useState, type ReactNode } from 'react';
import type { Cell, CellState } from '../../../core/model/job.ts';
import {
  NAMED_NODES,
  nodesOfLine,
  warnedNodes,
  type AttentionHead,
  type Sharded,
  type SilentNodes,
  type WarnedNodes,
} from '../../../core/model/jobParts.ts';
import { needsPerson, standing } from '../../../core/model/needsPerson.ts';
import { briefNames, foldNames } from '../../../core/model/nodeNames.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { useJobPart } from '../../app/useJobPart.ts';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { StateMark } from '../../components/StateMark.tsx';
import { useSteadyLines } from '../../components/useSteadyLines.ts';
import { byName, formatCount } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { canAccept, whyHandsOff } from '../operation/nextRule.ts';
import { RunningNode } from './RunningNode.tsx';

const words = t.operation.calling;

interface NeedsYouProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly stepId: string;
}

type SilentNode = SilentNodes['first'][number];
type Line =
  | { readonly kind: 'failed'; readonly key: string; readonly line: AttentionHead }
  | { readonly kind: 'warned'; readonly key: string; readonly line: WarnedNodes }
  | { readonly kind: 'silent'; readonly key: string; readonly line: SilentNode };

/** Names in a line of more nodes than are all named. */
const NAMED_OF_MANY = 3;

const NO_WARNINGS: readonly WarnedNodes[] = [];

/**
 * What can be decided: equal failures in one line with their nodes, Retry and Ignore; equal warnings, Retry and Accept; nodes that are silent. All is well: not
 * there.
 */
export function NeedsYou({ system, job, stepId }: NeedsYouProps) {
  const { silent, counts } = job.steps[stepId] ?? {};
  const cells = useJobPart(system.saved.systemId, job.jobId, counts && `cells:${stepId}`);
  const warns = (counts?.warned ?? 0) > 0;
  const warned = useMemo(() => (cells && warns ? warnedNodes(cells) : NO_WARNINGS), [cells, warns]);
  const told: readonly Line[] = [
    ...job.attention
      .filter((line) => line.stepId === stepId)
      .map((line): Line => ({ kind: 'failed', key: line.key, line })),
    ...warned.map((line): Line => ({ kind: 'warned', key: line.key, line })),
    ...(silent?.first ?? []).map((line): Line => ({ kind: 'silent', key: `silent ${line.nodeId}`, line })),
  ];
  // What was decided about stays until the pointer leaves, so that the next click meets what the person sees.
  const { lines, ...pointer } = useSteadyLines(told, ({ key }) => key);
  if (lines.length === 0) return null;
  const has = (kind: Line['kind']): boolean => lines.some(({ item }) => item.kind === kind);
  // A person is needed once nothing else can go on; what failed before that can be decided all the same, and what only warned need not be.
  const title = !has('failed')
    ? has('warned')
      ? words.warnings
      : t.operation.silentNodes
    : needsPerson(standing(job))
      ? t.operation.needsYou
      : t.operation.toDecide;
  const more = (silent?.nodes ?? 0) - (silent?.first.length ?? 0);
  return (
    <section className={has('failed') ? 'needs-you' : 'needs-you calm'} aria-label={title} {...pointer}>
      <h2>{title}</h2>
      <ul>
        {more > 0 && <li className="sub">{t.operation.moreSilent(more)}</li>}
        {lines.map(({ key, item, gone }) => {
          const shared = { system, job, stepId, cells, gone };
          if (item.kind === 'failed') return <FailedLine key={key} {...shared} line={item.line} />;
          if (item.kind === 'warned') return <WarnedLine key={key} {...shared} line={item.line} />;
          return <SilentLine key={key} {...shared} node={item.line} />;
        })}
      </ul>
    </section>
  );
}

/** One line: how many nodes in which state, what is said of them, their names, what can be done. */
function CallLine(props: {
  readonly state: CellState;
  readonly nodes: number;
  readonly gone: boolean;
  readonly text: string;
  /** The first of them, or all. */
  readonly names: readonly string[];
  readonly children: ReactNode;
}) {
  const { state, nodes, gone, text, names, children } = props;
  const { showNode } = useActions();
  // Of very many the first are enough for a line; the others stand under the pointer, as ranges.
  const first = names.slice(0, nodes > NAMED_NODES ? NAMED_OF_MANY : NAMED_NODES);
  return (
    <li className={gone ? 'gone' : undefined}>
      <span className={`count-badge s-${state}`}>
        <StateMark state={state} label={t.states[state]} />
        <b className="num">{formatCount(nodes)}</b>
      </span>
      <span className="what">
        {gone ? t.operation.decided : text}
        <span className="names">
          {first.map((nodeId) => (
            <button key={nodeId} type="button" className="link mono" onClick={() => showNode(nodeId)}>
              {nodeId}
            </button>
          ))}
          {nodes > first.length && (
            <span className="sub" title={names.length > first.length ? briefNames(names, nodes) : undefined}>
              {t.common.and(nodes - first.length)}
            </span>
          )}
        </span>
      </span>
      {children}
    </li>
  );
}

type LineProps<L> = NeedsYouProps & {
  readonly line: L;
  /** Of the step; undefined until they have come. */
  readonly cells: Sharded<Cell> | undefined;
  readonly gone: boolean;
};

function FailedLine({ system, job, line, cells, gone }: LineProps<AttentionHead>) {
  const { retryNodes, ignoreNodes } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const { systemId } = system.saved;
  const nodeIds = useMemo(() => (cells && !gone ? nodesOfLine(line, cells).sort(byName) : []), [line, cells, gone]);
  // Cells come beside the head: what is decided on is what both say.
  const told = nodeIds.length === line.nodes;
  const off = gone || busy || !told || whyHandsOff(system, job, line.stepId) !== undefined;
  return (
    <CallLine
      {...{ gone, state: line.state, nodes: line.nodes, text: line.cause.message }}
      names={told ? nodeIds : [...line.first].sort(byName)}
    >
      <button
        type="button"
        className="btn small"
        // Refused until the work there has ended; the line says so.
        disabled={off || line.cause.code === 'node-busy'}
        aria-label={words.about(t.operation.retryCount(line.nodes), line.cause.message)}
        onClick={() => void retryNodes(systemId, job.jobId, line.stepId, nodeIds)}
      >
        {t.operation.retryCount(line.nodes)}
      </button>
      <button
        type="button"
        className="btn small"
        disabled={off}
        aria-label={words.about(t.operation.ignore, line.cause.message)}
        onClick={() => setIgnoring(true)}
      >
        {t.operation.ignore}
      </button>
      {ignoring && (
        <ReasonDialog
          about={`ignore ${job.jobId} ${line.key}`}
          title={t.operation.ignoreTitle(nodeIds.length)}
          text={t.operation.ignoreText}
          confirm={t.operation.ignoreConfirm}
          onConfirm={(reason) => ignoreNodes(systemId, job.jobId, { stepId: line.stepId, nodeIds, reason })}
          onClose={() => setIgnoring(false)}
        >
          <p className="mono wrap name-list">{foldNames(nodeIds)}</p>
        </ReasonDialog>
      )}
    </CallLine>
  );
}

/** Nobody has to decide about a warning: it can be tried again, or accepted, also after the end of the job. */
function WarnedLine({ system, job, stepId, line, gone }: LineProps<WarnedNodes>) {
  const { retryNodes, acceptWarnings } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const { systemId } = system.saved;
  const nodeIds = useMemo(() => [...line.nodeIds].sort(byName), [line]);
  const { length: nodes } = nodeIds;
  return (
    <CallLine {...{ gone, nodes, state: 'warned', text: line.cause.message, names: nodeIds }}>
      <button
        type="button"
        className="btn small"
        disabled={gone || busy || whyHandsOff(system, job) !== undefined}
        aria-label={words.about(t.operation.retryCount(nodes), line.cause.message)}
        onClick={() => void retryNodes(systemId, job.jobId, stepId, nodeIds)}
      >
        {t.operation.retryCount(nodes)}
      </button>
      <button
        type="button"
        className="btn small"
        disabled={gone || busy || !canAccept(system, job)}
        aria-label={words.about(words.accept(nodes), line.cause.message)}
        onClick={() => void acceptWarnings(systemId, job.jobId, stepId, nodeIds)}
      >
        {words.accept(nodes)}
      </button>
    </CallLine>
  );
}

/** A node whose work runs and tells nothing, since when, and the way to wait for it no longer. */
function SilentLine(props: NeedsYouProps & { readonly node: SilentNode; readonly gone: boolean }) {
  const { system, job, stepId, node, gone } = props;
  const { nodeId, sinceMs } = node;
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const off = gone || busy || whyHandsOff(system, job, stepId) !== undefined;
  return (
    <CallLine {...{ gone, nodes: 1, state: 'running', text: t.operation.silentWork, names: [nodeId] }}>
      <RunningNode {...{ system, stepId, nodeId, off }} jobId={job.jobId} silentSinceMs={gone ? undefined : sinceMs} />
    </CallLine>
  );
}
