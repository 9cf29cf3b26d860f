import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components/Tabs';
import type { JobNode } from '../../../core/model/job.ts';
import { needsDecision, type NodePart, type StepHead } from '../../../core/model/jobParts.ts';
import type { SystemView } from '../../../electron/contract/bridge.ts';
import { useActions, useApp } from '../../app/context.ts';
import { AsItWas } from '../../components/AsItWas.tsx';
import { ReasonDialog } from '../../components/Dialog.tsx';
import { catalogueEntry } from '../../components/ErrorNote.tsx';
import { StateMark, StateWord } from '../../components/StateMark.tsx';
import { formatClock } from '../../components/format.ts';
import type { OpenJob } from '../../stores/openJob.ts';
import { selectBusy } from '../../stores/selectors.ts';
import { t } from '../../texts/en.ts';
import { RollbackDialog } from '../operation/RollbackDialog.tsx';
import { canAccept, whyHandsOff, whyNoRollback } from '../operation/nextRule.ts';
import { HeldNode } from './HeldNode.tsx';
import { NodeFacts } from './NodeFacts.tsx';
import { NodeLog } from './NodeLog.tsx';
import { VersionFacts, VersionTable } from './NodeVersions.tsx';
import { RunningNode } from './RunningNode.tsx';

const words = t.operation.drawer;
const TABS = ['what', 'log', 'versions', 'facts'] as const;

interface NodeDrawerProps {
  readonly system: SystemView;
  readonly job: OpenJob;
  readonly node: JobNode;
  readonly detail: NodePart;
  readonly step: StepHead | undefined;
}

/** One node at one step: what happened and what to do first; its log, versions and facts beside. */
export function NodeDrawer(props: NodeDrawerProps) {
  const { system, job, node, detail, step } = props;
  const { showNode } = useActions();
  const cell = step && detail.cells[step.stepId];
  const about = [
    t.nodeTypes[node.type],
    node.clique === undefined ? '' : t.operation.clique(node.clique),
    node.address,
  ];
  const { systemId } = system.saved;
  return (
    <section className="drawer" aria-label={words.title(node.nodeId)}>
      <div className="drawer-head">
        <h2 className="mono">{node.nodeId}</h2>
        <span className="sub">{about.filter((part) => part !== '').join(' · ')}</span>
        <button type="button" className="btn small" aria-label={words.close} onClick={() => showNode(undefined)}>
          {t.common.close}
        </button>
      </div>
      <AsItWas systemId={systemId} keys={[`${job.jobId}/node:${node.nodeId}`]} />
      <Tabs className="drawer-tabs">
        <TabList className="tab-list" aria-label={words.title(node.nodeId)}>
          {TABS.map((tab) => (
            <Tab key={tab} id={tab} className="tab-word">
              <span data-text={words.tabs[tab]}>{words.tabs[tab]}</span>
            </Tab>
          ))}
        </TabList>
        <TabPanel id="what" className="tab-panel">
          <WhatHappened {...props} />
        </TabPanel>
        <TabPanel id="log" className="tab-panel">
          <NodeLog system={system} job={job} nodeId={node.nodeId} step={step} cell={cell} whole />
        </TabPanel>
        <TabPanel id="versions" className="tab-panel">
          <VersionTable system={system} job={job} node={node} changes={detail.changes ?? []} />
        </TabPanel>
        <TabPanel id="facts" className="tab-panel">
          <NodeFacts systemId={systemId} nodeId={node.nodeId} clockOffsetMs={system.clockOffsetMs} withPackages />
        </TabPanel>
      </Tabs>
    </section>
  );
}

/** The last step that began on a node. */
function lastStepOf({ stepOrder, steps }: OpenJob, { cells }: NodePart): StepHead | undefined {
  const began = stepOrder.findLast((stepId) => {
    const state = cells[stepId]?.state;
    return state !== undefined && state !== 'waiting' && state !== 'skipped';
  });
  return began === undefined ? undefined : steps[began];
}

/** The cause in words and what to do, the attempt, versions before, planned and found, the end of the log. */
function WhatHappened({ system, job, node, detail, step }: NodeDrawerProps) {
  const { retryNodes, acceptWarnings, ignoreNodes, undoIgnore } = useActions();
  const busy = useApp(selectBusy(`nodes:${job.jobId}`));
  const [ignoring, setIgnoring] = useState(false);
  const [goingBack, setGoingBack] = useState(false);
  const { systemId } = system.saved;
  const cell = step && detail.cells[step.stepId];
  const bad = cell && needsDecision(cell);
  const warned = cell?.state === 'warned';
  const ignored = cell?.state === 'ignored';
  const off = busy || whyHandsOff(system, job, step?.stepId) !== undefined;
  const noRollback = busy || whyNoRollback(system, job, step?.stepId) !== undefined;
  // A step that does nothing on nodes, the report among them, shows what the node came to last.
  const toldStep = cell ? step : lastStepOf(job, detail);
  const told = toldStep && detail.cells[toldStep.stepId];
  const entry = told?.cause ? catalogueEntry(told.cause.code) : undefined;
  const times = told?.startedAtMs === undefined ? '' : formatClock(told.startedAtMs, true);
  const ended = told?.endedAtMs === undefined ? '' : ` – ${formatClock(told.endedAtMs, true)}`;
  return (
    <>
      {toldStep && toldStep !== step && <p className="sub">{words.lastAt(toldStep.title)}</p>}
      {told && !told.cause && (
        <p className="state-line">
          <StateWord state={told.state} />
          {told.state === 'running' && told.percent !== undefined && (
            <span className="num">{Math.round(told.percent)} %</span>
          )}
        </p>
      )}
      {told?.cause && (
        <div className={`cause-note s-${told.state}`}>
          <b>
            <StateMark state={told.state} /> {told.cause.message}
          </b>
          {entry && <p>{entry.cause}</p>}
          {entry && (
            <p>
              <b>{words.nextStep}:</b> {entry.nextStep}
            </p>
          )}
          <details>
            <summary>{t.common.rawText}</summary>
            <pre>{`${told.cause.code}: ${told.cause.message}`}</pre>
          </details>
        </div>
      )}
      {cell?.acceptedBy !== undefined && <p>{t.operation.acceptedBy(cell.acceptedBy)}</p>}
      <div className="deeds">
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
        {(bad || warned || (ignored && !off) || job.canRollback) && (
          <div className="row-buttons">
            {bad && step && (
              <>
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
              </>
            )}
            {ignored && !off && step && (
              <button
                type="button"
                className="btn"
                onClick={() => void undoIgnore(systemId, job.jobId, { stepId: step.stepId, nodeIds: [node.nodeId] })}
              >
                {t.operation.undoIgnore}
              </button>
            )}
            {warned && step && (
              <>
                {cell.acceptedBy === undefined && (
                  <button
                    type="button"
                    className="btn primary"
                    disabled={busy || !canAccept(system, job)}
                    onClick={() => void acceptWarnings(systemId, job.jobId, step.stepId, [node.nodeId])}
                  >
                    {t.operation.accept}
                  </button>
                )}
                <button
                  type="button"
                  className="btn"
                  disabled={busy || whyHandsOff(system, job) !== undefined}
                  onClick={() => void retryNodes(systemId, job.jobId, step.stepId, [node.nodeId])}
                >
                  {t.operation.retryNode}
                </button>
              </>
            )}
            {job.canRollback && (
              <button type="button" className="btn" disabled={noRollback} onClick={() => setGoingBack(true)}>
                {t.operation.rollback.node}
              </button>
            )}
          </div>
        )}
        <HeldNode systemId={systemId} job={job} nodeId={node.nodeId} held={detail.held} off={off} />
      </div>
      <dl className="facts">
        {told && (
          <>
            <dt>{words.attempt}</dt>
            <dd className="num">
              {told.attempt === 0 ? words.notAttempted : `${told.attempt}${times ? ` · ${times}${ended}` : ''}`}
            </dd>
          </>
        )}
        {told?.skipReason && (
          <>
            <dt>{t.states.skipped}</dt>
            <dd>{told.skipReason}</dd>
          </>
        )}
        {told?.ignoreReason && (
          <>
            <dt>{words.reason}</dt>
            <dd>{told.ignoreReason}</dd>
          </>
        )}
        <VersionFacts system={system} job={job} node={node} changes={detail.changes ?? []} />
      </dl>
      <NodeLog system={system} job={job} nodeId={node.nodeId} step={step} cell={cell} />
      {goingBack && (
        <RollbackDialog systemId={systemId} job={job} nodeId={node.nodeId} onClose={() => setGoingBack(false)} />
      )}
      {ignoring && step && (
        <ReasonDialog
          about={`ignore ${job.jobId} ${step.stepId} ${node.nodeId}`}
          title={t.operation.ignoreTitle(1)}
          text={t.operation.ignoreText}
          confirm={t.operation.ignoreConfirm}
          onConfirm={(reason) =>
            ignoreNodes(systemId, job.jobId, { stepId: step.stepId, nodeIds: [node.nodeId], reason })
          }
          onClose={() => setIgnoring(false)}
        >
          <p className="mono">{node.nodeId}</p>
        </ReasonDialog>
      )}
    </>
  );
}
